"""``/vram unanswered`` and ``/vram entries``: what curators work through, shown to them alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.messages import say
from bot.slack.curation.jobs import record
from bot.slack.desk import Desk
from bot.slack.tastes import language_for
from knowledge.store.errors import StoreError

QUESTIONS = re.compile(r"unanswered|未回答|未解决", re.IGNORECASE)
ENTRIES = re.compile(r"(?:entries|条目)(?:[\s:：]+(.{1,60}))?", re.IGNORECASE)


def list_in(text: str) -> tuple[str, str] | None:
    """Return (``questions`` or ``entries``, words) of a command, None when it asks for no list."""
    text = text.strip()
    if QUESTIONS.fullmatch(text):
        return "questions", ""
    match = ENTRIES.fullmatch(text)
    return None if match is None else ("entries", (match[1] or "").strip())


async def send_list(
    ack: AsyncAck, desk: Desk, command: Mapping[str, Any], wanted: tuple[str, str]
) -> None:
    """Acknowledge, and have the list sent: whether it may be seen takes a call of Slack."""
    workspace, user = command["team_id"], command["user_id"]
    language = language_for(desk.store, workspace, user, command.get("text") or "")
    step, words = wanted
    try:
        await record(
            desk,
            workspace,
            user,
            step,
            f"trigger:{command['trigger_id']}",
            language=language,
            channel=command["channel_id"],
            response_url=command["response_url"],
            value=words,
        )
    except StoreError:
        await ack(say("busy", language))
    else:
        await ack()
