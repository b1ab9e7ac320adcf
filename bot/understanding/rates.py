"""Speeds: tokens, examples and steps a second, seconds a step, TFLOPS; per card or in all."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from bot.understanding.items import Item
from bot.understanding.quantities import PER_TIME, SECONDS, SLOWER
from bot.understanding.reading import Reading

_REACH = 4
_THEIRS = frozenset(["他们", "人家", "别人", "他", "网上", "隔壁", "they", "others"])
_OURS = frozenset(["我", "我们", "咱", "咱们", "自己", "ours", "we", "mine", "our"])
_TAKING = frozenset(["=", "is", "takes", "take", "took", ":", "要", "用", "花", "about", "~"])
_BEFORE_RATE = frozenset(["=", ":", "is", "was", "of", "为", "是", "约", "per gpu", "/gpu", "每卡",
                          "单卡", "per card", "只有", "到"])  # fmt: skip
# Shares of a card's peak that training reaches: outside them a rate is meant otherwise.
_HIGHEST_SHARE = 0.8
_LOWEST_SHARE = 0.02
_USUAL_PEAK = 1e14
# More than any card reaches in 16 bits: a rate beyond it is that of several.
_USUAL_MOST_TFLOPS = 2500.0


def bind_rates(reading: Reading) -> None:
    """Read every rate; what is said for all cards together is divided by their number."""
    _prefixed(reading)
    _tokens(reading)
    for _, item in list(reading.free("examples_per_s")):
        value = _value(item) * _sharers(reading, _scope(reading, item))
        reading.take(item, "examples_per_s", value)
    for _, item in list(reading.free("steps_per_s")):
        value = _value(item)
        reading.take(item, "step_s", 1 / value if value else 0.0)
    for _, item in list(reading.free("step_s")):
        reading.take(item, "step_s", _value(item))
    _bare_reference(reading)
    _bare_measured(reading)
    _bare_tokens(reading)
    _flops(reading)
    _bare_share(reading)
    named = reading.tagged("topic", "utilization")
    shares = list(reading.free("percent"))
    if named:
        shares.sort(key=lambda share: min(_apart(share[0], place) for place in named))
    for _, item in shares:
        if named:
            reading.take(item, "utilization_percent", _value(item))
    if reading.says("weighing", "between") and "utilization_percent" in reading.facts:
        said = [(_value(item), item.text) for _, item in shares]
        reading.said_values["utilization_percent"] = said


def _apart(index: int, name: int) -> float:
    """How far a share stands from the word for utilisation; what follows it is nearer."""
    return index - name if index > name else name - index + 0.5


def _bare_share(reading: Reading) -> None:
    """``mfu 0.4``, ``MFU: 45``: a share of the peak without its sign."""
    for index in reading.tagged("topic", "utilization"):
        if reading.items[index].word not in ("mfu", "hfu"):
            continue
        item = reading.at(reading.skip(index + 1, 1, _BEFORE_RATE))
        if item is None or not item.is_kind("number") or item.used:
            item = reading.at(index - 1)  # ``0.35 MFU``
        if item is None or not item.is_kind("number") or item.used:
            continue
        share = _value(item)
        if 0 < share < 100:
            reading.take(item, "utilization_percent", share * 100 if share < 1 else share)


def bind_share_of_run(reading: Reading) -> None:
    """``7b 2B tokens 8xA100 40%``: beside a whole run a lone share is that of the peak."""
    facts = reading.facts
    shares = [item for _, item in reading.free("percent")]
    whole = facts.get("total_tokens") and (reading.cards or facts.get("gpu_count"))
    if not whole or len(shares) != 1 or "utilization_percent" in facts:
        return
    if _LOWEST_SHARE <= _value(shares[0]) / 100 <= _HIGHEST_SHARE:
        reading.take(shares[0], "utilization_percent", _value(shares[0]))


def _value(item: Item) -> float:
    assert item.quantity is not None
    return item.quantity.value


def _near(reading: Reading, index: int, slot: str, value: str, reach: int = _REACH) -> bool:
    """Whether a phrase stands shortly before ``index``, with no other quantity between."""
    for place in range(index - 1, max(-1, index - 1 - reach), -1):
        item = reading.items[place]
        if item.has(slot, value):
            return not _asked_rate(reading, place)
        former = item.quantity is not None and _gives_way(reading, place)
        if (item.quantity is not None and not former) or item.text in (",", ";", "。", "?"):
            return False
    return False


def _gives_way(reading: Reading, index: int) -> bool:
    """Whether a number is what another one replaces: the 2500 of ``从 2500 降到 1900``."""
    after = reading.at(index + 1)
    return after is not None and after.has("change", "to")


def _asked_rate(reading: Reading, index: int) -> bool:
    """Whether ``per card`` belongs to the rate that is asked: ``tokens per sec per card: …``."""
    before, after = reading.at(index - 1), reading.at(index + 1)
    named = before is not None and before.quantity is None and before.has("topic", "throughput")
    return named and after is not None and after.word in (":", "?", "=", "？")


def _prefixed(reading: Reading) -> None:
    """``每秒 3 条``, ``每步 2.5 秒``: the divisor stands before the number."""
    kinds: dict[str, Any] = {
        "tokens": "tokens_per_s",
        "examples": "examples_per_s",
        "steps": "steps_per_s",
    }
    for index, item in reading.quantities():
        quantity = item.quantity
        if quantity is None or item.used:
            continue
        slow = _longer_before(reading, index) if quantity.kind in kinds else None
        if slow is not None:
            quantity.kind, quantity.value = kinds[quantity.kind], quantity.value / slow
        elif quantity.kind in kinds and _near(reading, index, "per", "second"):
            quantity.kind = kinds[quantity.kind]
        elif quantity.kind == "time" and quantity.unit in ("second", "millisecond", "minute"):
            before = reading.at(reading.skip(index - 1, -1, _TAKING))
            one_step = before is not None and before.is_kind("steps")
            if _near(reading, index, "per", "step") or one_step:
                quantity.kind = "step_s"
        elif quantity.kind in ("number", "scaled") and _near(reading, index, "per", "second", 2):
            after = reading.at(index + 1)
            if after is not None and after.has("key", "tokens"):
                quantity.kind = "tokens_per_s"


def _longer_before(reading: Reading, index: int) -> float | None:
    """``每分钟处理 1.2M token``: the seconds of the minute or hour that stands before a number."""
    for place in range(index - 1, max(-1, index - 1 - _REACH), -1):
        item = reading.items[place]
        if item.quantity is not None or item.text in (",", ";", "。", "?"):
            return None
        span = float(item.get("span") or 0)
        before = reading.at(place - 1)
        if span == SECONDS["hour"] and item.word.startswith(("每", "per ", "each ", "every ")):
            return span
        unit = item.get("unit")
        if unit in SLOWER and before is not None and before.word in PER_TIME:
            before.slots.add("per")
            return SECONDS[unit]
    return None


def _scope(reading: Reading, item: Item) -> str:
    """``gpu``, ``total`` or nothing: whose rate it is."""
    assert item.quantity is not None
    if item.quantity.per:
        return item.quantity.per
    index = reading.items.index(item)
    for value in ("gpu", "total"):
        if _near(reading, index, "per", value):
            _mark(reading, index, value)
            return value
    after = reading.at(index + 1)
    beyond = reading.at(index + 2)
    divided = after is not None and after.word in ("per", "/", "each")
    if divided and beyond is not None and beyond.has("card"):
        return "gpu"
    for value in ("gpu", "node"):
        if after is not None and after.has("per", value):
            after.slots.add("per")
            return value
    if _each_of(reading, index):
        return "gpu"
    return "total" if after is not None and after.has("per", "total") else ""


def _each_of(reading: Reading, index: int) -> bool:
    """``each of 4 cards does 1,200``: the rate of one of them."""
    words = [item.word for item in reading.items[max(0, index - 6) : index]]
    return any(pair == ("each", "of") for pair in pairwise(words))


def _mark(reading: Reading, index: int, value: str) -> None:
    for place in range(max(0, index - 1 - _REACH), index):
        if reading.items[place].has("per", value):
            reading.items[place].slots.add("per")


def _tokens(reading: Reading) -> None:
    found = list(reading.free("tokens_per_s"))
    for position, (index, item) in enumerate(found):
        value = _value(item)
        if _is_reference(reading, index, position, found):
            reading.take(item, "reference_tokens_per_s_gpu", value)
            continue
        count = reading.facts.get("gpu_count") or 1
        scope = _scope(reading, item) or _likely_scope(reading, item, value, count)
        reading.take(item, "tokens_per_s_gpu", value * _sharers(reading, scope) / count)


def _sharers(reading: Reading, scope: str) -> float:
    """Return how many times a rate of this scope goes into that of all the cards."""
    if scope == "gpu":
        return float(reading.facts.get("gpu_count") or 1)
    return float(reading.facts.get("nodes") or 1) if scope == "node" else 1.0


def _likely_scope(reading: Reading, item: Item, value: float, count: float) -> str:
    """Whose rate it is where nobody says: the reading that the card's peak leaves possible.

    Where both are, it is taken as the total and asked back.
    """
    params = reading.facts.get("params")
    if count <= 1 or not params or not reading.cards:
        return "total"
    from calculators.registry import find_gpu

    gpu = find_gpu(reading.cards[0], reading.facts.get("gpu_memory_bytes"))
    peak = gpu.peak_flops(gpu.training_format) or _USUAL_PEAK
    share = 6 * params * value / peak
    if share > _HIGHEST_SHARE:
        return "total"
    if share / count < _LOWEST_SHARE:
        return "gpu"
    choices = (f"{item.text} per GPU", f"{item.text} in total")
    reading.problem("ambiguous", item.text, choices, "tokens_per_s_gpu")
    return "total"


def _is_reference(
    reading: Reading, index: int, position: int, found: list[tuple[int, Item]]
) -> bool:
    """Whether a throughput is the paper's, not the measured one."""
    if _near(reading, index, "topic", "reference", 6) or _of_others(reading, index):
        return True
    others = any(_near(reading, other, "topic", "reference", 6) for other, _ in found)
    last = len(found) > 1 and position == len(found) - 1
    return not others and last and reading.says("topic", "reference")


def _of_others(reading: Reading, index: int) -> bool:
    """``人家 7B 每卡 3300 token/s, 我们才 1650``: a rate of others, and one's own after it."""
    own = any(item.word in _OURS for item in reading.items[index:])
    for place in range(index - 1, -1, -1):
        item = reading.items[place]
        if item.has("topic", "reference") or item.word in _THEIRS:
            return own
        if item.word in (",", "。", ";", "?"):
            return False
    return False


def _bare_reference(reading: Reading) -> None:
    """``论文 3300`` beside a measured rate: the paper's tokens a second, its unit left out."""
    if not any(name in reading.facts for name in ("tokens_per_s_gpu", "examples_per_s", "step_s")):
        return
    for index, item in list(reading.free("number")):
        if _near(reading, index, "topic", "reference", 3) and 10 <= _value(item) <= 1e6:
            reading.take(item, "reference_tokens_per_s_gpu", _value(item))


def _bare_measured(reading: Reading) -> None:
    """``paper 3300 tok/s/gpu, mine 1100``: the measured rate, its unit left out."""
    facts = reading.facts
    measured = ("tokens_per_s_gpu", "examples_per_s", "step_s")
    if "reference_tokens_per_s_gpu" not in facts or any(name in facts for name in measured):
        return
    for _, item in list(reading.free("number")):
        if 10 <= _value(item) <= 1e6:
            reading.take(item, "tokens_per_s_gpu", _value(item))
            return


def _named_flops(reading: Reading) -> None:
    """``TFLOPS per GPU: 109.2``: the unit stands before its number."""
    for index in reading.tagged("key", "flops"):
        if not reading.items[index].word.startswith(("tf", "teraf")):
            continue
        place = reading.skip(index + 1, 1, _BEFORE_RATE)
        item = reading.at(place)
        if item is not None and item.is_kind("number") and not item.used:
            assert item.quantity is not None
            if 1 <= item.quantity.value <= 5000:
                item.quantity.kind = "flops"
                item.quantity.value *= 1e12


def _measured_flops(reading: Reading) -> None:
    """``util by flops: measured 88 on a 4090``: TFLOPS, where that is the only number left."""
    numbers = [item for _, item in reading.free("number")]
    named = reading.says("key", "flops") and reading.says("topic", "utilization")
    if not named or len(numbers) != 1 or len(reading.cards) != 1:
        return
    if reading.holds("flops", "percent", "scaled"):
        return
    quantity = numbers[0].quantity
    if quantity is not None and 1 < quantity.value <= _USUAL_MOST_TFLOPS:
        quantity.kind, quantity.value = "flops", quantity.value * 1e12


def _bare_tokens(reading: Reading) -> None:
    """``7B 训 2T, mfu 45%, 几天``: trillions beside a size and a time asked are tokens."""
    facts = reading.facts
    timed = reading.says("ask", "time") or reading.says("card_time")
    found = [i for _, i in reading.free("scaled") if i.quantity and i.quantity.scale == "t"]
    sized = "params" in facts or "model" in facts
    counted = reading.holds("tokens")
    if timed and sized and not counted and len(found) == 1 and "total_tokens" not in facts:
        reading.take(found[0], "total_tokens", _value(found[0]))


def _flops(reading: Reading) -> None:
    for index, item in list(reading.free("scaled")):
        assert item.quantity is not None
        if (
            item.quantity.scale in ("t", "p")
            and item.quantity.value <= (5e15 if item.quantity.scale == "t" else 1e19)
            and (speaks_of_flops(reading) or bool(reading.cards))
        ):
            item.quantity.kind = "flops"
            if _near(reading, index, "topic", "flops"):
                continue
    _named_flops(reading)
    _measured_flops(reading)
    found = list(reading.free("flops"))
    for index, item in found:
        tflops = _value(item) / 1e12
        after = reading.at(index + 1)
        peak = _near(reading, index, "topic", "flops") or (
            after is not None and after.has("topic", "flops")
        )
        largest = max(_value(other) for _, other in found)
        peak = peak and not reading.says("share_of_peak")
        if peak or (len(found) > 1 and _value(item) == largest and "tflops_gpu" in reading.facts):
            reading.take(item, "peak_tflops", tflops)
            continue
        count = reading.facts.get("gpu_count") or 1
        if _scope(reading, item) == "total" or _beyond_one(reading, tflops, count):
            tflops /= count
        reading.take(item, "tflops_gpu", tflops)


def _beyond_one(reading: Reading, tflops: float, count: float) -> bool:
    """Whether a rate is more than one card's peak but not more than that of all of them."""
    if count <= 1:
        return False
    peak = _USUAL_MOST_TFLOPS
    if len(reading.cards) == 1:
        from calculators.registry import find_gpu

        gpu = find_gpu(reading.cards[0], reading.facts.get("gpu_memory_bytes"))
        peak = (gpu.peak_flops(gpu.training_format) or _USUAL_PEAK) / 1e12
    return bool(peak < tflops <= peak * count)


def speaks_of_flops(reading: Reading) -> bool:
    """Whether a bare ``180T`` in the message means TFLOPS."""
    trillions = sum(
        item.quantity is not None and item.quantity.scale == "t" for item in reading.items
    )
    named = reading.says("topic", "utilization", "flops") or reading.says("key", "flops")
    return named or (trillions > 1 and "params" not in reading.facts)
