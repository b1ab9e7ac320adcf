"""The shortcut "Calculate GPU memory": the calculator form, from anywhere."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import say_both
from bot.slack.desk import Desk
from bot.slack.forms.calculate import calculate_form, given_by
from bot.slack.forms.opening import open_form
from bot.slack.forms.telling import tell
from bot.slack.tastes import tastes_of

CALLBACK = "calculate_memory"


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the global shortcut."""

    @app.shortcut({"type": "shortcut", "callback_id": CALLBACK})
    async def wanted(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        workspace, user = str(body["team"]["id"]), str(body["user"]["id"])
        tastes = await desk.stored(tastes_of, desk.store, workspace, user)
        key = await open_form(client, body, calculate_form(given_by(tastes)))
        if key is not None:
            await tell(desk, body, say_both(key), write=True)
        await ack()
