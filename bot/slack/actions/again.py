"""Recompute: a past answer is asked again, and shown with the old one and the difference."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import say_both
from bot.rendering.actions import AGAIN
from bot.slack.actions.ask import asked_by, take
from bot.slack.actions.click import Click
from bot.slack.desk import Desk


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the button in messages; whether the past answer may be seen is looked at later."""

    @app.action(re.compile(rf"^{AGAIN}(_\d+)?$"))
    async def recompute(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.read(body)
        if not click.value or not click.channel:
            await click.tell(desk, say_both("button_outdated"))
        else:
            asked = replace(asked_by(click), text="", again=click.value)
            if note := await take(desk, asked, click.key):
                await click.tell(desk, note)
        await ack()
