"""``mb`` before a number is the micro batch: ``seq 4096 mb 2``; behind one it is megabytes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.understanding.atoms import Atom
from bot.understanding.vocabulary import phrases

NAMES_MICRO_BATCH = (("key", "micro_batch"),)
_SIGNS = frozenset(["=", ":"])
_ENDS = frozenset([",", ";", ".", "。", "?", ")", "!", "+", "、", "/", "|"])
_SETTINGS = frozenset({"key", "degree", "method", "checkpointing", "optimizer", "sharding",
                       "format", "mixed", "attention", "offload", "mode"})  # fmt: skip
_MOST = 512


def is_micro_batch(atoms: Sequence[Atom], index: int) -> bool:
    """Whether the atom at ``index`` is ``mb`` with a micro batch behind it, then an end or a key.

    ``24576 mb 2 cards`` and ``how many MB, 7b`` have none.
    """
    if index >= len(atoms) or atoms[index].text != "mb":
        return False
    place = index + 1
    if place < len(atoms) and atoms[place].text in _SIGNS:
        place += 1
    if place >= len(atoms) or atoms[place].kind != "number":
        return False
    value = atoms[place].number
    if value is None or not 1 <= value <= _MOST or value != int(value):
        return False
    if place + 1 >= len(atoms) or atoms[place + 1].text in _ENDS:
        return True
    following = phrases().longest(atoms, place + 1)
    return following is not None and any(slot in _SETTINGS for slot, _ in following.tags)
