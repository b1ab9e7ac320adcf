"""A choice that was offered: a click asks it, as if it had been typed there."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import say, say_both
from bot.rendering.actions import ASK
from bot.slack.actions.click import Click
from bot.slack.admission import asker_language, over_limit
from bot.slack.asked import Asked, answer_id
from bot.slack.desk import Desk
from bot.slack.places import kind_of_id
from bot.slack.replies import conversation_of
from knowledge.store.errors import InboxFull


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to clicks on a choice."""

    @app.action(re.compile(rf"^{ASK}(_\d+)?$"))
    async def chosen(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.read(body)
        if not click.value or not click.channel:
            await click.tell(desk, say_both("button_outdated"))
        elif note := await take(desk, asked_by(click), click.key):
            await click.tell(desk, note)
        await ack()


async def take(desk: Desk, asked: Asked, key: str) -> str | None:
    """Record what was clicked; return the sentence for whoever clicked when it was not."""
    if desk.is_repeat(asked.workspace, [key]):
        return None
    if (note := over_limit(desk, asked, typed=False)) is not None:
        return note
    try:
        await desk.accept(asked.item(), [key])
    except InboxFull:
        return say("busy", asker_language(desk, asked, typed=False))
    return None


def asked_by(click: Click) -> Asked:
    """Return the question of a click; a private message is answered in private.

    The conversation goes on: that of the thread, or the one noted in the private message.
    """
    private = click.ephemeral
    asked_id = answer_id(click.workspace, "click", click.key)
    noted = conversation_of(click.block_id) or f"command-{asked_id}"
    return Asked(
        id=asked_id,
        workspace=click.workspace,
        user=click.user,
        channel=click.channel,
        text=click.value,
        thread=noted if private else click.thread,
        kind=kind_of_id(click.channel),
        response_url=click.response_url if private else None,
        private=private,
    )
