"""The record of an answer as the history keeps it, whichever face it was given on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.answer import Answer
from bot.question import Question
from bot.rendering import answer_json
from bot.versions import version_of
from knowledge.history import PastAnswer

UNKEPT = ("help", "history")


def past_answer(
    answer: Answer,
    question: Question,
    answer_id: str,
    permalink: str | None = None,
    text: str | None = None,
) -> PastAnswer | None:
    """Return the record of an answer; None for help and look-ups.

    The hints at other past answers are left out: they were for this asker, at this moment.
    ``text`` is the answer's plain text, where the caller has it already; the hints end it.
    """
    if answer.kind in UNKEPT:
        return None
    if text is not None and answer.related:
        text = text.rpartition("\n\n")[0]
    shown = answer_json(replace(answer, related=()), text)
    return PastAnswer(
        id=answer_id,
        query=question.text,
        language=answer.language,
        kind=answer.kind,
        entry_id=shown["entry_id"],
        text=shown["text"],
        answer=shown,
        asker=question.asker,
        place=question.place,
        asked_at=datetime.now(UTC),
        permalink=permalink,
        version=version_of(answer),
        private=question.private,
    )
