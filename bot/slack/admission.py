"""Lets questions in up to the limits of a person and a channel; says so once where one is over."""

from __future__ import annotations

from bot.messages import say
from bot.slack.asked import Asked, answer_id
from bot.slack.desk import Desk
from bot.slack.tasks.names import WHISPER
from bot.understanding.language import detect_language
from knowledge.store import Item


def over_limit(desk: Desk, asked: Asked) -> str | None:
    """Count a question; return the note for its asker when it is over the limit, else None.

    The note is empty when the asker was told within the last minute.
    """
    verdict = desk.limits.admit(asked.workspace, asked.user, asked.channel)
    if verdict == "admitted":
        return None
    return say("too_fast", detect_language(asked.text)) if verdict == "refused_first" else ""


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
