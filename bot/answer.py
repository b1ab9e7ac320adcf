"""The answer that every face renders: one typed record, no layout."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.question import Language
from calculators.results import Calculation
from knowledge.entries import Entry

Kind = Literal["calculation", "faq", "clarify", "diagnosis", "history", "help", "unknown"]

QUERY_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Scored:
    """A knowledge-base entry with the confidence that it is the one asked for."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to answer the bot's question back: a label, and the text it stands for."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Related:
    """A past answer that may be shown beside this one; ``headline`` is its first line.

    ``changed``: what it rests on is known to be another one by now.
    """

    id: str
    query: str
    permalink: str | None = None
    headline: str = ""
    asked_at: datetime | None = None
    changed: bool = False

    @property
    def short_query(self) -> str:
        """The question on one line, cut: somebody's long paste is no part of another's answer."""
        line = " ".join(self.query.split())
        return line if len(line) <= QUERY_CHARACTERS else line[: QUERY_CHARACTERS - 1] + "…"


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure in the former answer and in the new one: ``memory.estimate`` in ``bytes``."""

    quantity: str
    old: float
    new: float
    unit: str

    @property
    def amount(self) -> float:
        """New less old."""
        return self.new - self.old


@dataclass(frozen=True, slots=True)
class Before:
    """The former answer of a conversation that a follow-up changed.

    ``differences`` are of the figures that both answers have. ``unlike``: both have figures, but
    none of one kind.
    """

    headline: str
    differences: tuple[Difference, ...] = ()
    unlike: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. Texts are already in ``language``; the calculation keeps both languages.

    ``message`` is the sentence of a clarify, unknown, help, diagnosis or history answer;
    ``entry_version`` is the version of a team's own entry, None for a built-in one;
    ``compared`` are the sentences on the other values that the question weighs, ``difference``
    the one that leads where what lies between two values is asked;
    ``inputs`` and ``changed`` say what the words gave (design: the answer as JSON).
    """

    query: str
    language: Language
    kind: Kind
    score: float
    id: str | None = None
    entry: Entry | None = None
    entry_version: int | None = None
    candidates: tuple[Scored, ...] = ()
    calculation: Calculation | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    before: Before | None = None
    compared: tuple[str, ...] = ()
    difference: str = ""
    message: str = ""
    choices: tuple[Choice, ...] = ()
    ignored: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    elapsed_ms: float = 0.0
    explain: dict[str, Any] = field(default_factory=dict)
