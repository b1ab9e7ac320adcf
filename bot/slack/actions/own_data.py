"""The button under ``/vram forget me``: deletes what is stored of whoever clicks it."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import say
from bot.question import Language
from bot.slack.actions.click import Click
from bot.slack.commands.own_data import FORGET, ask_for
from bot.slack.desk import Desk
from knowledge.store.errors import InboxFull


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the button; its value is the language, never a person."""

    @app.action(FORGET)
    async def confirmed(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.read(body)
        language: Language = "zh" if click.value == "zh" else "en"
        url = click.response_url
        try:
            await ask_for(desk, FORGET, click.workspace, click.user, click.key, url, language)
        except InboxFull:
            await click.tell(desk, say("busy", language))
        await ack()
