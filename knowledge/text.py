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
from typing import Literal

MAX_CHARS = 40_000
MAX_QUERY_TERMS = 64

_LOOKALIKES = str.maketrans("асеорхуіјѕԁһкмтвоаενορικ", "aceopxyijsdhkmtboaevopik")
_SPACED_UNIT = re.compile(
    r"(?<=\d) +(?=(?:b|k|g|gb|gib|mb|mib|t|tb|bit|bits)(?![a-z0-9]))", re.ASCII
)
_TIMES = re.compile(r"(?<=\d) *[x×*] *(?=[a-z0-9])", re.ASCII)
_CJK = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003134f"
_PIECE = re.compile(
    rf"(?P<cjk>[{_CJK}]+(?: +[{_CJK}]+)*)"
    r"|(?P<word>[a-z]+-\d+(?:\.\d+)?(?![a-z0-9])"
    r"|\d+(?:\.\d+)?[a-z]*(?:[a-z0-9]+)?"
    r"|[a-z][a-z0-9]*)"
    rf"|(?P<other>[^\W_a-z0-9{_CJK}]+)"
)


def fold(text: str) -> str:
    """Return ``text`` in one form: NFKC, lower case, no control or zero-width characters.

    Spaces are single, Latin look-alikes of other alphabets are Latin, ``70 b`` is ``70b``, and at
    most ``MAX_CHARS`` characters are kept.
    """
    text = unicodedata.normalize("NFKC", text[:MAX_CHARS]).casefold()[:MAX_CHARS]
    if not text.isascii():
        text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Mn", "Cs"))
        text = text.translate(_LOOKALIKES)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return _SPACED_UNIT.sub("", _TIMES.sub(" ", " ".join(text.split())))


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
        found: list[str] = []
        for piece in self.pieces:
            found.extend(_cut(piece))
        found.extend(self.nested)
        return found


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
    found: list[str] = []
    for match in _PIECE.finditer(fold(text)):
        piece = match.group()
        if match.lastgroup == "cjk":
            found.append(piece.replace(" ", ""))
        elif match.lastgroup == "word":
            found.append(_singular(piece.replace("-", "")))
        else:
            found.append(piece)
    return found


def _is_cjk(char: str) -> bool:
    return char >= "\u3005" and bool(re.match(f"[{_CJK}]", char))


def _cut(piece: str) -> list[str]:
    if len(piece) == 1 or not _is_cjk(piece[0]):
        return [piece]
    return [piece[i : i + 2] for i in range(len(piece) - 1)]


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "is")):
        return word[:-1]
    return word


def _units(parts: Sequence[str]) -> list[str]:
    """Split the runs into what a glossary term is made of: words, and single characters."""
    units: list[str] = []
    for piece in parts:
        if _is_cjk(piece[0]):
            units.extend(piece)
        else:
            units.append(piece)
    return units


@lru_cache(maxsize=1)
def _glossary() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """Map the first unit of each glossary form to (units, canonical token), longest first."""
    from knowledge.loader import load_glossary  # at first use: its imports are heavy

    forms: dict[tuple[str, ...], str] = {}
    for term in load_glossary():
        name = "".join(_units(pieces(term.canonical)))
        for form in (term.canonical, *term.words()):
            units = tuple(_units(pieces(form)))
            if units:
                forms.setdefault(units, name)
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for units, name in sorted(forms.items(), key=lambda item: (-len(item[0]), item[0])):
        table.setdefault(units[0], []).append((units, name))
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
        for form, name in table.get(unit, ())
        if len(form) == 1 or tuple(units[at : at + len(form)]) == form
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
