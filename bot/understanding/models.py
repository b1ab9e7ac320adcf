"""Models and sizes: ``llama-2-13b``, ``65b llama``, ``千问72B``, ``7b``, ``70亿参数``."""

from __future__ import annotations

import re
from itertools import takewhile

from bot.understanding.apart import apart
from bot.understanding.items import Item, Quantity
from bot.understanding.rates import speaks_of_flops
from bot.understanding.reading import Reading
from bot.understanding.vocabulary import (
    distilled_of,
    model_of,
    model_with_size,
    nearest_models,
    sizes_of,
    version_of,
)

_VERSION = re.compile(r"(?:-(?:instruct|chat|it|base|hf))*-?(v\d(?:\.\d)?)(?![\d.])")
_DIVIDING = frozenset(["/", "÷", "divided by", "over", "除以"])
_SEVERAL = frozenset("两三四五六七八九十几俩")
_MIN_PARAMS = 1e5
_SIZE_IN_NAME = re.compile(
    r"(?<![\dx.])(?<![^a-z][ae])(\d+(?:\.\d+)?)\s?([bm])(?![a-z])", re.IGNORECASE
)


def _is_size(item: Item | None) -> bool:
    """Whether the item may be a number of parameters."""
    if item is None or item.quantity is None or item.used:
        return False
    quantity = item.quantity
    if quantity.kind == "params":
        return True
    return quantity.kind == "scaled" and quantity.scale in ("b", "m", "t", "亿", "w")


def _sizes(reading: Reading) -> list[int]:
    return [index for index, item in reading.quantities() if _is_size(item)]


def bind_models(reading: Reading) -> None:
    """Find the model and the number of parameters that the message names."""
    named = reading.tagged("model")
    for index in named:
        _take_named(reading, index)
    _experts(reading)
    families = [
        index for index in reading.tagged("family") if not reading.items[index].has("model")
    ]
    for index in families:
        _take_family(reading, index)
    _bare_sizes(reading)
    _plain_large_numbers(reading)


def _take_named(reading: Reading, index: int) -> None:
    item = reading.items[index]
    name = item.get("model")
    assert name is not None
    if _is_apart(reading, index):
        return
    name = _versioned(reading, index, name)
    known = reading.facts.get("model")
    reading.said_values.setdefault("model", []).append((name, item.text))
    if known not in (None, name):
        reading.problem("ambiguous", item.text, (str(known), name), "model")
        return
    reading.take(item, "model", name)
    size = _SIZE_IN_NAME.search(item.text)
    if size is not None:
        scale = 1e9 if size[2].lower() == "b" else 1e6
        reading.facts.setdefault("params", round(float(size[1]) * scale))


def _in_a_version(item: Item) -> bool:
    return not item.gap or item.word == "v" or item.has("filler", "instruct")


def _versioned(reading: Reading, index: int, name: str) -> str:
    """Return the model of the version that ends its name: ``Mistral-7B-Instruct-v0.2``."""
    tail = list(takewhile(_in_a_version, reading.items[index + 1 : index + 6]))
    version = _VERSION.match("".join(f"-{i.word}" if i.gap else i.word for i in tail))
    if version is None:
        return name
    left = version.end()
    for item in tail:
        if left <= 0:
            break
        item.slots.add("model")
        left -= len(item.word) + item.gap
    return version_of(name, version[1]) or name


def _take_family(reading: Reading, index: int) -> None:
    item = reading.items[index]
    family = item.get("family")
    assert family is not None
    if "family" in item.slots or _is_apart(reading, index):
        return  # ``llama-llama-llama``: a part of a name that is read already
    around = sorted(_sizes(reading), key=lambda other: abs(other - index))
    for other in around:
        size = reading.items[other].quantity
        assert size is not None
        if size.scale == "t" and abs(other - index) > 1:
            continue
        name = model_of(family, size.value)
        reading.take(reading.items[other], "params", size.value)
        if name is None:
            item.slots.add("family")
            reading.unlisted.append(item.text)
        else:
            reading.take(item, "model", name)
        return
    if _of_a_paper(reading, index):
        return
    if "model" not in reading.facts and "params" not in reading.facts:
        reading.problem("ambiguous", item.text, sizes_of(family), "model")
        reading.facts["unsized"] = family
    item.slots.add("family")


def _is_apart(reading: Reading, index: int) -> bool:
    """Name the model that the registry's name is only a part of; of its size alone it is counted.

    What reads the words around it afterwards meets no part of the name.
    """
    found = apart(reading, index)
    if found is None:
        return False
    for part in reading.items[index : found.end]:
        part.slots.add("family")
    if found.size is not None and found.size.quantity is not None:
        reading.take(found.size, "params", found.size.quantity.value)
        reading.unlisted.append(found.text)
    elif any(_is_size(other) for other in reading.items[index:]):
        reading.unlisted.append(found.text)
    else:
        reading.facts["unsized"] = found.text
        choices = nearest_models(found.text) or sizes_of(reading.items[index].get("family") or "")
        reading.problem("unknown_model", found.text, choices, "model")
    return True


def _of_a_paper(reading: Reading, index: int) -> bool:
    """Whether it is a published figure: ``the llama paper``, ``what the llama folks reported``."""
    around = reading.items[max(0, index - 2) : index + 4]
    return any(item.has("topic", "reference") for item in around)


def _experts(reading: Reading) -> None:
    """``8x7b`` is a mixture of experts, not eight of anything."""
    for index in _sizes(reading):
        sign, number = reading.at(index - 1), reading.at(index - 2)
        size = reading.items[index]
        if sign is None or number is None or sign.word != "x" or sign.gap or size.gap:
            continue
        if not number.is_kind("number") or size.quantity is None:
            continue
        spoken = f"{number.word}x{size.quantity.number:g}b"
        name = model_with_size(spoken)
        size.slots.add("model")
        number.slots.add("model")
        if name is None:
            reading.problem("unknown_model", spoken, nearest_models(spoken), "model")
        elif "model" not in reading.facts:
            reading.take(size, "model", name)


def _bare_sizes(reading: Reading) -> None:
    """Take the size that stands alone; of ``1T`` beside ``7B`` the trillion is tokens."""
    found = _sizes(reading)
    trillions = [i for i in found if _quantity(reading, i).scale == "t"]
    if len(trillions) > 1 and len(trillions) == len(found):
        return
    sure = [i for i in found if _quantity(reading, i).scale in ("b", "亿", "")]
    for index in sure or found:
        item = reading.items[index]
        quantity = _quantity(reading, index)
        spelled = quantity.kind == "params"
        if quantity.scale == "t" and not spelled and (reading.cards or speaks_of_flops(reading)):
            continue
        if quantity.value < _MIN_PARAMS or _is_active_part(reading, index):
            continue
        if quantity.scale == "t" and _is_divided(reading, index):
            continue
        if are_copies(reading, index):
            reading.facts["copies"] = True
        known = reading.facts.get("params")
        reading.said_values.setdefault("params", []).append((quantity.value, item.text))
        if known is None and (stranger := _name_before(reading, index)):
            reading.unlisted.append(stranger)
        if known is None:
            reading.take(item, "params", quantity.value)
        elif known == quantity.value:
            item.slots.add("params")
        elif "sizes" not in reading.facts and "model" not in reading.facts:
            reading.facts["sizes"] = [known, quantity.value]
            item.slots.add("params")
        elif "model" not in reading.facts:
            reading.facts["sizes"].append(quantity.value)
            item.slots.add("params")
        if quantity.scale != "t" and not _is_models_size(reading, quantity.value):
            _second_size(reading, item)


def _is_divided(reading: Reading, index: int) -> bool:
    """Whether a trillion is of the tokens that it is divided by: ``1T / 4M tokens per step``."""
    by, after = reading.at(index + 1), reading.at(index + 2)
    divides = by is not None and by.word in _DIVIDING
    return divides and after is not None and after.is_kind("tokens")


def _is_models_size(reading: Reading, value: float) -> bool:
    """Whether a size is about that of the named model, or no model is named."""
    name = reading.facts.get("model")
    if name is None:
        return True
    from calculators.registry import find_model

    model = find_model(str(name))
    sizes = (model.nominal_params, model.published_params, model.rule_params)
    return any(size and 0.75 < value / size < 1.34 for size in sizes)


def _second_size(reading: Reading, item: Item) -> None:
    """Ask back which is meant, a named model or the other size beside it."""
    model = str(reading.facts["model"])
    item.slots.add("params")
    distilled = distilled_of(model, item.word)
    if distilled is not None:
        reading.facts["model"] = distilled
        return
    reading.problem("ambiguous", f"{model} / {item.text}", (model, item.text), "params")


def _quantity(reading: Reading, index: int) -> Quantity:
    quantity = reading.items[index].quantity
    assert quantity is not None
    return quantity


def _name_before(reading: Reading, index: int) -> str | None:
    """Return an unknown model's name hyphened to its size: the ``orca`` of ``orca-13b``."""
    hyphen, name = reading.at(index - 1), reading.at(index - 2)
    if hyphen is None or name is None or hyphen.word not in ("-", "_", "/") or name.tags:
        return None
    return name.text if len(name.word) > 2 and name.word.isalpha() else None


def are_copies(reading: Reading, index: int) -> bool:
    """Whether several such models are meant: ``两个 7b``, ``two 7b models``."""
    before = reading.at(index - 1)
    if before is not None and before.word in ("个", "份"):
        before, ahead = reading.at(index - 2), reading.at(index - 3)
        if before is not None and before.word in _SEVERAL:
            return ahead is None or ahead.word != "第"
    if before is None or before.used:
        return False
    word = before.get("numword")
    if word is not None and before.quantity is None:
        return int(word) > 1
    return (
        before.is_kind("number") and before.quantity is not None and 1 < before.quantity.value < 10
    )


def _is_active_part(reading: Reading, index: int) -> bool:
    """Skip the 37B of ``671B (37B active)`` and the A3B of a mixture of experts."""
    after, before = reading.at(index + 1), reading.at(index - 1)
    words = {item.word for item in (after, before) if item is not None}
    glued = before is not None and before.word == "a" and not reading.items[index].gap
    if glued or words & {"active", "activated", "激", "激活"}:
        reading.items[index].slots.add("active")
        return True
    return False


def _plain_large_numbers(reading: Reading) -> None:
    """``7e9`` and ``6700000000`` alone are parameters."""
    if "params" in reading.facts or "model" in reading.facts:
        return
    for _, item in reading.free("number"):
        assert item.quantity is not None
        if 1e7 <= item.quantity.value <= 1e15:
            reading.take(item, "params", item.quantity.value)
            return
