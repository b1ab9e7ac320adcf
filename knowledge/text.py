"""Text as the searches see it: one folding, one tokeniser, one safe full-text expression.

Chinese is cut into overlapping pairs of characters, because SQLite's own tokenisers find no
two-letter words in it; Latin words and numbers stay whole (``70b``, ``fp16``, ``zero3``, ``kv``).
The glossary's words are folded to one canonical token per term, in either language, so that
显存, VRAM and "GPU memory" are found by each other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add
from typing import Literal

MAX_CHARS = 40_000
MAX_QUERY_TERMS = 64
MOST_KEPT = 20_000
"""Characters to remember; a text that goes through all of Unicode is no reason to keep it."""

_LOOKALIKES = str.maketrans("асеорхуіјѕԁһкмтвоаενορικ", "aceopxyijsdhkmtboaevopik")
# Both begin with a digit, and not with a look behind: so they are found far sooner.
_SPACED_UNIT = re.compile(r"(\d) +(?=(?:b|k|g|gb|gib|mb|mib|t|tb|bit|bits)(?![a-z0-9]))", re.ASCII)
_TIMES = re.compile(r"(\d) *[x×*] *(?=[a-z0-9])", re.ASCII)
_CJK = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003134f"
_PIECE = re.compile(
    r"([a-z]+(?:-\d+(?:\.\d+)?(?![a-z0-9])|[a-z0-9]*)|\d+(?:\.\d+)?[a-z0-9]*)"
    rf"|([{_CJK}]+(?: +[{_CJK}]+)*)"
    rf"|([^\W_a-z0-9{_CJK}]+)"
)
"""A word or number; a run of Chinese; a run of any other letters."""
_FIRST_CJK = _CJK[0]
_CJK_CHAR = re.compile(f"[{_CJK}]")


def fold(text: str) -> str:
    """Return ``text`` in one form: NFKC, lower case, no control or zero-width characters.

    Spaces are single, Latin look-alikes of other alphabets are Latin, ``70 b`` is ``70b``, and at
    most ``MAX_CHARS`` characters are kept.
    """
    text = unicodedata.normalize("NFKC", text[:MAX_CHARS]).casefold()[:MAX_CHARS]
    if not text.isascii():
        text = text.translate(_KEPT)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    text = " ".join(text.split())
    if _TIMES.search(text):
        text = _TIMES.sub(r"\1 ", text)
    return _SPACED_UNIT.sub(r"\1", text) if _SPACED_UNIT.search(text) else text


class _Kept(dict[int, int | None]):
    """What ``fold`` makes of a character by its code: another, the same, or None for nothing."""

    def __missing__(self, code: int) -> int | None:
        char = chr(code)
        gone = unicodedata.category(char) in ("Cf", "Mn", "Cs")
        kept = None if gone else _LOOKALIKES.get(code, code)
        if len(self) < MOST_KEPT:
            self[code] = kept
        return kept


_KEPT = _Kept()


@dataclass(frozen=True, slots=True)
class Reading:
    """A text cut once: its runs, and the glossary terms in it.

    ``pieces`` are Latin words, numbers and Chinese runs in order. ``terms`` are the canonical
    tokens of the longest glossary terms, in order; ``nested`` are those of all that occur, also
    inside or across one another. ``left`` is what no term covers, cut for the index.
    """

    pieces: tuple[str, ...]
    terms: tuple[str, ...]
    nested: tuple[str, ...]
    left: tuple[str, ...]

    def tokens(self) -> list[str]:
        """Return the tokens to index: words, Chinese pairs, and the canonical tokens."""
        return _indexed(self.pieces, self.nested)


@lru_cache(maxsize=512)
def read(text: str) -> Reading:
    """Fold and cut ``text``; what was read last is kept: one question is read for many ends."""
    parts = tuple(pieces(text))
    spans = _spans(parts)
    chosen: list[tuple[int, int, str]] = []
    end = 0
    for span in spans:
        if span[0] >= end:
            chosen.append(span)
            end = span[1]
    return Reading(
        pieces=parts,
        terms=tuple(name for _, _, name in chosen),
        nested=tuple(name for _, _, name in spans),
        left=tuple(_uncovered(parts, chosen)),
    )


def tokens(text: str) -> list[str]:
    """Return the tokens to index: words, Chinese pairs, and the canonical glossary tokens."""
    return read(text).tokens()


def line_tokens(line: str) -> list[str]:
    """Return the same of what is not asked but stored: it is cut once, and for this alone."""
    parts = pieces(line)
    return _indexed(parts, [name for _, _, name in _spans(parts)])


def query_terms(text: str) -> list[str]:
    """Return the terms to look for, each once: glossary words as their canonical token alone."""
    reading = read(text)
    return list(dict.fromkeys(reading.terms + reading.left))


def fts_query(text: str, require: Literal["any", "all"] = "any") -> str:
    """Return an FTS5 expression of quoted terms, or ``""`` when the text has no term.

    Only letters and digits of the text get into it, each term inside double quotes, so that no
    text can reach the query syntax. At most ``MAX_QUERY_TERMS`` terms are used.
    """
    joiner = " OR " if require == "any" else " AND "
    return joiner.join(f'"{term}"' for term in query_terms(text)[:MAX_QUERY_TERMS])


def index_text(text: str) -> str:
    """Return the tokens of ``text`` as the string to store in a full-text column."""
    return " ".join(tokens(text))


def pieces(text: str) -> list[str]:
    """Return the runs of ``text``: each Latin word, number or Chinese run, in order."""
    return [
        (_singular(word) if word[-1] == "s" or "-" in word else word)
        if word
        else chinese.replace(" ", "") or other
        for word, chinese, other in _PIECE.findall(fold(text))
    ]


def _indexed(parts: Sequence[str], names: Sequence[str]) -> list[str]:
    found: list[str] = []
    for piece in parts:
        if piece[0] < _FIRST_CJK or len(piece) == 1:
            found.append(piece)
        else:
            found.extend(_cut(piece))
    found.extend(names)
    return found


def _is_cjk(char: str) -> bool:
    return char >= _FIRST_CJK and _CJK_CHAR.match(char) is not None


def _cut(piece: str) -> list[str]:
    if len(piece) == 1 or not _is_cjk(piece[0]):
        return [piece]
    return list(map(add, piece, piece[1:]))


def _singular(word: str) -> str:
    word = word.replace("-", "")
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "is")):
        return word[:-1]
    return word


def _units(parts: Sequence[str]) -> list[str]:
    """Split the runs into what a glossary term is made of: words, and single characters."""
    units: list[str] = []
    for piece in parts:
        if piece[0] >= _FIRST_CJK and _is_cjk(piece[0]):
            units.extend(piece)
        else:
            units.append(piece)
    return units


@lru_cache(maxsize=1)
def _glossary() -> dict[str, list[tuple[list[str], str]]]:
    """Map the first unit of each glossary form to (units, canonical token), longest first."""
    from knowledge.loader import load_glossary  # at first use: its imports are heavy

    forms: dict[tuple[str, ...], str] = {}
    for term in load_glossary():
        name = "".join(_units(pieces(term.canonical)))
        for form in (term.canonical, *term.words()):
            units = tuple(_units(pieces(form)))
            if units:
                forms.setdefault(units, name)
    table: dict[str, list[tuple[list[str], str]]] = {}
    for units, name in sorted(forms.items(), key=lambda item: (-len(item[0]), item[0])):
        table.setdefault(units[0], []).append((list(units), name))
    return table


def _spans(parts: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return (start, end, canonical token) of all glossary terms, counted in units.

    They come by their start, the longest first.
    """
    table = _glossary()
    units = _units(parts)
    return [
        (at, at + len(form), name)
        for at, unit in enumerate(units)
        if unit in table
        for form, name in table[unit]
        if len(form) == 1 or units[at : at + len(form)] == form
    ]


def _uncovered(parts: Sequence[str], spans: Sequence[tuple[int, int, str]]) -> list[str]:
    """Cut what ``spans`` leave over; a Chinese run is broken where a term was."""
    taken = {at for start, end, _ in spans for at in range(start, end)}
    found: list[str] = []
    at = 0
    for piece in parts:
        if not _is_cjk(piece[0]):
            if at not in taken:
                found.append(piece)
            at += 1
            continue
        rest = "".join(" " if at + i in taken else char for i, char in enumerate(piece))
        at += len(piece)
        for run in rest.split():
            found.extend(_cut(run))
    return found
