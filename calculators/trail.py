"""Runs formulas and keeps what they show: the steps of the working and their sources."""

from __future__ import annotations

from calculators.formula import Formula
from calculators.results import Number, Source, Step

MOST_ENTRIES = 1024


class Trail:
    """The chain of formulas behind one value. Without ``working`` only numbers are kept."""

    __slots__ = ("_sources", "_steps", "working")

    def __init__(self, *, working: bool = True) -> None:
        self.working = working
        self._steps: list[Step] = []
        self._sources: dict[int, Source] = {}  # by identity: hashing a record is slow

    def run(self, formula: Formula, **values: Number) -> Number:
        """Evaluate ``formula`` for ``values`` by symbol and note the step and its source."""
        self._sources[id(formula.source)] = formula.source
        if self.working:
            step = formula.step(values)
            if step not in self._steps:
                self._steps.append(step)
        return formula.function(**values)

    def bytes(self, formula: Formula, **values: Number) -> int:
        """Evaluate a formula of memory and return whole bytes, rounded up."""
        return whole_bytes(self.run(formula, **values))

    def extend(self, steps: tuple[Step, ...], sources: tuple[Source, ...] = ()) -> None:
        """Append steps and sources that another calculation has noted."""
        self._steps.extend(steps)
        self._sources.update((id(source), source) for source in sources)

    def copy(self) -> Trail:
        """Return a trail that has come as far and goes on by itself."""
        other = Trail.__new__(Trail)
        other.working = self.working
        other._steps, other._sources = [*self._steps], {**self._sources}
        return other

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps in the order in which they were run."""
        return tuple(self._steps)

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources in order of first use; equal ones may stand twice."""
        return tuple(self._sources.values())


_distinct: dict[tuple[int, ...], tuple[tuple[Source, ...], tuple[Source, ...]]] = {}


def distinct(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """Return each source once, in order.

    It is remembered which objects were told apart; they are kept, so that none takes another's
    place in memory.
    """
    key = tuple(map(id, sources))
    found = _distinct.get(key)
    if found is None:
        if len(_distinct) >= MOST_ENTRIES:
            _distinct.clear()
        found = _distinct[key] = sources, tuple(dict.fromkeys(sources))
    return found[1]


def whole_bytes(value: Number) -> int:
    """Round up to whole bytes, forgiving the float noise of a decimal quotient."""
    nearest = round(value)
    return nearest if abs(value - nearest) < 1e-3 else int(-(-value // 1))
