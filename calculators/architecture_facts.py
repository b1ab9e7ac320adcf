"""Facts of an architecture that many answers need, worked out once and kept beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from calculators.architecture import Architecture

Fact = TypeVar("Fact")


def fact(architecture: Architecture, name: str, work_out: Callable[[], Fact]) -> Fact:
    """Return the fact of that name, worked out at first use.

    It is kept in the instance's own dictionary, as ``functools.cached_property`` keeps its
    values, so it lives and dies with the architecture.
    """
    kept = vars(architecture)
    if name not in kept:
        kept[name] = work_out()
    found: Fact = kept[name]
    return found
