"""What a calculation returns: a value, its working, and everything it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from calculators.requests import Request
from calculators.text import Text

Verdict = Literal["yes", "tight", "no"]
Number = int | float


@dataclass(frozen=True, slots=True)
class Source:
    """Where a formula or a datum comes from, e.g. ``ZeRO`` / ``arXiv 1910.02054, section 3``."""

    title: str
    locator: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of working: symbols, numbers in their place, and what comes out."""

    formula: str
    symbolic: str
    substituted: str
    result: str
    title: Text


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the breakdown, in bytes; per card when ``Calculation.per_gpu`` is set."""

    id: str
    name: Text
    bytes: int


@dataclass(frozen=True, slots=True)
class Assumption:
    """A value that nobody gave. ``field`` is the request field that changes it."""

    field: str
    value: Any
    text: Text


@dataclass(frozen=True, slots=True)
class Alternative:
    """What would work instead: the fields to change, and the outcome."""

    text: Text
    changes: Mapping[str, Any]
    verdict: Verdict
    per_gpu_bytes: int
    relative_cost: float | None = None
    working: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Convention:
    """The answer under another common convention (16 beside 18 bytes, stock beside fused)."""

    text: Text
    value: Number
    unit: str


@dataclass(frozen=True, slots=True)
class RuleOfThumb:
    """The FAQ's arithmetic for the same question, always labelled as such."""

    value: Number | str
    unit: str | None
    working: tuple[Step, ...]
    text: Text


@dataclass(frozen=True, slots=True)
class Memory:
    """Per-card memory of a training or inference step, in bytes (design: calculators as JSON)."""

    peak_allocated_bytes: int
    peak_moment: str
    context_bytes: int
    allocator_bytes: int
    workspace_bytes: int
    moments: Mapping[str, int] = field(default_factory=dict)

    @property
    def reserve_bytes(self) -> int:
        """What the card spends beside the allocated peak."""
        return self.context_bytes + self.allocator_bytes + self.workspace_bytes

    @property
    def total_bytes(self) -> int:
        """Peak and reserve."""
        return self.peak_allocated_bytes + self.reserve_bytes


@dataclass(frozen=True, slots=True)
class Parameters:
    """Exact parameter counts of an architecture."""

    total: int
    active: int
    trainable: int


@dataclass(frozen=True, slots=True)
class Calculation:
    """The answer of one calculator.

    ``request`` is complete: calculating it again gives this same answer.
    ``lead`` says which depth ``value`` is: the FAQ's rule, or the estimate.
    ``capacity_bytes`` is one card's capacity; ``details`` holds further named figures
    (JSON-compatible) that a renderer may show.
    """

    calculator: str
    request: Request
    value: Number | str | None
    unit: str | None
    headline: Text
    lead: Literal["rule", "estimate"] = "estimate"
    value_bytes: int | None = None
    verdict: Verdict | None = None
    per_gpu: bool = False
    capacity_bytes: int | None = None
    breakdown: tuple[Component, ...] = ()
    working: tuple[Step, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    conventions: tuple[Convention, ...] = ()
    rule_of_thumb: RuleOfThumb | None = None
    caveats: tuple[Text, ...] = ()
    sources: tuple[Source, ...] = ()
    memory: Memory | None = None
    parameters: Parameters | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
