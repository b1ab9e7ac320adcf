"""From atoms to items: at each place the longest phrase or quantity, left to right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from bot.understanding.atoms import Atom
from bot.understanding.items import Item, Quantity
from bot.understanding.lexicon import Match
from bot.understanding.lists import full_alone, spread
from bot.understanding.mb import NAMES_MICRO_BATCH, is_micro_batch
from bot.understanding.misspelt import meant_word
from bot.understanding.quantities import bare_number, read_quantity
from bot.understanding.vocabulary import phrases

# Units that belong to what follows, not to the number after a length: ``seq 2048 step time``.
_NOT_AFTER_A_KEY = frozenset(["steps", "tokens_per_s", "steps_per_s", "examples_per_s"])
_BETWEEN = frozenset(["of", "is", "size", "=", ":", "是", "为", "设", "设为", "取", "开", "到"])


# What a number counts, or is multiplied by, rather than ends a name.
_COUNTED_BY = frozenset(["x", "*", "node", "nodes", "machines", "servers", "boxes", "hosts", "台"])


def scan(atoms: Sequence[Atom], text: str) -> list[Item]:
    """Return the items of the message in order; every atom belongs to exactly one."""
    trie = phrases()
    items: list[Item] = []
    index = 0
    while index < len(atoms):
        match = _before_card(_without_factor(trie.longest(atoms, index), atoms), atoms)
        expected = bool(items) and _expects_number(items)
        found = read_quantity(atoms, index, text, expected=expected)
        if found is not None and expected and found[0].kind in _NOT_AFTER_A_KEY:
            found = bare_number(atoms, index) if _names_a_length(items) else found
        if found is not None and expected and is_micro_batch(atoms, found[1] - 1):
            found = bare_number(atoms, index)
        if found is not None and (match is None or _quantity_wins(match, found, expected)):
            quantity, end = found
            item = Item(index, end, *_spelling(atoms, index, end, text), (), quantity)
            item.quantity = _signed(atoms, index, quantity, items)
        elif is_micro_batch(atoms, index):
            end = index + 1
            item = Item(index, end, *_spelling(atoms, index, end, text), NAMES_MICRO_BATCH)
        elif match is not None:
            end = match.end
            item = Item(index, end, *_spelling(atoms, index, end, text), match.tags)
        else:
            end = index + 1
            meant = meant_word(atoms[index]) if atoms[index].kind == "word" else None
            item = Item(index, end, *_spelling(atoms, index, end, text), meant or ())
        item.gap = atoms[index].gap
        items.append(item)
        index = end
    _number_words(items)
    spread(items)
    full_alone(items)
    return items


def _without_factor(match: Match | None, atoms: Sequence[Atom]) -> Match | None:
    """Leave the 2 of ``fsdp 2x8`` and ``fsdp 2 nodes`` to the cards: it is not ``fsdp2``."""
    if match is None or match.end - match.start < 2:
        return match
    if atoms[match.start].text == "不" and match.start and atoms[match.start - 1].text == "要":
        return None  # ``要不用 qlora``: a suggestion, no denial
    last = atoms[match.end - 1]
    if last.text == "zero" and _glued_stage(atoms, match.end):
        return None  # ``不用 zero3``: one stage is denied, not all sharding
    after = [atom.text for atom in atoms[match.end : match.end + 1]]
    if last.kind != "number" or not last.gap or not after or after[0] not in _COUNTED_BY:
        return match
    return phrases().longest(atoms[: match.end - 1], match.start) or match


def _before_card(match: Match | None, atoms: Sequence[Atom]) -> Match | None:
    """Leave the letter of ``gpu H100`` to the card: no ``gpu h`` is counted."""
    if match is None or match.end - match.start < 2 or match.end >= len(atoms):
        return match
    last, after = atoms[match.end - 1], atoms[match.end]
    if last.kind != "word" or after.kind != "number" or after.gap:
        return match
    card = phrases().longest(atoms, match.end - 1)
    if card is None or card.end <= match.end or not any(slot == "card" for slot, _ in card.tags):
        return match
    return phrases().longest(atoms[: match.end - 1], match.start)


def _glued_stage(atoms: Sequence[Atom], index: int) -> bool:
    """Whether a stage is glued to ``zero``: the 3 of ``zero3`` or ``zero-3``."""
    after = [atom for atom in atoms[index : index + 2] if atom.text != "-"][:1]
    return bool(after) and after[0].kind == "number" and not after[0].gap


def _expects_number(items: list[Item]) -> bool:
    """Whether a number is due: after a word such as ``length``, ``batch`` or ``TP``."""
    for item in reversed(items[-3:]):
        if item.has("key") or item.has("degree"):
            return True
        if item.word not in _BETWEEN:
            return False
    return False


def _names_a_length(items: list[Item]) -> bool:
    """Whether the word before is a length or a batch: ``len 1024 token/s`` is two things."""
    return any(items[-1].has("key", key) for key in ("seq", "batch", "global_batch", "micro_batch"))


def _spelling(atoms: Sequence[Atom], start: int, end: int, text: str) -> tuple[str, str]:
    """Return a stretch as written, and its word: no spaces beside Chinese characters."""
    words = [atoms[start].text]
    for left, right in pairwise(atoms[start:end]):
        apart = right.gap and left.kind != "cjk" and right.kind != "cjk"
        words.append(f" {right.text}" if apart else right.text)
    return text[atoms[start].start : atoms[end - 1].end], "".join(words)


def _quantity_wins(match: Match, found: tuple[Quantity, int], expected: bool) -> bool:
    """Let the longer reading win, of two equally long ones the phrase (``4bit``, ``3090``)."""
    quantity, end = found
    slots = {slot for slot, _ in match.tags}
    spelled_card = "card" in slots and quantity.chinese
    if "stop" in slots or spelled_card:
        return "stop" in slots and quantity.chinese and quantity.scale in ("b", "亿")
    if "card" in slots and quantity.kind in ("flops", "gpus", "nodes"):
        return False
    if "card" in slots and quantity.kind == "tokens_per_s" and quantity.per != "gpu":
        return False
    due = expected and any(slot == "numword" for slot, _ in match.tags)
    return end >= match.end if due else end > match.end


def _signed(atoms: Sequence[Atom], index: int, found: Quantity, items: list[Item]) -> Quantity:
    """Mark a number after a minus sign that cannot be a hyphen, or after 负 or ``minus``."""
    if not index or not items:
        return found
    before = atoms[index - 1]
    if before.text in ("负", "minus", "negative"):
        return replace(found, negative=True)
    if before.text != "-" or atoms[index].gap:
        return found
    standing = index == 1 or before.gap or atoms[index - 2].text in "=:(,*"
    standing = standing or (atoms[index - 2].text == "x" and not atoms[index - 2].gap)
    after_card = len(items) > 1 and (items[-2].has("card") or items[-2].has("model"))
    return replace(found, negative=True) if standing and not after_card else found


def _number_words(items: list[Item]) -> None:
    """Read ``two nodes``, ``a pair of 3090s``, ``two concurrent``: a number word that counts."""
    for position, item in enumerate(items[:-1]):
        word = item.get("numword")
        if word is None:
            continue
        follower = items[position + 1]
        if follower.has("unit", "gpu") or follower.has("card"):
            kind = "gpus" if follower.has("unit") else "number"
            item.quantity = Quantity(kind, float(word), number=float(word))  # type: ignore[arg-type]
        elif follower.has("unit", "node") or follower.has("per", "node"):
            item.quantity = Quantity("nodes", float(word), number=float(word))
        elif follower.has("key", "sequences") or (
            position + 2 < len(items)
            and (items[position + 2].has("card") or items[position + 2].has("unit", "gpu"))
        ):
            item.quantity = Quantity("number", float(word), number=float(word))
