"""Everything clickable that this version does not know: a former version's buttons, links."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import say
from bot.slack.actions.click import Click
from bot.slack.desk import Desk

ANY = re.compile(".*")


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to what nobody else listened to."""

    @app.action(ANY)
    async def unknown_action(ack: AsyncAck, body: dict[str, Any]) -> None:
        # A button that only opens a link is delivered too, and needs no reply.
        if not body["actions"][0].get("url"):
            both = "\n".join(say("button_outdated", language) for language in ("en", "zh"))
            await Click.read(body).tell(desk, both)
        await ack()

    for listen in (app.shortcut, app.view, app.view_closed, app.options):

        @listen(ANY)
        async def unknown(ack: AsyncAck) -> None:
            await ack()

    @app.command(ANY)
    async def unknown_command(ack: AsyncAck) -> None:
        await ack("\n\n".join(say("help", language) for language in ("en", "zh")))
