"""Answers that begin with something else than words to the bot: numbers, or another's message."""

from __future__ import annotations

from dataclasses import replace

from bot.answer import Answer
from bot.answering import refused
from bot.messages import say
from bot.question import Question
from bot.recalculating import Numbers, recalculated
from bot.slack.asked import Asked
from bot.slack.kit import Kit
from calculators import CalculatorError


def of_numbers(kit: Kit, asked: Asked, question: Question) -> Answer:
    """Answer with the numbers of a form or of a change; the conversation goes on from them."""
    numbers = Numbers.from_payload(asked.numbers or {})
    try:
        answer, state = recalculated(numbers, question)
    except CalculatorError as error:
        blank = Answer(question.text, numbers.language, "clarify", 1.0, id=question.id)
        return refused(blank, error)
    kit.conversations.keep_thread(question.place, state)
    return answer


def of_message(kit: Kit, question: Question) -> Answer:
    """Answer what somebody's message asks; where it asks nothing, say what could be asked."""
    answer = kit.answerer.answer(question)
    if answer.kind not in ("unknown", "help"):
        return answer
    message = say("explain_nothing", answer.language)
    return replace(answer, kind="help", message=message, choices=())
