"""Binding numbers to the words beside them: ``batch 8``, ``8k ctx``, ``TP=4``, ``rank 64``."""

from __future__ import annotations

from bot.understanding.accepted import LENGTHS, RATES, USUAL_LENGTHS, accepts, tokens_of, whole
from bot.understanding.batches import is_length
from bot.understanding.bounds import bounded
from bot.understanding.cache_format import take_glued_format
from bot.understanding.factors import factor_of
from bot.understanding.items import Item, Quantity
from bot.understanding.lexicon import glue
from bot.understanding.lists import listed_before, value_at
from bot.understanding.reading import Reading

_BEFORE_VALUE = glue("before_value")
_AFTER_VALUE = glue("after_value")
_OF_ALL = frozenset(["global", "globally", "total", "in total", "overall", "全局", "总共"])
_JOINTS = frozenset(["and", "or", "/", "vs", "和", "或", "或者", "还是", "与", "跟", "、"])
_TWICE_BEFORE = frozenset({"batch", "seq", "rank", "sequences"})
_TWICE = frozenset({"batch", "micro_batch", "global_batch", "seq", "rank", "tp", "pp", "dp"})
_COUNTING = frozenset(["x", "*", "nvidia", "gpu", "gpus", "张", "块", "卡", "cards"])
_SAYS = glue("says")
# What says of a number that it holds before a factor: ``of 4096``, ``(16k now)``.
_FORMERLY = frozenset(["of", "from", "now", "currently", "today"])
_RISING = glue("rising")
_SHORTEST_LENGTH = 128


def _key_of(item: Item) -> str | None:
    return item.get("degree") or item.get("key")


def _raised(reading: Reading, index: int) -> int | None:
    """``batch 从 8 加到 16`` and ``from 8 to 16``: the second number is meant."""
    start = reading.at(index)
    first = reading.at(index + 1)
    if start is None or start.word not in ("从", "from") or first is None or not first.quantity:
        return None
    for place in range(index + 2, index + 8):
        item = reading.at(place)
        if item is None or _key_of(item) is not None:
            return None
        if item.is_kind("number", "scaled", "tokens"):
            first.slots.add("before")
            return place
    return None


def _candidate(reading: Reading, index: int, step: int, key: str) -> int | None:
    over = _BEFORE_VALUE if step > 0 else _AFTER_VALUE
    if step > 0 and key == "batch":
        over = over | _OF_ALL
    if step > 0 and any(factor_of(item) for item in reading.items[max(0, index - 2) : index]):
        over = over | {"from"}
    found = reading.skip(index + step, step, over)
    if step > 0:
        found = _raised(reading, found) or found
    item = reading.at(found)
    if item is None or item.used or item.quantity is None or not accepts(key, item.quantity):
        return None
    if step < 0 and found != index - 1 and reading.items[found + 1].text == ",":
        return None
    if is_length(reading, index, found, key):
        return None
    passed = reading.items[index + 1 : found]
    after = reading.at(found + 1)
    if step > 0 and after is not None and after.has("key", "sequences") and _pauses(passed):
        return None  # ``100k per sequence, 4 sequences``
    if key == "tokens" and step > 0 and any(other.text == "," for other in passed):
        return None  # ``多少 token, 13b 模型``: a size of its own
    return found


def _pauses(items: list[Item]) -> bool:
    return any(item.text == "," for item in items)


def _leads_keys(reading: Reading, index: int) -> bool:
    """Whether the number belongs to the key behind it: ``4 bs 2 tp``, but not ``bs 4 tp 2``."""
    while True:
        place = reading.skip(index + 1, 1, _AFTER_VALUE)
        item = reading.at(place)
        key = None if item is None else _key_of(item)
        if key is None:
            return False
        value = _candidate(reading, place, 1, key)
        if value is None:
            return True
        index = value


def _plausible(key: str, quantity: Quantity) -> bool:
    return quantity.value >= 16 if key == "seq" else True


def _is_length_of_asked_batch(reading: Reading, index: int, key: str) -> bool:
    """``… 2048 单卡 batch 能开多大``: the number is a length, the batch is what is asked."""
    quantity = reading.items[index].quantity
    usual = quantity is not None and quantity.value in USUAL_LENGTHS and quantity.kind == "number"
    return usual and key.endswith("batch") and reading.says("ask", "max")


def _choose(reading: Reading, index: int, key: str) -> int | None:
    """Which number belongs to the key: the one after it, unless the run began with a number."""
    if key == "tokens" and _is_counted(reading, index):
        return None
    after = _candidate(reading, index, 1, key)
    before = _candidate(reading, index, -1, key)
    if after is None and before is not None and _is_length_of_asked_batch(reading, before, key):
        return None
    if after is None or before is None:
        return before if after is None else after
    if key == "sequences":
        return before
    explicit = reading.items[index + 1].text in ("=", ":", "为", "是")
    if explicit:
        return after
    ahead = reading.items[after].quantity
    assert ahead is not None
    if _leads_keys(reading, after) or not _plausible(key, ahead):
        return before
    return after


def _multiply(reading: Reading, key: str, index: int, chosen: int) -> None:
    """``twice the context of 4096``, ``halve the length from 8k``: the number is changed."""
    quantity = reading.items[chosen].quantity
    around = reading.items[index + 1 : chosen + 2]
    told = chosen > index and any(item.word in _FORMERLY for item in around)
    if key not in _TWICE or quantity is None or not told:
        return
    for place in range(max(0, index - 3), index):
        item, sign = reading.items[place], reading.items[place + 1]
        factor = factor_of(item)
        if sign.word == "x" and item.is_kind("number") and not item.used and item.quantity:
            factor = item.quantity.value  # ``2x the context``
            sign.slots.add("factor")
        if factor is not None:
            item.slots.add("factor")
            quantity.value *= factor
            quantity.number *= factor


def _is_counted(reading: Reading, index: int) -> bool:
    """Whether the words for an amount stand right before: ``多少 token 7b`` names two things."""
    before = reading.at(index - 1)
    return before is not None and before.word in ("多少", "how many", "几", "多少个")


def bind_keys(reading: Reading) -> None:
    """Give every key word its number; keys without one are kept as what may be asked."""
    take_glued_format(reading)
    for index, item in enumerate(reading.items):
        key = _key_of(item)
        if key is None:
            continue
        chosen = bounded(reading, index, key)
        if chosen is None:
            chosen = _told(reading, index, key) if key in RATES else _choose(reading, index, key)
        if chosen is None and key in RATES:
            continue
        if chosen is None:
            reading.open_keys.append((key, index))
            continue
        if key == "sequences" and _says_length(reading, index, chosen):
            continue
        _multiply(reading, key, index, chosen)
        chosen = _risen(reading, key, chosen)
        value = reading.items[chosen].quantity
        assert value is not None
        if key == "rank" and not value.value and not reading.says("method"):
            continue  # ``rank 0`` of a log is a process
        reading.take(item, key)
        if key == "sequences" and _arrive(reading, chosen, index):
            continue
        _store(reading, key, chosen, value)
        _second(reading, key, chosen)
        for place in listed_before(reading.items, key in _TWICE_BEFORE and chosen < index, chosen):
            _store(reading, key, place, value_at(reading.items, place))
        _former(reading, key, index, chosen)


def _says_length(reading: Reading, index: int, chosen: int) -> bool:
    """Whether it is how long each is: ``a batch of 8 sequences of 2048``."""
    number = reading.items[chosen]
    told = chosen == index + 2 and reading.items[index + 1].word == "of"
    if not told or number.quantity is None or number.quantity.value < _SHORTEST_LENGTH:
        return False
    reading.take(number, "seq", whole(tokens_of(number.quantity)))
    return True


def _arrive(reading: Reading, chosen: int, index: int) -> bool:
    """``每秒 50 个请求``, ``50 requests/s``: how many arrive, not how many are held at once."""
    before, after = reading.at(min(chosen, index) - 1), reading.at(max(chosen, index) + 1)
    if not any(item is not None and item.has("per", "second") for item in (before, after)):
        return False
    number = reading.items[chosen]
    number.slots.add("requests_per_s")
    choices = (f"{number.text} concurrent requests",)
    reading.problem("ambiguous", f"{number.text} / s", choices, "batch")
    return True


def _second(reading: Reading, key: str, chosen: int) -> None:
    """``batch 4 and 8``, ``seq 2048/4096``, ``rank 8, 16, 64``: further values of the same key."""
    if key not in _TWICE:
        return
    kinds = ("number", "scaled") if key == "seq" else ("number",)
    found: list[int] = []
    commas = 0
    while True:
        place = chosen + 2 * len(found)
        joint, other, after = (reading.at(place + step) for step in (1, 2, 3))
        comma = joint is not None and joint.word == ","
        if joint is None or other is None or not (joint.word in _JOINTS or comma) or other.used:
            break
        if other.quantity is None or not other.is_kind(*kinds) or not accepts(key, other.quantity):
            break
        if key.endswith("batch") and other.quantity.value in USUAL_LENGTHS and not found:
            break  # ``batch 1、2048、fp32``: a length of its own
        if after is not None and (after.has("card") or after.word in _COUNTING or _key_of(after)):
            if commas:
                return  # ``batch 4, 8 or 16 A100``: those are numbers of cards
            break
        commas += comma
        found.append(place + 2)
    if commas and len(found) < 2:
        return
    for place in found:
        value = reading.items[place].quantity
        assert value is not None
        _store(reading, key, place, value)


def _asks_between(reading: Reading) -> bool:
    """Whether what lies between two values is asked for, as a rise or as a saving."""
    return bool(reading.says("weighing", "whole") or reading.says("saving"))


def _risen(reading: Reading, key: str, chosen: int) -> int:
    """``bs 1 to bs 8``, ``bs 1 涨到 8``: the second number is meant where the first one changes."""
    if key not in _TWICE or not _asks_between(reading):
        return chosen
    joint = reading.at(chosen + 1)
    arrow = joint is not None and joint.word == "-"
    if joint is None or not (joint.word in _RISING or arrow):
        return chosen
    over = _RISING | {reading.items[chosen - 1].word, *("->" if arrow else "")}
    place = reading.skip(chosen + 1, 1, over)
    if arrow and reading.items[chosen + 2].word != ">":
        return chosen
    found = reading.at(place)
    if found is None or found.used or found.quantity is None or not accepts(key, found.quantity):
        return chosen
    reading.items[chosen].slots.add("before")
    return place


def _former(reading: Reading, key: str, index: int, chosen: int) -> None:
    """Keep the 8k of ``from 8k to 32k`` too, where what lies between is asked for."""
    if key not in _TWICE or not _asks_between(reading):
        return
    for item in reading.items[index + 1 : chosen]:
        if item.slots == {"before"} and item.quantity is not None and accepts(key, item.quantity):
            value = tokens_of(item.quantity) if key in LENGTHS else item.quantity.value
            slot = {"rank": "lora_rank"}.get(key, key)
            item.slots.add(slot)
            reading.said_values.setdefault(slot, []).append((whole(value), item.text))


def _told(reading: Reading, index: int, key: str) -> int | None:
    """Find a rate's number, which stands after an equals sign or ``is``, not before its name."""
    sign = reading.at(index + 1)
    if key == "step_s" and sign is not None and sign.is_kind("time"):
        return index + 1
    told = sign is not None and sign.is_kind("number") and not sign.used
    if told and key != "step_s" and _leads(reading, index):
        return None if _before_card(reading, index + 1) else index + 1
    if sign is None or sign.word not in _SAYS:
        return None
    found = _candidate(reading, index, 1, key)
    named = sign.word != "=" and found is not None and _before_card(reading, found)
    return None if named else found


def _before_card(reading: Reading, index: int) -> bool:
    """Whether a number counts cards, which no rate does: ``tokens/s of 64 A100``."""
    after = reading.at(reading.skip(index + 1, 1, _COUNTING))
    return after is not None and after.has("card")


def _leads(reading: Reading, index: int) -> bool:
    """Whether a rate's name stands before its number: ``it/s 0.25``, not ``3 it/s 8``."""
    before = reading.at(index - 1)
    return before is None or before.quantity is None


def _store(reading: Reading, key: str, chosen: int, quantity: Quantity) -> None:
    item = reading.items[chosen]
    if key in RATES:
        quantity.kind = key.removesuffix("_gpu")  # type: ignore[assignment]
        if key.endswith("_gpu"):
            quantity.per = "gpu"
        return
    if key in ("layers", "heads", "hidden"):
        item.slots.add("shape")
        return
    if key == "memory_share":
        reading.take(item, key, quantity.value / (100 if quantity.value > 1 else 1))
        return
    if key == "tokens":
        if quantity.value >= 1e7:
            reading.take(item, "total_tokens", quantity.value)
        else:
            reading.take(item, "seq", whole(tokens_of(quantity)))
        return
    if key == "params":
        reading.take(item, "params", quantity.value)
        return
    value = tokens_of(quantity) if key in LENGTHS or quantity.kind == "tokens" else quantity.value
    if key in ("batch", "micro_batch", "global_batch") and (
        quantity.kind == "tokens" or (quantity.kind == "scaled" and quantity.scale == "m")
    ):
        reading.take(item, "batch_tokens", value)
        return
    slot = {
        "sequences": "batch",
        "tgs": "tokens_per_s_gpu",
        "rank": "lora_rank",
        "accumulation": "grad_accumulation",
    }.get(key, key)
    if slot == "batch" and (_per(reading, chosen, "gpu") or _per(reading, chosen - 2, "gpu")):
        slot = "micro_batch"
    before = reading.at(chosen - 1)
    if slot == "batch" and before is not None and before.word in _OF_ALL:
        slot = "global_batch"
    beside = reading.at(reading.skip(chosen + 1, 1, frozenset(["都", "是", "is", "are"])))
    if slot == "batch" and beside is not None and beside.word in _OF_ALL:
        slot = "global_batch"
    if slot == "batch" and _spread_over_cards(reading, chosen + 1):
        slot = "global_batch"
    reading.take(item, slot, whole(value))
    reading.said_values.setdefault(slot, []).append((whole(value), item.text))


def _spread_over_cards(reading: Reading, index: int) -> bool:
    """``batch 64 over 8 GPUs``: the batch of all of them."""
    joint, cards = reading.at(index), reading.at(index + 1)
    spread = joint is not None and joint.word in ("over", "across", "split over", "spread over")
    return spread and cards is not None and cards.is_kind("gpus")


def _per(reading: Reading, index: int, what: str) -> bool:
    after = reading.at(index + 1)
    if after is not None and after.has("per", what):
        after.slots.add("per")
        return True
    return False
