"""The tokenizer: numbers, runs of letters, single Chinese characters and symbols."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Literal, NamedTuple

Kind = Literal["number", "word", "cjk", "symbol"]

_PATTERN = re.compile(
    # A lone group of 128, 256 or 512 is another number (``batch 8,128 cards``), not thousands.
    # Nor is a group behind a name's number (``A100,380 tokens/s``).
    r"(?P<number>(?<![a-wyz])\d{1,3}(?!,(?:128|256|512)(?![\d,]))(?:,\d{3})+(?![\d,])(?:\.\d+)?"
    r"|\d+(?:\.\d+)?(?:e[+-]?\d+)?|(?<![\da-z])\.\d+)"
    r"|(?P<word>[a-z\u00c0-\u024f]+)"
    r"|(?P<cjk>[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])"
    r"|(?P<symbol>\S)"
)
_WORDS_AFTER_NUMBER = frozenset({"x", "xl", "xlarge"})
MAX_ATOMS = 4_100


class Atom(NamedTuple):
    """One token of the lower-cased text; ``gap`` says that whitespace stands before it."""

    kind: Kind
    text: str
    start: int
    end: int
    gap: bool

    @property
    def number(self) -> float:
        """The value of a number atom; infinite beyond what a float holds."""
        return float(self.text)


def _split_times(piece: str, previous: Atom | None, gap: bool) -> int:
    """Length of a leading times sign in a run such as the ``xv`` of ``4xv100``."""
    if gap or previous is None or previous.kind != "number" or len(piece) < 2:
        return 0
    return 1 if piece[0] == "x" and piece not in _WORDS_AFTER_NUMBER else 0


def _times_behind(piece: str, previous: Atom | None, gap: bool, after: str) -> bool:
    """Whether a run ends in a times sign: the ``gbx`` of ``16GBx8``."""
    counted = previous is not None and previous.kind == "number" and after.isdigit()
    return counted and not gap and piece in ("gx", "gbx", "gibx")


def tokenize(lower: str) -> tuple[Atom, ...]:
    """Split lower-cased, normalised text into atoms; at most ``MAX_ATOMS`` of them."""
    atoms: list[Atom] = []
    last_end = 0
    for match in _PATTERN.finditer(lower):
        if len(atoms) >= MAX_ATOMS:
            break
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        start, end = match.span()
        gap = start > last_end or start == 0
        last_end = end
        piece = match.group()
        if kind == "number":
            piece = piece.replace(",", "")
            piece = "0" + piece if piece.startswith(".") else piece
        elif kind == "word":
            head = _split_times(piece, atoms[-1] if atoms else None, gap)
            tail = _times_behind(piece, atoms[-1] if atoms else None, gap, lower[end : end + 1])
            if tail:
                atoms.append(Atom("word", piece[:-1], start, end - 1, gap))
                piece, start, gap = "x", end - 1, False
            elif head:
                atoms.append(Atom("word", "x", start, start + head, gap))
                piece, start, gap = piece[head:], start + head, False
        atoms.append(Atom(kind, piece, start, end, gap))
    return tuple(atoms)


def pieces(phrase: str) -> list[str]:
    """Return only the texts of a short phrase's atoms, as :func:`tokenize` would split it."""
    found = (match.group() for match in _PATTERN.finditer(phrase.lower()))
    plain = [piece.replace(",", "") if len(piece) > 1 else piece for piece in found]
    return [f"0{piece}" if piece[0] == "." and len(piece) > 1 else piece for piece in plain]


def first_piece(phrase: str, skipped: Container[str]) -> str | None:
    """Return the first text of :func:`pieces` that is not ``skipped``; most often at no cost."""
    match = _PATTERN.match(phrase.lower())
    first = match.group() if match is not None else ""
    if first.isalnum() and first not in skipped:
        return first
    return next((piece for piece in pieces(phrase) if piece not in skipped), None)
