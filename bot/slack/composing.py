"""From a question to everything that its answer needs: the reply, the record.

Runs in a thread or in a process of its own, and only reads: what is to be stored comes back ready.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.answer import Answer, Kind
from bot.phrases import is_thanks
from bot.question import Question
from bot.rendering import plain_text
from bot.slack.figuring import of_message, of_numbers
from bot.slack.kit import Job, Kit
from bot.slack.looking import as_preferred, asked_again, found, with_policy
from bot.slack.nearest import is_near, with_forms
from bot.slack.outgoing import written
from bot.slack.replies import past_of, payload_of, post_of
from knowledge.store.encoded import Encoded
from knowledge.store.port import Prepared

FIND = re.compile(r"(?:find|search|查找|搜索|找)(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)


COMMAND = "command-"
"""What the conversations of commands begin with: each is one of its own."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A reply and what the store keeps of it, both written as they are needed; can be pickled.

    ``body`` is the message as Slack gets it, None where the reply goes another way.
    """

    kind: Kind
    payload: Encoded
    body: bytes | None
    prepared: Prepared

    def __reduce__(self) -> tuple[type[Composed], tuple[Any, ...]]:
        """Travel as the fields alone, which is quicker than what dataclasses do by themselves."""
        return type(self), (self.kind, self.payload, self.body, self.prepared)


def words_to_find(text: str) -> str | None:
    """Return the words of a command that looks for past answers, None for any other."""
    match = FIND.fullmatch(text.strip())
    return None if match is None else (match[1] or "").strip()


def compose(kit: Kit, job: Job) -> Composed:
    """Answer, render, and make ready what is stored."""
    asked, question = job.asked, job.question
    place = question.place
    if asked.again is not None:
        question, answer = asked_again(kit, asked, question)
    else:
        answer = _answer(kit, job, question)
    text = plain_text(answer)
    post = post_of(payload_of(answer, asked, text, private=asked.private), asked)
    past = past_of(answer, asked, question, text, job.identity.url)
    if asked.response_url is None:
        payload, body = written(post)
    else:
        payload, body = Encoded.of(post.payload), None
    prepared = kit.store.prepared(past, kit.conversations.left_behind(place))
    return Composed(answer.kind, payload, body, prepared)


def _answer(kit: Kit, job: Job, question: Question) -> Answer:
    asked = job.asked
    if asked.numbers is not None:
        return of_numbers(kit, asked, question)
    if asked.find is not None:
        return found(kit, question, asked.find)
    if asked.explains:
        return of_message(kit, as_preferred(kit, question))
    answer = kit.answerer.answer(as_preferred(kit, question))
    if answer.kind == "help" and not is_thanks(asked.text):
        return with_policy(kit, job.identity, answer, question)
    if answer.kind != "unknown":
        return answer
    is_command = (asked.thread or "").startswith(COMMAND)
    return with_forms(answer, asked.text) if is_command or is_near(asked.text) else answer
