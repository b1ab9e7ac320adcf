"""Everything clickable that this version does not know: a former version's buttons, links."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import say, say_both
from bot.slack.actions.click import Click
from bot.slack.desk import Desk

ANY = re.compile(".*")


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to what nobody else listened to."""

    @app.action(ANY)
    async def unknown_action(ack: AsyncAck, body: dict[str, Any]) -> None:
        # A button that only opens a link is delivered too, and needs no reply.
        if not body["actions"][0].get("url"):
            await Click.read(body).tell(desk, say_both("button_outdated"))
        await ack()

    @app.options(ANY)
    async def unknown_options(ack: AsyncAck) -> None:
        await ack(options=[])

    @app.command(ANY)
    async def unknown_command(ack: AsyncAck) -> None:
        await ack("\n\n".join(say("help", language) for language in ("en", "zh")))
