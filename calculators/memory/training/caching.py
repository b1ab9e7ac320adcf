"""A cache keyed by which object the first argument is, as hashing a whole model is slow."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

First = TypeVar("First")
Rest = ParamSpec("Rest")
Result = TypeVar("Result")
MOST_ENTRIES = 1024


def by_identity(
    function: Callable[Concatenate[First, Rest], Result],
) -> Callable[Concatenate[First, Rest], Result]:
    """Remember results by the identity of the first argument and the values of the others.

    The first argument is kept alive with its results, so that its identity stays its own.
    """
    results: dict[Hashable, tuple[First, Result]] = {}

    @wraps(function)
    def cached(first: First, /, *rest: Rest.args, **named: Rest.kwargs) -> Result:
        key = (id(first), rest) if not named else (id(first), rest, tuple(named.items()))
        found = results.get(key)
        if found is None:
            if len(results) >= MOST_ENTRIES:
                results.clear()
            found = results[key] = (first, function(first, *rest, **named))
        return found[1]

    return cached
