"""Save: an answer is kept on the Home tab of whoever clicked, until they remove it.

The tab is not shown anew for it: it is whenever it is opened.
"""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import say
from bot.rendering.actions import SAVE
from bot.slack.actions.click import Click
from bot.slack.desk import Desk
from bot.slack.remembered import remembered
from bot.slack.tastes import language_for


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the save button under an answer."""

    @app.action(SAVE)
    async def saved(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.read(body)
        past = await remembered(desk, click.workspace, click.user, click.channel, click.value)
        if past is not None:
            await desk.stored(desk.store.save, click.workspace, click.user, past.id)
        language = language_for(desk.store, click.workspace, click.user, past.query if past else "")
        await click.tell(desk, say("saved" if past else "answer_gone", language))
        await ack()
