"""What a rule finds to be asked for: a calculator, how sure that is, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NOTHING_ASKED = 0.15
# What an entry that matches goes before.
WEAK = 0.45


@dataclass(frozen=True, slots=True)
class Intent:
    """A calculator (None for no calculation) and how sure the reading is.

    ``facts`` follow from the way of asking, not from a value that was said.
    """

    calculator: str | None
    confidence: float
    facts: Mapping[str, Any] = field(default_factory=dict)


def nothing(confidence: float = NOTHING_ASKED) -> Intent:
    """Return that no calculation is asked for."""
    return Intent(None, confidence)
