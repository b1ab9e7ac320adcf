"""Settings said by name: format, optimizer, method, sharding, recomputation, kernels."""

from __future__ import annotations

from bot.understanding.cache_format import of_cache, take_cache_format, weighed_for_cache
from bot.understanding.denials import bind_denials, is_ruled_out
from bot.understanding.groups import bind_groups
from bot.understanding.items import Item
from bot.understanding.lexicon import glue
from bot.understanding.reading import Reading
from bot.understanding.widths import bind_widths

_BY_NAME = ("optimizer", "checkpointing", "attention", "code", "offload")
_NAMED = ("format", "optimizer", "method", "sharding", "attention", "checkpointing")
_WITHDRAWING = glue("withdrawing")
_QUARTERLY = glue("quarter_beside")
_FULL = frozenset(["full", "fully"])
# What may stand between a part of memory and the format that it is kept in.
_STANDING = frozenset(["in", "at", "as", "to", "is", "are", "kept", "stays", "=", ":", "用", "是"])
# Formats that only weights are kept in.
_OF_WEIGHTS = ("int4-g", "int8-g", "int3", "int2", "nf4", "fp4", "q2_", "q3_", "q4_k", "q5_k",
               "q6_", "iq", "mxfp", "nvfp", "tq")  # fmt: skip
_PARTING = frozenset(["off", "by", "away"])
_DETERMINERS = frozenset(["the", "of", "that", "as", "it", "this", "my", "our", "its", "a", "an"])
_GENERIC = {"int4": ("int4-g128", "nf4"), "fp16": ("bf16",)}


def bind_settings(reading: Reading) -> None:
    """Take every setting that is named; the last word on a slot wins over a general one."""
    bind_denials(reading)
    _withdraw(reading)
    for slot in _BY_NAME:
        _simple(reading, slot)
    _formats(reading)
    _method(reading)
    _sharding(reading)
    _mode(reading)
    for index in reading.tagged("sequence_parallel"):
        if "withdrawn" not in reading.items[index].slots:
            reading.take(reading.items[index], "sequence_parallel", True)
    bind_groups(reading)
    bind_widths(reading)


def _withdraw(reading: Reading) -> None:
    """Set aside what is not meant: ``int8 instead of fp16``, ``full (not lora)``."""
    for slot in _NAMED:
        if reading.values(slot) < 2:
            continue
        for index in reading.tagged(slot):
            before = reading.at(index - 1)
            if before is not None and (before.has("withdrawn") or before.word in _WITHDRAWING):
                reading.items[index].slots.add("withdrawn")


def _simple(reading: Reading, slot: str) -> None:
    values = []
    for index in reading.tagged(slot):
        item = reading.items[index]
        value = item.get(slot)
        if value is None or item.used:
            continue
        item.slots.add(slot)
        values.append(value)
    if values:
        reading.facts.setdefault(slot, values[-1] if slot != "optimizer" else values[0])


def _formats(reading: Reading) -> None:
    """Read the format of the weights, and of the KV cache where it stands beside that word."""
    seen: list[tuple[str, Item]] = []
    states: list[str] = []
    for index in reading.tagged("format"):
        item = reading.items[index]
        value = item.get("format")
        if value is None or item.used:
            continue
        if _is_quarter(reading, index) or _is_half_of(reading, index):
            continue
        if item.word == "gguf" and _names_quant(reading):
            item.slots.add("dtype_file")
            continue
        others = len(reading.tagged("format")) > 1
        low = value in ("int4", "int4-g128")
        named = _ends_name(reading, index)
        if named:
            reading.facts["named_dtype"] = True
        of_weights = named or value.startswith(_OF_WEIGHTS)
        if not of_weights and of_cache(reading, index, weights_likely=low and not others):
            take_cache_format(reading, item, value)
            continue
        if others and _beside_states(reading, index):
            item.slots.add("state_dtype")
            states.append(value)
            continue
        if _beside_gradient(reading, index) and value in ("fp32", "fp16", "bf16"):
            reading.take(item, "grad_dtype", value)
            continue
        seen.append((value, item))
    seen = _changed_to(reading, weighed_for_cache(reading, seen))
    for _, item in seen:
        item.slots.add("dtype")
    caches = [reading.items[i] for i in reading.tagged("topic", "kv_cache")]
    cache_denied = any("withdrawn" in item.slots for item in caches)
    if states or "kv_dtype" in reading.facts or cache_denied:
        _describe_weights(reading)
    if seen:
        names = [value for value, _ in seen]
        chosen = names[0]
        for value in names[1:]:
            if value in _GENERIC.get(chosen, ()):
                chosen = value
        reading.facts.setdefault("dtype", chosen)
        if chosen in states and chosen in ("bf16", "fp16"):
            reading.facts["pure"] = True
        if len(set(names)) > 1:
            reading.facts["formats"] = list(dict.fromkeys(names))
    if reading.says("mixed"):
        for index in reading.tagged("mixed"):
            reading.items[index].slots.add("mixed")
        reading.facts["mixed"] = "amp" if reading.says("mixed", "amp") else "mixed"
    if reading.says("shape", "pure"):
        reading.facts["pure"] = True


def _ends_name(reading: Reading, index: int) -> bool:
    """Whether a format is hyphened to a model's name: ``Qwen2.5-7B-Instruct-Int8``."""
    hyphen, before = reading.at(index - 1), reading.at(index - 2)
    if hyphen is None or before is None or hyphen.word not in ("-", "_", ":"):
        return False
    glued = not (reading.items[index].gap or hyphen.gap)
    return glued and reading.says("model") and not before.has("topic")


def _changed_to(reading: Reading, seen: list[tuple[str, Item]]) -> list[tuple[str, Item]]:
    """``fp16 → int8``: of two formats with an arrow between them the second one counts."""
    if len(seen) != 2 or reading.says("weighing") or reading.says("saving"):
        return seen
    first, second = (next(i for i, o in enumerate(reading.items) if o is item) for _, item in seen)
    between = "".join(item.word for item in reading.items[first + 1 : second])
    if between not in ("->", "→", "=>", "-->"):
        return seen
    seen[0][1].slots.add("before")
    return seen[1:]


def _is_quarter(reading: Reading, index: int) -> bool:
    """Whether ``Q3`` is a part of the year: ``Q3 planning``, ``by Q4 2026``."""
    if reading.items[index].word not in ("q1", "q2", "q3", "q4"):
        return False
    before = [item.word for item in reading.items[max(0, index - 2) : index] if item.word != ":"]
    after = reading.at(index + 1)
    if after is not None and (after.word in _QUARTERLY or _is_year(after)):
        return True
    return bool(before) and before[-1] in _QUARTERLY


def _is_year(item: Item) -> bool:
    return item.quantity is not None and 2000 <= item.quantity.value <= 2100


def _names_quant(reading: Reading) -> bool:
    """Whether a quant of llama.cpp is named: ``q8_0 gguf`` is that one, not the usual."""
    values = [item.get("format") or "" for item in reading.items if item.word != "gguf"]
    return any(value.startswith(("q", "iq")) for value in values)


def _beside_states(reading: Reading, index: int) -> bool:
    """``fp32 optimizer`` beside another format: how training keeps its states."""
    if not (reading.says("mode", "train") or reading.says("method")):
        return False
    for place in (index + 1, index - 1):
        item = reading.at(place)
        if item is not None and item.has("topic", "optimizer") and not item.has("optimizer"):
            item.slots.add("state_dtype")
            return True
    return False


def _describe_weights(reading: Reading) -> None:
    """``fp16 weights, fp32 optimizer``: the weights are described, not asked for."""
    for index in reading.tagged("topic", "weights"):
        around = (reading.at(index - 1), reading.at(reading.skip(index + 1, 1, _STANDING)))
        if any(item is not None and item.has("format") for item in around):
            reading.items[index].slots.add("state_dtype")
            _describe_cache(reading)


def _describe_cache(reading: Reading) -> None:
    """``int4 weights with fp16 kv cache``: both are described, all of inference is asked."""
    if reading.says("ask", "how_much") and not reading.says("topic", "memory"):
        return
    for index in reading.tagged("topic", "kv_cache"):
        around = (reading.at(index - 1), reading.at(reading.skip(index + 1, 1, _STANDING)))
        if any(item is not None and "kv_dtype" in item.slots for item in around):
            reading.items[index].slots.add("state_dtype")


def _full_training(reading: Reading) -> None:
    """``full 7B ft``: the size stands between the two words."""
    if reading.words.isdisjoint(_FULL):
        return
    for index, item in enumerate(reading.items):
        if item.word not in _FULL:
            continue
        for place in (index + 1, index + 2):
            follower = reading.at(place)
            if follower is not None and follower.has("mode", "train"):
                item.slots.add("method")
                reading.facts.setdefault("method", "full")


def _beside_gradient(reading: Reading, index: int) -> bool:
    """``bf16 gradients`` in a question about all of training says how the gradients are kept."""
    whole = reading.says("mode", "train") and reading.says("topic", "memory")
    whole = whole and (reading.says("optimizer") or reading.says("method"))
    if not whole and reading.values("format") < 2:
        return False
    after, before = reading.at(index + 1), reading.at(reading.skip(index - 1, -1, _STANDING))
    for item in (after, before):
        if item is not None and item.has("topic", "gradient"):
            item.slots.add("grad_dtype")
            return True
    return False


def _method(reading: Reading) -> None:
    _full_training(reading)
    for index in reading.tagged("method"):
        item = reading.items[index]
        value = item.get("method")
        if "withdrawn" not in item.slots:
            item.slots.add("method")
            current = reading.facts.get("method")
            if current is None or (current == "lora" and value == "qlora"):
                reading.facts["method"] = value
    for index in reading.tagged("lora_targets"):
        reading.items[index].slots.add("lora_targets")
        reading.facts["lora_targets"] = reading.items[index].get("lora_targets")
    if reading.says("kbit"):
        reading.facts["precision"] = "amp_bf16"
        reading.facts["mixed"] = "amp"


def _sharding(reading: Reading) -> None:
    for index in reading.tagged("sharding"):
        item = reading.items[index]
        value = item.get("sharding")
        if value is None or "withdrawn" in item.slots:
            continue
        item.slots.add("sharding")
        if value == "hybrid":
            reading.facts["sharding"] = value
            reading.facts.pop("zero_stage", None)
        elif value.startswith("zero") and reading.facts.get("sharding") != "hybrid":
            reading.facts.setdefault("zero_stage", int(value[-1]))
        reading.facts.setdefault("sharding", value)


def _is_half_of(reading: Reading, index: int) -> bool:
    """``half the context``, ``shave off half``: a share of something, no half precision."""
    before, after = reading.at(index - 1), reading.at(index + 1)
    beside = (before is not None and before.word.rpartition(" ")[2] in _PARTING) or (
        after is not None and after.word in _DETERMINERS
    )
    return reading.items[index].word == "half" and beside


def _is_replaced(reading: Reading, index: int) -> bool:
    """``instead of training, serve it``, ``代替训练``: what is done in the place of the item."""
    before = reading.at(reading.skip(index - 1, -1, _DETERMINERS))
    return before is not None and before.has("withdrawn", "before")


def _mode(reading: Reading) -> None:
    """Read what the run is for; ``not asking about training`` says that it is inference.

    ``not full training, only LoRA`` is training all the same.
    """
    training, serving = reading.tagged("mode", "train"), reading.tagged("mode", "infer")
    trains = [index for index in training if not is_ruled_out(reading.items, index)]
    serves = [index for index in serving if not is_ruled_out(reading.items, index)]
    if serves:
        trains = [index for index in trains if not _is_replaced(reading, index)]
    spoken = (item for item in reading.items if "训" in item.word and item.tags)
    adapts = training and not serves and reading.facts.get("method") in ("lora", "qlora")
    if trains or adapts or (not training and any(not item.has("mode") for item in spoken)):
        reading.facts.setdefault("mode", "train")
    if serves or training:
        reading.facts.setdefault("mode", "infer")
    for index in (*training, *serving):
        reading.items[index].slots.add("mode")
