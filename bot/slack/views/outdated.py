"""Forms of a former version: the form itself says so, and what was typed stays nowhere."""

from __future__ import annotations

import re

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.forms.modal import notice

ANY = re.compile(".*")


def register(app: AsyncApp) -> None:
    """Listen to what no other form's listener listened to."""

    @app.view(ANY)
    async def unknown_view(ack: AsyncAck) -> None:
        await ack(response_action="update", view=notice("form_outdated"))

    @app.view_closed(ANY)
    async def closed(ack: AsyncAck) -> None:
        await ack()
