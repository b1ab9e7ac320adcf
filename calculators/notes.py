"""What is noted on the way to an answer: fields assumed, formulas run, caveats and sources."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Self, TypeVar

from calculators.errors import MissingValue
from calculators.requests import Request
from calculators.results import Assumption, Source
from calculators.text import Text, spaced
from calculators.trail import Trail

Found = TypeVar("Found")


class Notes:
    """A request with what was assumed beside it, its caveats and its working.

    ``trail`` holds the estimate's chain of formulas, ``rule`` that of the FAQ's arithmetic,
    ``silent`` runs formulas without showing them.
    """

    silent = Trail(working=False)

    def __init__(self, request: Request, *, working: bool = True) -> None:
        self.request = request
        self.working = working
        self.trail = Trail(working=working)
        self.rule = Trail(working=working)
        self.assumptions: list[Assumption] = []
        self.caveats: list[Text] = []
        self.sources: list[Source] = []
        self.trainable: int | None = None
        self._assumed: dict[str, Any] = {}
        self._fields = dict(request.__dict__)
        self._completed: Request | None = None
        self._known: dict[str, Any] = {}

    def get(self, field: str) -> Any:
        """Return a field's value as given, else as assumed, else None."""
        return self._fields[field]

    def given(self, field: str) -> bool:
        """Whether the request itself has the field."""
        return getattr(self.request, field) is not None

    def default(self, field: str, value: Any, en: str, zh: str) -> Any:
        """Return the field, assuming ``value`` (and saying so) when nobody gave it."""
        known = self._fields[field]
        if known is None and field not in self._assumed:
            self.assumptions.append(_assumption(field, value, en, zh))
            self._assume(field, value)
            return value
        return known

    def _assume(self, field: str, value: Any) -> None:
        self._fields[field] = self._assumed[field] = value
        self._completed = None

    def rest_on(self, fields: frozenset[str]) -> None:
        """Keep only the assumptions on ``fields``: what an answer about a part rests on."""
        self.assumptions = [a for a in self.assumptions if a.field in fields]

    def complete(self, **fields: Any) -> None:
        """Fill fields that follow from others, so that the request says them in full."""
        for field, value in fields.items():
            if self._fields[field] is None and field not in self._assumed:
                self._assume(field, value)

    def leave_open(self, field: str) -> None:
        """Take back what was assumed for a field."""
        if self._assumed.pop(field, None) is not None:
            self._fields[field] = getattr(self.request, field)
            self._completed = None

    def override(self, field: str, value: Any) -> None:
        """Make a given field say in full what it left open within itself."""
        self._assumed[field] = value
        self._completed = None

    def caveat(self, en: str, zh: str) -> None:
        """Add a caveat once."""
        text = Text(en, spaced(zh))
        if text not in self.caveats:
            self.caveats.append(text)

    def known(self, name: str, work_out: Callable[[], Found]) -> Found:
        """Return what was found out of the case under that name, worked out at first use."""
        if name not in self._known:
            self._known[name] = work_out()
        found: Found = self._known[name]
        return found

    @property
    def untouched(self) -> bool:
        """Whether nothing has been assumed or noted yet."""
        noted = self.assumptions or self.caveats or self.sources or self._known
        return not (noted or self._assumed or self.trail.sources or self.rule.sources)

    def at(self, request: Request, seq: int | None, micro_batch: int | None) -> Self:
        """Return the same for a request that differs in those two, and its id, alone.

        They may have been assumed so far, but not read.
        """
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.request = request
        other.trail, other.rule = self.trail.copy(), self.rule.copy()
        other.assumptions, other.caveats = [*self.assumptions], [*self.caveats]
        other.sources = [*self.sources]
        other._known, other._assumed = {**self._known}, {**self._assumed}
        other._fields = fields = {**self._fields, "id": request.id}
        if seq is not None:
            fields["seq"] = seq
        if micro_batch is not None:
            fields["micro_batch"] = micro_batch
        other._completed = None
        return other

    def require(self, field: str, en: str, zh: str, choices: tuple[str, ...] = ()) -> Any:
        """Return the field or raise MissingValue with the sentence."""
        value = self.get(field)
        if value is None:
            raise MissingValue(Text(en, zh), field=field, choices=choices)
        return value

    @property
    def completed(self) -> Request:
        """The request with every assumption filled in: calculating it gives the same answer."""
        if self._completed is None:
            self._completed = self.request.model_copy(update=self._assumed)
        return self._completed


@lru_cache(maxsize=2048)
def _assumption(field: str, value: Any, en: str, zh: str) -> Assumption:
    return Assumption(field, value, Text(en, spaced(zh)))
