"""What a request's load leaves as it is, worked out once for all loads.

Assumptions, layout, checks and most remarks rest on neither how many sequences nor how many tokens
are asked about. :func:`settle` runs that part on a case whose load is :class:`Unknown`. Whatever
does rest on the load stops there, and such a request is prepared in full each time; so nothing
that was said of one load can stand in the answer for another.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from operator import itemgetter
from typing import Any, NoReturn

from calculators.case import Case
from calculators.requests import Request

LOAD = ("seq", "micro_batch")
MOST_ENTRIES = 128


class LoadNeeded(Exception):
    """Raised where a preparation rests on the load; it never leaves this module."""


class Unknown:
    """A positive number of which only an upper bound is known."""

    __slots__ = ("most",)

    def __init__(self, most: int) -> None:
        self.most = most

    def __bool__(self) -> bool:
        return True

    def __gt__(self, other: int) -> bool:
        if other >= self.most:
            return False
        raise LoadNeeded


def _needed(*_: object) -> NoReturn:
    raise LoadNeeded


for _name in (
    "add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "floordiv", "rfloordiv",
    "mod", "rmod", "pow", "rpow", "neg", "pos", "abs", "eq", "ne", "lt", "le", "ge", "hash",
    "int", "float", "index", "round", "str", "repr", "format",
):  # fmt: skip
    setattr(Unknown, f"__{_name}__", _needed)

_others = itemgetter(*(name for name in Request.model_fields if name not in (*LOAD, "id")))
_NOT_YET = object()
_settled: dict[Hashable, Case | None] = {}


def settle(case: Case, prepare: Callable[[Case], object]) -> Case:
    """Return the case after ``prepare``, or an earlier one that differs in its load alone.

    ``prepare`` must do all its work on the case itself.
    """
    request = case.request
    if not case.untouched or request.config is not None:  # a dict, so it cannot be hashed
        prepare(case)
        return case
    seq, batch = request.seq, request.micro_batch
    bounds = _bound(seq), _bound(batch)
    key = (prepare, case.working, _others(request.__dict__), bounds)
    # Read once: another thread may clear what is remembered at any moment.
    settled = _settled.get(key, _NOT_YET)
    if settled is _NOT_YET:
        if len(_settled) >= MOST_ENTRIES:
            _settled.clear()
        settled = _settled[key] = _prepared(case, prepare, bounds)
    if not isinstance(settled, Case):
        prepare(case)
        return case
    return settled.at(request, seq, batch)


def _bound(number: int | None) -> int | None:
    """Return the least power of two that is not less."""
    return None if number is None else 1 << (number - 1).bit_length()


def _prepared(
    case: Case, prepare: Callable[[Case], object], bounds: tuple[int | None, int | None]
) -> Case | None:
    unknown: dict[str, Any] = {
        name: Unknown(most) for name, most in zip(LOAD, bounds, strict=True) if most is not None
    }
    settled = Case(case.request.model_copy(update=unknown), working=case.working)
    try:
        prepare(settled)
    except LoadNeeded:
        return None
    return settled
