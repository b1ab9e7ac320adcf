"""English numbers in words: ``thirteen``, ``sixty-five``, ``one hundred and eighty``."""

from __future__ import annotations

from collections.abc import Sequence

from bot.understanding.atoms import Atom

_ONES = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_TENS["fourty"] = 40
LARGE = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_LONGEST = 14
_STARTS = frozenset([*_ONES, *_TENS, "half", "a"])


def words_number(atoms: Sequence[Atom], start: int) -> tuple[float, int] | None:
    """Read an English number below a million that starts at ``start``: its value, its atoms.

    ``half a`` is one half; ``a hundred`` is read, a lone article is not. What multiplies it
    (``billion``) is left to the unit.
    """
    if atoms[start].text not in _STARTS:
        return None
    if _is(atoms, start, "half") and _is(atoms, start + 1, "a"):
        return (0.5, 2) if _is(atoms, start + 2, *LARGE) else None
    if _is(atoms, start, "a", "one") and _is(atoms, start + 1, *LARGE):
        words = [atom.text for atom in atoms[start + 2 : start + 5]]
        if words == ["and", "a", "half"]:
            return 1.5 * LARGE[atoms[start + 1].text], 5
        if words[:1] in (["parameters"], ["params"]):
            return 1.0, 1
    total, section, index = 0.0, 0.0, start
    known = 0
    while index - start < _LONGEST:
        step = 1 if index > start and _is(atoms, index, "-", "and") else 0
        word = atoms[index + step].text if index + step < len(atoms) else ""
        value = _value(word, section, article=_is(atoms, start, "a") and index == start + 1)
        if word == "a" and index == start and _is(atoms, start + 1, "hundred", "thousand"):
            index += 1
            continue
        if value is None:
            break
        if word == "thousand":
            total, section = value, 0.0
        else:
            section = value
        index += step + 1
        known += 1
    if not known:
        return None
    spoken = total + section
    if index < len(atoms) - 1 and _is(atoms, index, "point"):
        digit = _ONES.get(atoms[index + 1].text, 10)
        if digit < 10:
            return spoken + digit / 10, index + 2 - start
    if _half(atoms, index):
        return spoken + 0.5, index + _half(atoms, index) - start
    return spoken, index - start


def _half(atoms: Sequence[Atom], index: int) -> int:
    """Return the atoms of ``and a half`` or ``-and-a-half`` before a scale, else 0."""
    texts = [atom.text for atom in atoms[index : index + 8]]
    words = [text for text in texts if text != "-"]
    if words[:3] != ["and", "a", "half"] or len(words) < 4 or words[3] not in LARGE:
        return 0
    return texts.index("half") + 1


def _value(word: str, section: float, *, article: bool) -> float | None:
    """Return the section of the number that ``word`` makes of the one before it, if it may."""
    if word in _ONES:
        follows_ten = section % 100 >= 20 and section % 10 == 0 and _ONES[word] in range(1, 10)
        free = section == 0 or (section >= 100 and section % 100 == 0) or follows_ten
        return section + _ONES[word] if free else None
    if word in _TENS:
        free = section == 0 or (section >= 100 and section % 100 == 0)
        return section + _TENS[word] if free else None
    if word == "hundred" and (0 < section < 100 or article):
        return (section or 1) * 100
    if word == "thousand" and (0 < section < 1000 or article):
        return (section or 1) * 1000
    return None


def _is(atoms: Sequence[Atom], index: int, *words: str) -> bool:
    return index < len(atoms) and atoms[index].text in words
