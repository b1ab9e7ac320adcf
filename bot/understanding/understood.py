"""What was understood of a message: values, where they stand in it, and what is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from bot.question import Language


@dataclass(frozen=True, slots=True)
class Span:
    """A recognised piece of the normalised text: ``text[start:end]`` gave ``slot = value``."""

    start: int
    end: int
    text: str
    slot: str
    value: Any


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps the message from being calculated.

    ``code``: ``unknown_model``, ``unknown_gpu``, ``contradiction``, ``bad_number``,
    ``unknown_unit``, ``ambiguous``; ``text`` is the piece of the message;
    ``choices`` are valid forms to offer.
    """

    code: str
    text: str
    choices: tuple[str, ...] = ()
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """Another value of a setting that the message weighs: its spelling, and the whole request."""

    field: str
    text: str
    request: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Understood:
    """The reading of one message.

    ``calculator`` is None when nothing numeric is asked; ``confidence`` is how sure the reading
    of the intent is, 0 to 1. ``inputs`` are in the design's names (``model``, ``params``,
    ``dtype``, ``optimizer``, ``method``, ``mode``, ``gpu``, ``gpu_count``, ``gpu_memory_bytes``,
    ``seq``, ``batch``, ``zero_stage``, ``checkpointing``, ``tp``, ``pp``, ``dp``) plus further
    request fields; ``request`` are fields of ``calculators.requests.Request``.
    ``follow_up`` is set when the message only changes something said before; ``inputs`` are then
    those of the whole conversation and ``changed`` names what this message changed.
    ``unlisted`` are names of models that no record has, where a size was given beside them, so that
    the figures are those of a typical model; ``judged`` is a share of the peak, in per cent, that
    is to be called good or bad, ``judges`` says so of one that is calculated; ``compared`` are
    the other values of a comparison.
    ``which_card`` is set when the card for a job is asked for, ``difference`` when what lies
    between two values is.
    """

    text: str
    language: Language
    calculator: str | None
    confidence: float
    inputs: dict[str, Any] = field(default_factory=dict)
    request: dict[str, Any] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    ignored: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    compared: tuple[Compared, ...] = ()
    problems: tuple[Problem, ...] = ()
    follow_up: bool = False
    changed: tuple[str, ...] = ()
    which_card: bool = False
    difference: bool = False
    judged: float | None = None
    judges: bool = False
    special: Literal["help", "greeting", "history", "paste"] | None = None
