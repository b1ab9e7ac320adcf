"""``/vram export`` and ``/vram forget me``: a person's own data, handed out or deleted.

Both concern whoever types or clicks, and nobody else: no name can be given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from slack_bolt.async_app import AsyncAck

from bot.messages import say
from bot.question import Language
from bot.rendering.blocks import button, section
from bot.slack.asked import answer_id
from bot.slack.desk import Desk
from bot.slack.tasks.names import EXPORT_PERSON, FORGET_PERSON
from bot.slack.tastes import language_for
from knowledge.store import Item
from knowledge.store.errors import StoreError

Wish = Literal["export", "forget"]
WISHES: tuple[tuple[Wish, re.Pattern[str]], ...] = (
    ("export", re.compile(r"export(?: (?:me|my data))?|导出(?:我的)?(?:数据)?", re.IGNORECASE)),
    (
        "forget",
        re.compile(
            r"(?:forget|delete) (?:me|my data)|(?:忘记|忘掉)我|删除我的(?:全部)?数据", re.IGNORECASE
        ),
    ),
)
FORGET = FORGET_PERSON
"""The button's name, as the task's."""


def wish_in(text: str) -> Wish | None:
    """Return what somebody wants done with their data, None for any other command."""
    words = " ".join(text.split())
    return next((wish for wish, form in WISHES if form.fullmatch(words)), None)


async def grant(ack: AsyncAck, desk: Desk, command: Mapping[str, Any], wish: Wish) -> None:
    """Begin an export; ask once more before anything is deleted.

    An export counts towards the limits: unlike other commands it calls the Web API.
    """
    workspace, user = command["team_id"], command["user_id"]
    language = language_for(desk.store, workspace, user, command.get("text") or "")
    if wish == "forget":
        await ack(_question(language))
        return
    if desk.limits.admit(workspace, user, command["channel_id"]) != "admitted":
        await ack(say("too_fast", language))
        return
    key = f"trigger:{command['trigger_id']}"
    try:
        await ask_for(desk, EXPORT_PERSON, workspace, user, key, command["response_url"], language)
    except StoreError:
        await ack(say("busy", language))
        return
    await ack(say("export_coming", language))


async def ask_for(
    desk: Desk,
    task: str,
    workspace: str,
    user: str,
    key: str,
    response_url: str | None,
    language: Language,
) -> None:
    """Record a task about somebody's own data; raises ``StoreError``."""
    payload = {"task": task, "user": user, "response_url": response_url, "language": language}
    await desk.accept(Item(workspace, answer_id(workspace, task, key), payload), [key])


def _question(language: Language) -> dict[str, Any]:
    text = say("forget_question", language)
    delete = {**button(FORGET, say("button_forget", language), language), "style": "danger"}
    return {
        "response_type": "ephemeral",
        "text": text,
        "blocks": [section(text), {"type": "actions", "elements": [delete]}],
    }
