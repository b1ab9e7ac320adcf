"""What a message changes a former number by: ``再加两张``, ``double the batch``, ``halve it``.

A change is a factor or a step, and what it is applied to: a setting that its word or its unit
names; where none is named, the one number that was said before, else it is asked back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.understanding.beside import CLAUSE_ENDS, named_beside
from bot.understanding.factors import factor_at
from bot.understanding.items import Item
from bot.understanding.lexicon import glue
from bot.understanding.machine_turns import bind_machine_turn, machines_unclear
from bot.understanding.reading import Reading
from bot.understanding.relative import ONE_MACHINE, counts_cards, sign_of
from bot.understanding.understood import Problem

Context = Mapping[str, Any]

_NAMED = {
    "batch": "batch",
    "micro_batch": "batch",
    "global_batch": "batch",
    "sequences": "batch",
    "seq": "seq",
    "rank": "lora_rank",
    "tokens": "total_tokens",
    "gpu_count": "gpu_count",
    "params": "params",
}
_FORMS = {
    "batch": "batch {:g}",
    "seq": "seq {:g}",
    "gpu_count": "{:g} GPUs",
    "lora_rank": "rank {:g}",
}
_BATCHES = ("global_batch", "micro_batch", "batch")
_WHOLE = frozenset({"batch", "seq", "gpu_count", "lora_rank", "params", "total_tokens"})
_ONE_CARD = frozenset(["a card", "a gpu", "one card", "one gpu", "一张", "一张卡", "一块"])
_MORE_OR_FEWER = frozenset(["more", "fewer", "less", "extra", "additional"])
_SIGNS = glue("more_of") | glue("fewer_of")
_BOTH = frozenset(["都", "both"])
_BY = frozenset(["by", "以", "上"])
_MULTIPLIED = frozenset(["times", "multiply", "multiplied", "multiply by", "乘", "乘以"])
_BARE = glue("neutral") | _SIGNS | glue("changing") | _MULTIPLIED | _MORE_OR_FEWER
_DATA = frozenset(["data", "dataset", "corpus", "数据", "数据量", "语料", "训练数据"])
_STEPPED = frozenset({"batch", "micro_batch", "global_batch", "seq", "lora_rank", "gpu_count"})
_HALF = 0.5
_HALF_AS_WIDE = {"fp32": "fp16", "fp16": "int8", "bf16": "int8", "fp8": "int4", "int8": "int4"}
_FEW = 9


@dataclass(frozen=True, slots=True)
class _Change:
    """An amount times ``factor`` plus ``step``; ``place`` is where the operator stands."""

    place: int
    factor: float = 1.0
    step: float = 0.0

    def of(self, value: float) -> float:
        """Return the changed amount."""
        return value * self.factor + self.step


def bind_changes(reading: Reading, context: Context) -> None:
    """Apply a change to what the conversation has said, and set the new value as a fact."""
    before = context.get("inputs") or {}
    bind_machine_turn(reading, before)
    cards = _cards_changed(reading, before)
    if len(reading.items) > _FEW:
        return
    for change in _changes_in(reading):
        name = _object(reading, change, before)
        if name is None and not cards and _is_bare(reading, change):
            open_to = [found for found, _ in _open_to(change, before)]
            name = open_to[0] if len(open_to) == 1 and open_to[0] in _FORMS else None
        if name is not None:
            _apply(reading, change, name, before)


def is_changed(reading: Reading) -> bool:
    """Whether the message has changed a number of its conversation."""
    return any("changed" in item.slots for item in reading.items)


def spelled(reading: Reading) -> str:
    """Return the message as it was written, without its marks."""
    words = (item for item in reading.items if item.word not in ("?", "!", ".", "。"))
    return "".join(f" {item.text}" if item.gap else item.text for item in words).strip()


def change_unclear(reading: Reading, context: Context | None) -> Problem | None:
    """Return the question back for ``halve it`` where several numbers may be meant, or none."""
    before = (context or {}).get("inputs") or {}
    if not (before.get("params") or before.get("model")) or len(reading.items) > _FEW:
        return None
    change = next(_changes_in(reading), None)
    if change is None:
        return machines_unclear(reading, before)
    bare = _is_bare(reading, change)
    if not bare and _object(reading, change, before) is None:
        return None
    text = spelled(reading)
    choices = [said for _, said in _open_to(change, before)] if bare else []
    if bare and change.factor == _HALF and before.get("dtype") in _HALF_AS_WIDE:
        choices.append(_HALF_AS_WIDE[before["dtype"]])
    for item in reading.items:
        item.slots.add("factor")
    return Problem("ambiguous", text, tuple(choices), "change")


def _cards_changed(reading: Reading, before: Mapping[str, Any]) -> bool:
    """Apply ``再加两张``, ``少一台``, ``two more`` to the cards, also amid other words."""
    count, nodes = before.get("gpu_count"), before.get("nodes") or 1
    card = before.get("gpu")
    if not isinstance(count, int) or reading.facts.get("gpu", card) != card:
        return False
    for index, item in enumerate(reading.items):
        sign = sign_of(reading, index) if counts_cards(reading, index, item) else 0
        if not sign:
            continue
        machines = item.is_kind("nodes") or item.word in ONE_MACHINE
        number = int(item.quantity.value) if item.quantity is not None else 1
        total = count + sign * number * (count // nodes if machines else 1)
        if total < 1:
            return False
        if machines:
            reading.facts["nodes"] = nodes + sign * number
        _settle(reading, "gpu_count", total, index)
        return True
    return False


def _changes_in(reading: Reading) -> Iterator[_Change]:
    """Yield the factors and steps of the message that nothing has taken."""
    for index, item in enumerate(reading.items):
        factor = None if item.used else _factor(reading, index)
        if factor is not None:
            yield _Change(index, factor=factor)
            continue
        amount = _amount(item)
        sign = sign_of(reading, index) if amount and not item.slots - _STEPPED else 0
        if amount and sign:
            yield _Change(index, step=sign * amount)


def _factor(reading: Reading, index: int) -> float | None:
    """Return the factor at ``index``: ``half``, the 4 of ``times 4``, the 10% of ``10% more``."""
    item = reading.items[index]
    if item.quantity is None or not item.is_kind("number", "percent"):
        return factor_at(reading.items, index)
    if item.is_kind("percent"):
        sign = sign_of(reading, index)
        return 1 + sign * item.quantity.value / 100 if sign else None
    place = reading.skip(index - 1, -1, _BY)
    times, multiplied = reading.at(place), reading.at(place - 1)
    if times is not None and times.word in _MULTIPLIED and item.quantity.value > 0:
        product = multiplied is not None and multiplied.quantity is not None
        return None if product else item.quantity.value
    return factor_at(reading.items, index)


def _amount(item: Item) -> float | None:
    """Return the number that is added or taken away: ``4``, ``two``, ``a card``, ``4k``."""
    if item.quantity is not None:
        plain = item.is_kind("number", "scaled", "tokens", "gpus", "examples")
        return item.quantity.value if plain else None
    word = item.get("numword")
    return float(word) if word is not None else 1.0 if item.word in _ONE_CARD else None


def _object(reading: Reading, change: _Change, before: Mapping[str, Any]) -> str | None:
    """Return the setting beside the operator, whose value the message itself does not state."""
    operator = reading.items[change.place]
    if operator.is_kind("gpus") or operator.word in _ONE_CARD:
        return "gpu_count"
    own = next(iter(operator.slots & _STEPPED), None)
    if own is not None and operator.quantity is not None:
        return _NAMED.get(own, own)
    stated = _stated(reading, change)
    named = {name for item in reading.items if (name := _named(item)) not in {None, *stated}}
    if len(named) > 1 and not reading.words.isdisjoint(_BOTH):
        return None
    for beside in named_beside(reading, change.place, _named):
        if beside not in stated:
            return _known(beside, before)
    return _known(str(named.pop()), before) if len(named) == 1 else None


def _named(item: Item) -> str | None:
    """Return the setting that a word names: ``batch``, ``卡数``, ``数据``."""
    if item.word in _ONE_CARD or item.has("unit", "gpu"):
        return "gpu_count"
    return "total_tokens" if item.word in _DATA else _NAMED.get(item.get("key") or "")


def _known(name: str, before: Mapping[str, Any]) -> str:
    return "seq" if name == "total_tokens" and not before.get("total_tokens") else name


def _stated(reading: Reading, change: _Change) -> set[str]:
    """Return the settings of which another number of the message is the value."""
    slots = {
        slot for index, item in reading.quantities() if index != change.place for slot in item.slots
    }
    return {_NAMED.get(slot, slot) for slot in slots & reading.facts.keys()}


def _is_bare(reading: Reading, change: _Change) -> bool:
    """Whether nothing is said but the change: ``halve it``, ``那翻倍呢``, ``minus two``."""
    for index, item in enumerate(reading.items):
        plain = item.word in _BARE or item.has("follow") or item.has("filler")
        if index != change.place and not plain and any(c.isalnum() for c in item.word):
            return False
    return not reading.facts.keys() - {"gpu_count"}


def _open_to(change: _Change, before: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a change without an object may be applied to: its name, and the outcome."""
    for name, form in _FORMS.items():
        value = _value(name, before)
        if value is not None and _possible(name, change.of(value)):
            yield name, form.format(change.of(value))
    if change.step == 0 and before.get("params") and not before.get("model"):
        yield "params", f"{change.of(before['params']) / 1e9:g}B"


def _value(name: str, before: Mapping[str, Any]) -> float | None:
    value = before.get(_slot(name, before))
    return value if isinstance(value, int | float) and 0 < value < 1e18 else None


def _slot(name: str, before: Mapping[str, Any]) -> str:
    """Return under which name a setting was said: a batch may be global or one card's."""
    if name != "batch":
        return name
    return next((known for known in _BATCHES if before.get(known)), "batch")


def _possible(name: str, value: float) -> bool:
    return 0 < value < 1e18 and (name not in _WHOLE or value == int(value))


def _apply(reading: Reading, change: _Change, name: str, before: Mapping[str, Any]) -> None:
    usual = 1.0 if name == "batch" else None
    value = _value(name, before) or usual
    if value is None or not _possible(name, change.of(value)):
        return
    slot = _slot(name, before)
    for stale in _BATCHES if name == "batch" else (slot,):
        reading.facts.pop(stale, None)
    _settle(reading, slot, int(change.of(value)), change.place)


def _settle(reading: Reading, slot: str, value: int, place: int) -> None:
    """Set the new value; the words around the operator are understood with it."""
    reading.facts[slot] = value
    reading.items[place].slots |= {"changed", slot}
    before = reading.at(reading.skip(place - 1, -1, _BY))
    if before is not None and before.word in _SIGNS | _MULTIPLIED:
        before.slots.add(slot)
    for item in reading.items[place + 1 : place + 4]:
        if item.word in CLAUSE_ENDS:
            break
        if item.quantity is None and _is_operator(item):
            item.slots.add(slot)


def _is_operator(item: Item) -> bool:
    """Whether the word only says that something changes, or names what does."""
    return item.word in _MORE_OR_FEWER or any(item.has(tag) for tag in ("unit", "key", "factor"))
