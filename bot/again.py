"""A past answer asked again with what holds now: the new answer, the old one, the difference."""

from __future__ import annotations

from dataclasses import replace

from bot.answer import Answer, Before
from bot.differences import of_value
from bot.messages import say
from bot.question import Language, Question
from bot.versions import request_of
from calculators import CalculatorError, calculate, parse_request
from calculators.results import Calculation
from knowledge.history import PastAnswer
from knowledge.team import Known


def again(past: PastAnswer, question: Question, known: Known) -> Answer:
    """Return the answer to what was asked then, with the numbers of then and the formulas of now.

    What was read of the words then is not read anew: a follow-up keeps what its thread had said.
    """
    language: Language = "zh" if past.language == "zh" else "en"
    blank = Answer(past.query, language, "unknown", 1.0, id=question.id)
    request = request_of(past)
    if request is not None:
        return _calculated(past, dict(request), blank)
    entry = known.find_entry(past.entry_id) if past.entry_id else None
    if entry is None:
        return replace(blank, kind="unknown", message=say("again_gone", language))
    return replace(
        blank,
        kind="faq",
        entry=entry,
        entry_version=known.version(entry.id),
        caveats=(say("again_entry", language),),
    )


def _calculated(past: PastAnswer, request: dict[str, object], blank: Answer) -> Answer:
    try:
        calculation = calculate(parse_request(request))
    except CalculatorError as error:
        message = say("again_refused", blank.language, reason=error.text.in_(blank.language))
        return replace(blank, kind="clarify", message=message)
    return replace(
        blank,
        kind="calculation",
        calculation=calculation,
        inputs=dict(past.answer["calculation"].get("inputs", {})),
        before=_before(past, calculation),
    )


def _before(past: PastAnswer, calculation: Calculation) -> Before:
    """Return the old headline, and the difference where both values are numbers of one unit."""
    old = past.answer["calculation"]
    headline = str(old.get("headline") or past.text.partition("\n")[0])
    return Before(headline, of_value(calculation, old.get("value"), old.get("unit")))
