"""From a question to everything that its answer needs: the reply, the record. Runs in a thread."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.answer import Answer
from bot.phrases import is_thanks
from bot.question import Question
from bot.rendering import plain_text
from bot.slack.asked import Asked
from bot.slack.desk import POST_LEASE_S, Desk
from bot.slack.figuring import of_message, of_numbers
from bot.slack.looking import as_preferred, asked_again, found, with_policy
from bot.slack.nearest import is_near, with_forms
from bot.slack.replies import Payload, past_of, payload_of, post_of
from knowledge.history import PastAnswer
from knowledge.store import Item, Post

FIND = re.compile(r"(?:find|search|查找|搜索|找)(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)


COMMAND = "command-"
"""What the conversations of commands begin with: each is one of its own."""


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer with its reply, and its record where it is one to keep."""

    answer: Answer
    payload: Payload
    past: PastAnswer | None


def words_to_find(text: str) -> str | None:
    """Return the words of a command that looks for past answers, None for any other."""
    match = FIND.fullmatch(text.strip())
    return None if match is None else (match[1] or "").strip()


async def composed(desk: Desk, asked: Asked, question: Question) -> Composed:
    """Answer and render in a thread."""
    return await desk.thought(_compose, desk, asked, question)


async def composed_and_closed(desk: Desk, item: Item, asked: Asked, question: Question) -> Composed:
    """Answer, render, and close the item with it, on one way to a thread; then it is sent."""

    def work(held_s: float) -> tuple[Composed, Post, bool]:
        reply = _compose(desk, asked, question)
        post = post_of(reply.payload, asked)
        return reply, post, desk.close_item(item, reply.past, post, question.place, held_s)

    with desk.outbox.slot() as slot:
        reply, post, closed = await desk.thought(work, POST_LEASE_S if slot.free else 0.0)
        if closed:
            slot.stored(replace(post, attempts=1))
    return reply


def _compose(desk: Desk, asked: Asked, question: Question) -> Composed:
    if asked.again is not None:
        question, answer = asked_again(desk, asked, question)
    else:
        answer = _answer(desk, asked, question)
    text = plain_text(answer)
    return Composed(
        answer=answer,
        payload=payload_of(answer, asked, text, private=asked.private),
        past=past_of(answer, asked, question, text, desk.identity_of(asked.workspace).url),
    )


def _answer(desk: Desk, asked: Asked, question: Question) -> Answer:
    if asked.numbers is not None:
        return of_numbers(desk, asked, question)
    if asked.find is not None:
        return found(desk, question, asked.find)
    if asked.explains:
        return of_message(desk, as_preferred(desk, question))
    answer = desk.answerer.answer(as_preferred(desk, question))
    if answer.kind == "help" and not is_thanks(asked.text):
        return with_policy(desk, answer, question)
    if answer.kind != "unknown":
        return answer
    is_command = (asked.thread or "").startswith(COMMAND)
    return with_forms(answer, asked.text) if is_command or is_near(asked.text) else answer
