"""What an answer is cut into: the kinds of sections, before any layout."""

from __future__ import annotations

from dataclasses import dataclass

Steps = tuple[tuple[str, tuple[str, ...]], ...]
"""Of each step its title, and its lines: symbols, numbers, result."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Name and amount, one pair a row; the last one is the total when ``total`` is set."""

    id: str
    title: str
    rows: tuple[tuple[str, str], ...]
    total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equally many cells; the first are the headings, that of the first column the title.

    No cell is empty: a space stands where there is nothing to say.
    """

    id: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """One sentence a line."""

    id: str
    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workings:
    """Steps of working, each with a title, symbols, numbers and result."""

    id: str
    title: str
    steps: Steps


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown of a knowledge-base entry."""

    id: str
    markdown: str


Section = Rows | Table | Lines | Workings | Prose
