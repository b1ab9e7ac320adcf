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
from bot.slack.tastes import language_for
from knowledge.history import PastAnswer


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the save button under an answer."""

    @app.action(SAVE)
    async def saved(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.read(body)
        past = await desk.stored(_save, desk, click)
        language = language_for(desk.store, click.workspace, click.user, past.query if past else "")
        await click.tell(desk, say("saved" if past else "answer_gone", language))
        await ack()


def _save(desk: Desk, click: Click) -> PastAnswer | None:
    """Save the answer if whoever clicked may see it from here."""
    past = desk.store.get(click.value, click.viewer)
    if past is not None:
        desk.store.save(click.workspace, click.user, past.id)
    return past
