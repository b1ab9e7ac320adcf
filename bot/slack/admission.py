"""Lets questions in up to the limits of a person and a channel; says so once where one is over."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.messages import say
from bot.question import Language
from bot.slack.asked import Asked, answer_id
from bot.slack.desk import Desk
from bot.slack.home import person_language
from bot.slack.tasks.names import WHISPER
from bot.understanding.atoms import tokenize
from bot.understanding.language import detect_language
from bot.understanding.normalize import normalize
from bot.understanding.scan import scan
from bot.understanding.special import special_of
from knowledge.store import Item


def asker_language(desk: Desk, asked: Asked, *, typed: bool = True) -> Language:
    """Return the language for a word to whoever asked.

    What was not ``typed`` tells it only where it is Chinese: a choice may be ``fp16``, and a past
    answer that is asked again has no words at all.
    """
    if asked.numbers is not None:
        return "zh" if asked.numbers.get("language") == "zh" else "en"
    told = detect_language(asked.text)
    if told == "zh" or (typed and asked.text.strip()):
        return told
    return person_language(desk, asked.workspace, asked.user)


MOST_CHARACTERS_OF_A_CALL = 40
"""A longer message is a question, and not read here for whether it calls for help."""
DIGIT = re.compile(r"\d")


@lru_cache(maxsize=256)
def calls_for_help(text: str) -> bool:
    """Return whether a message is nothing but a call for help, which an empty one is too."""
    read = normalize(text)
    return special_of(scan(tokenize(read.lower), read.text)) == "help"


def is_question(asked: Asked) -> bool:
    """Return whether it asks for an answer: a look-up of past ones and a call for help do not."""
    if asked.find is not None:
        return False
    if asked.again is not None or asked.numbers is not None or asked.explains:
        return True
    text = asked.text
    if len(text) > MOST_CHARACTERS_OF_A_CALL or DIGIT.search(text):
        return True
    return not calls_for_help(text)


def over_limit(desk: Desk, asked: Asked, *, typed: bool = True) -> str | None:
    """Count a question; return the note for its asker when it is over the limit, else None.

    The note is empty when the asker was told within the last minute. What is no question is not
    counted, and never over it.
    """
    if not is_question(asked):
        return None
    verdict = desk.limits.admit(asked.workspace, asked.user, asked.channel)
    if verdict == "admitted":
        return None
    if verdict == "refused":
        return ""
    return say("too_fast", asker_language(desk, asked, typed=typed))


async def admitted(desk: Desk, asked: Asked, keys: list[str]) -> bool:
    """Return whether a message may be accepted; else its asker alone is told, once a minute.

    A repeat of what was accepted is let through: it is not counted, and known by its keys.
    """
    if desk.is_repeat(asked.workspace, keys):
        return True
    note = over_limit(desk, asked)
    if note:
        payload = {
            "task": WHISPER,
            "user": asked.user,
            "channel": asked.channel,
            "thread": asked.thread if asked.thread != asked.ts else None,
            "text": note,
        }
        item_id = answer_id(asked.workspace, WHISPER, asked.id)
        await desk.accept(Item(asked.workspace, item_id, payload), [f"whisper:{asked.id}"])
    return note is None
