"""What becomes of two values of one setting: both calculated, or a question back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.understanding.assemble import request_of
from bot.understanding.combining import Axis, are_pairs, axis_of, axis_of_sets, combined
from bot.understanding.conflicts import Conflict, conflicts
from bot.understanding.items import Item
from bot.understanding.lists import rows, says_either
from bot.understanding.reading import Reading
from bot.understanding.saving import instead
from bot.understanding.targets import attributes_joined
from bot.understanding.toggles import toggled
from bot.understanding.understood import Compared, Problem

# Calculators that settings of a model mean nothing to.
_WITHOUT_SETTINGS = frozenset({"gpu_info", "compare_gpu", "convert", "cuda_overhead"})
_SAID_AS = {
    "batch": "batch {}",
    "micro_batch": "{} per GPU",
    "global_batch": "global batch {}",
    "seq": "seq {}",
    "lora_rank": "rank {}",
    "tp": "TP {}",
    "pp": "PP {}",
    "dp": "DP {}",
    "utilization_percent": "{} MFU",
}
_CHOOSING = frozenset(
    ["or", "还是", "或", "或者", "/", "which", "哪个", "or just", "either", "than"]
)
_SHARING = frozenset(["share", "sharing", "shared", "simultaneously", "together", "colocate"])
_SHARING_ZH = ("同时", "一起", "共用", "共享", "混部", "同一张", "合起来", "加起来", "一块跑")
_EACH = frozenset(["each", "for each", "each of", "for each of", "every", "table", "tabulate"])
_EACH_ZH = ("列表", "表格", "列个表", "依次", "各自")
_MOST_COMPARED = 8
_ROW = 3


def contradictions(calculator: str | None, reading: Reading) -> Iterator[Problem]:
    """Yield the question back for each setting with two values that are not weighed."""
    if calculator is None or calculator in _WITHOUT_SETTINGS or calculator == "dtype_bits":
        return
    for conflict in conflicts(reading):
        if conflict.weighed:
            yield from _offloaded_alone(conflict, reading)
            continue
        form = _SAID_AS.get(conflict.field, "{}")
        choices = tuple(form.format(text) for text in conflict.texts)
        yield Problem("contradiction", " / ".join(conflict.texts), choices, conflict.field)


def _offloaded_alone(conflict: Conflict, reading: Reading) -> Iterator[Problem]:
    """``zero2 vs zero3 offload``: offloading is said of one stage, not of the others."""
    places = reading.tagged("offload")
    if conflict.field != "sharding" or len(places) != 1:
        return
    beside = reading.at(places[0] - 1)
    if beside is not None and beside.has("sharding"):
        own = f"{beside.text} {reading.items[places[0]].text}"
        choices = tuple(dict.fromkeys((*conflict.texts, own)))
        yield Problem("ambiguous", own, choices, "offload")


def compared(
    calculator: str | None, facts: Mapping[str, Any], reading: Reading, *, trains: bool
) -> tuple[Compared, ...]:
    """Return the other values of the settings that the message weighs, with their requests."""
    if calculator in ("gpu_info", "compare_gpu"):
        return tuple(_other_attributes(calculator, facts, reading))
    if calculator is None or calculator in _WITHOUT_SETTINGS:
        return ()
    sizes = _sizes(reading) if _compares(reading) else ()
    weighed = [conflict for conflict in conflicts(reading) if conflict.weighed]
    saved = tuple(instead(reading))
    axes = [
        axis_of(conflict, _SAID_AS.get(conflict.field, "{}"), reading, facts)
        for conflict in (*sizes, *weighed, *saved, *(() if saved else toggled(reading)))
    ]
    cards = axis_of_sets(reading, facts)
    axes += [] if cards is None else [cards]
    others = list(combined(axes, facts)) if axes else []
    if not others:
        return ()
    seen = [request_of(calculator, facts, trains=trains)]
    found = []
    for field, text, other in others:
        request = request_of(calculator, other, trains=trains)
        if request not in seen:
            seen.append(request)
            found.append(Compared(field, text, request))
    return tuple(found[:_MOST_COMPARED])


def _other_attributes(
    calculator: str, facts: Mapping[str, Any], reading: Reading
) -> Iterator[Compared]:
    """Yield the further properties of cards that are asked together with the first."""
    joined = attributes_joined(reading)
    if facts.get("attribute") not in joined:
        return
    for attribute, text in joined.items():
        if attribute != facts["attribute"]:
            other = {**facts, "attribute": attribute}
            yield Compared("attribute", text, request_of(calculator, other, trains=False))


def weighed_sizes(reading: Reading) -> bool:
    """Whether two models or sizes are weighed, so that neither has to be chosen."""
    return _compares(reading) and any(True for _ in _sizes(reading))


def _compares(reading: Reading) -> bool:
    """Whether sizes are compared; ``7B or 13B`` alone leaves open which one is meant.

    Three in a row are a list of which each is asked. Models that share a card are none of these.
    """
    words = reading.words
    text = "".join([item.word for item in reading.items])
    if words & _SHARING or any(word in text for word in _SHARING_ZH):
        return False
    places = reading.tagged("weighing")
    if any(reading.items[place].word not in _CHOOSING for place in places):
        return True
    if _paired(reading) or _either_fits(reading):
        return True
    each = bool(words & _EACH) or any(word in text for word in _EACH_ZH)
    return each or _three_in_a_row(reading)


def _either_fits(reading: Reading) -> bool:
    """``7B or 13B on a 24GB card``: which of two sizes a card holds is answered for both."""
    if not (reading.cards or "gpu_memory_bytes" in reading.facts):
        return False
    sizes = rows(reading.items, lambda item: not item.slots.isdisjoint(("params", "model")))
    return any(says_either(reading.items, row) for row in sizes) or (
        reading.says("weighing", "whole") and reading.says("ask", "fit")
    )


def settle_pairs(reading: Reading) -> None:
    """``7b lora or 13b qlora``: make the facts those of the first pair."""
    for axis in _paired(reading):
        first = min(range(len(axis.places)), key=axis.places.__getitem__)
        reading.facts = axis.changes[first](reading.facts)


def _paired(reading: Reading) -> list[Axis]:
    """Return the sizes and what is weighed with them where these stand in pairs."""
    weighed = [conflict for conflict in conflicts(reading) if conflict.weighed]
    sizes = list(_sizes(reading))
    if not weighed or not sizes:
        return []
    axes = [axis_of(found, "{}", reading, reading.facts) for found in (*sizes, *weighed)]
    return axes if are_pairs(axes) else []


def _three_in_a_row(reading: Reading) -> bool:
    """Whether three models, or three bare sizes, are listed."""
    if len(reading.tagged("model")) < _ROW and len(reading.quantities()) < _ROW:
        return False

    def sized(item: Item) -> bool:
        scale = item.quantity.scale if item.quantity is not None else ""
        return item.is_kind("params") or (item.is_kind("scaled") and scale in ("b", "亿"))

    lists = [rows(reading.items, lambda item: item.has("model")), rows(reading.items, sized)]
    found = [row for several in lists for row in several]
    return any(len({reading.items[place].word for place in row}) >= _ROW for row in found)


def _sizes(reading: Reading) -> Iterator[Conflict]:
    for field in ("model", "params"):
        said = dict(reading.said_values.get(field, ()))
        if len(said) > 1:
            texts = (_named(value, text) for value, text in said.items())
            yield Conflict(field, tuple(said), tuple(texts))
            return


def _named(value: object, text: str) -> str:
    """Return how a size is shown: the 7 of ``7/13b`` with its unit."""
    bare = isinstance(value, int | float) and text.replace(".", "").isdigit()
    return f"{float(str(value)) / 1e9:g}B" if bare else text
