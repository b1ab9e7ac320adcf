"""Chinese numerals: 四, 十六, 一百三十, 七十亿, 1.3千亿 and the multipliers after digits."""

from __future__ import annotations

from collections.abc import Sequence

from bot.understanding.atoms import Atom

_DIGITS = dict(zip("零〇一二三四五六七八九", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_DIGITS.update({"两": 2, "俩": 2, "仨": 3, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5})
_DIGITS.update({"陆": 6, "柒": 7, "捌": 8, "玖": 9})
_SMALL = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_LARGE = {"万": 10_000, "亿": 100_000_000}
NUMERALS = frozenset(_DIGITS) | frozenset(_SMALL) | frozenset(_LARGE)
# The scales that a half may be counted in: ``半个 B``.
_SCALES = frozenset(["b", "t"])
MULTIPLIERS = {**_SMALL, **_LARGE}


def multiplier(atoms: Sequence[Atom], start: int) -> tuple[float, int]:
    """Product of the multiplier characters from ``start`` on, and how many there are."""
    product = 1.0
    index = start
    while index < len(atoms) and index - start < 4 and atoms[index].text in MULTIPLIERS:
        product *= MULTIPLIERS[atoms[index].text]
        index += 1
    return product, index - start


def _section(characters: str) -> float:
    """Value of a numeral below ten thousand, e.g. 一百三十, 十六, 三五 (35)."""
    total = 0.0
    digit: float | None = None
    plain = ""
    for character in characters:
        if character in _DIGITS:
            digit = _DIGITS[character]
            plain += str(digit)
        else:
            total += (1 if digit is None else digit) * _SMALL[character]
            digit = None
            plain = ""
    if total == 0 and plain:
        return float(plain)
    return total + (digit or 0)


def _value(characters: str) -> float:
    total = 0.0
    section = ""
    for character in characters:
        if character in _LARGE:
            unit = _LARGE[character]
            if section:
                total = (
                    (total + _section(section)) * unit
                    if unit > total
                    else (total + _section(section) * unit)
                )
            else:
                total = (total or 1) * unit
            section = ""
        else:
            section += character
    return total + (_section(section) if section else 0)


def numeral_of(word: str) -> float | None:
    """Return the value of a word of Chinese numerals alone, None for any other: 十二 is 12."""
    return _value(word) if word and all(character in NUMERALS for character in word) else None


def _vague(atoms: Sequence[Atom], start: int, end: int) -> bool:
    """Whether it is no figure: ``几百亿``, ``上百张``, ``每十亿``, a lone 亿 or 万."""
    if end - start == 1 and atoms[start].text in _LARGE:
        return True
    return (
        start > 0 and atoms[start - 1].text in "几数好上每成" and atoms[start].text not in _DIGITS
    )


def _texts(atoms: Sequence[Atom], start: int, number: int) -> str:
    return "".join(atom.text for atom in atoms[start : start + number])


def numeral(atoms: Sequence[Atom], start: int) -> tuple[float, int] | None:
    """Read a Chinese numeral that starts at ``start``: its value and its length in atoms.

    ``三点五`` (3.5), ``半个 B`` (0.5) and ``两个半 B`` (2.5) are read too; a lone 零 is zero.
    """
    if _texts(atoms, start, 2) == "半个" and _texts(atoms, start + 2, 1) in _SCALES:
        return 0.5, 1
    index = start
    while index < len(atoms) and index - start < 12 and atoms[index].text in NUMERALS:
        if index > start and atoms[index].gap and atoms[index].text in _DIGITS:
            break
        index += 1
    if index == start or _vague(atoms, start, index):
        return None
    value = _value("".join(atom.text for atom in atoms[start:index]))
    if _texts(atoms, index, 2) == "个半" and _texts(atoms, index + 2, 1) in _SCALES:
        return value + 0.5, index + 2 - start
    if index + 1 < len(atoms) and atoms[index].text == "点" and atoms[index + 1].text in _DIGITS:
        index += 1
        fraction = ""
        while index < len(atoms) and len(fraction) < 6 and atoms[index].text in _DIGITS:
            fraction += str(_DIGITS[atoms[index].text])
            index += 1
        scale, extra = multiplier(atoms, index)
        return (value + float("0." + fraction)) * scale, index + extra - start
    return value, index - start
