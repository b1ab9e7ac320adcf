"""Everything clickable that this version does not know: a former version's buttons, links."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import say, say_both
from bot.slack.desk import Desk
from bot.slack.forms.modal import notice
from bot.slack.forms.opening import open_form
from bot.slack.forms.telling import tell

ANY = re.compile(".*")


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to what nobody else listened to."""

    @app.action(ANY)
    async def unknown_action(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        # A button that only opens a link is delivered too, and needs no reply.
        if not body["actions"][0].get("url"):
            await _tell(desk, client, body)
        await ack()

    @app.options(ANY)
    async def unknown_options(ack: AsyncAck) -> None:
        await ack(options=[])

    @app.command(ANY)
    async def unknown_command(ack: AsyncAck) -> None:
        await ack("\n\n".join(say("help", language) for language in ("en", "zh")))


async def _tell(desk: Desk, client: AsyncWebClient, body: dict[str, Any]) -> None:
    """Say that a button is outdated; where there is no message to say it under, in a modal."""
    if body.get("response_url"):
        await tell(desk, body, say_both("button_outdated"))
    elif await open_form(client, body, notice("button_outdated")) is not None:
        await tell(desk, body, say_both("button_outdated"), write=True)
