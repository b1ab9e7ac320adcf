"""``find``: past answers with given words that the asker may see; all else is answered."""

from __future__ import annotations

import asyncio
import re

from bot.answer import Answer
from bot.answering import past_answers
from bot.messages import say
from bot.question import Question
from bot.slack.asked import Asked
from bot.slack.desk import Desk
from bot.understanding.language import detect_language

FIND = re.compile(r"(?:find|search|查找|搜索|找)(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
FOUND = 5


def words_to_find(text: str) -> str | None:
    """Return the words of a command that looks for past answers, None for any other."""
    match = FIND.fullmatch(text.strip())
    return None if match is None else (match[1] or "").strip()


async def answer_to(desk: Desk, asked: Asked, question: Question) -> Answer:
    """Return the answer: a look-up where words to find are given, else the answerer's."""
    if asked.find is not None:
        return await find(desk, question, asked.find)
    return await desk.answering(question)


async def find(desk: Desk, question: Question, words: str) -> Answer:
    """Return the past answers with these words that the asker may see."""
    language = detect_language(words)
    blank = Answer(
        query=question.text,
        language=language,
        kind="history",
        score=1.0,
        id=question.id,
        message=say("history_empty", language),
    )
    if not words:
        return blank
    found = await asyncio.to_thread(desk.store.search, words, question.viewer, FOUND)
    return past_answers(found, words, blank)
