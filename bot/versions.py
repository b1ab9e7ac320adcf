"""What an answer rests on, as a digest: a calculation's steps and numbers, or an entry's text.

A formula or a datum that changes what a question is answered with, changes the digest of that
answer and of no other. How a sentence is put does not count.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal

from bot.answer import Answer
from calculators import CalculatorError, calculate, parse_request
from calculators.memory.training.caching import by_identity
from calculators.results import Calculation, Step
from calculators.serialise import request_json
from knowledge.entries import Entry
from knowledge.history import PastAnswer
from knowledge.team import Known

Standing = Literal["same", "changed", "unknown"]
GONE = "gone"
DIGITS = 10


def version_of(answer: Answer) -> str | None:
    """Return the version of what an answer rests on; None where it rests on nothing."""
    if answer.calculation is not None:
        return calculation_version(answer.calculation)
    if answer.kind == "faq" and answer.entry is not None:
        return entry_version(answer.entry)
    return None


def standing(past: PastAnswer, known: Known, fresh: Calculation | None = None) -> Standing:
    """Return whether a past answer would come out the same now; unknown without a version.

    ``fresh`` is a calculation just made: one that comes out alike is not read, and one of the same
    request need not be made again.
    """
    if past.version is None:
        return "unknown"
    now = None if fresh is None else calculation_version(fresh)
    if past.version == now:
        return "same"
    if fresh is None or request_of(past) != request_json(fresh.request):
        now = _now(past, known)
    return "same" if past.version == now else "changed"


def entry_version(entry: Entry) -> str:
    """Return the version of an entry: of what it answers with, not of the ways of asking."""
    return _digest([entry.title.en, entry.title.zh, entry.body.en, entry.body.zh])


@by_identity
def calculation_version(calculation: Calculation) -> str:
    """Return the version of a calculation: of its formulas, its figures and its verdict."""
    rule = calculation.rule_of_thumb
    return _digest(
        [
            calculation.calculator,
            _plain(calculation.value),
            calculation.unit,
            calculation.verdict,
            [[part.id, _plain(part.bytes)] for part in calculation.breakdown],
            _steps(calculation.working),
            None if rule is None else [_plain(rule.value), rule.unit, _steps(rule.working)],
        ]
    )


def request_of(past: PastAnswer) -> Mapping[str, Any] | None:
    """Return the request of a past calculation, as the calculators take it."""
    calculation = past.answer.get("calculation")
    request = calculation.get("request") if isinstance(calculation, Mapping) else None
    return request if isinstance(request, Mapping) else None


def _now(past: PastAnswer, known: Known) -> str:
    request = request_of(past)
    if request is not None:
        return _calculated(json.dumps(request, sort_keys=True, ensure_ascii=False))
    entry = known.find_entry(past.entry_id) if past.entry_id else None
    return GONE if entry is None else entry_version(entry)


@lru_cache(maxsize=1_024)
def _calculated(request: str) -> str:
    """Calculate anew; formulas and data do not change while the process runs."""
    try:
        return calculation_version(calculate(parse_request(json.loads(request))))
    except CalculatorError:
        return GONE


def _steps(steps: Iterable[Step]) -> list[list[str]]:
    return [[step.symbolic, step.substituted, step.result] for step in steps]


def _plain(value: Any) -> Any:
    return f"{value:.{DIGITS}g}" if isinstance(value, int | float) else str(value)


def _digest(content: Any) -> str:
    text = json.dumps(content, ensure_ascii=False, default=str)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=10).hexdigest()
