"""A choice in the calculator form that decides which fields it has: the form is drawn anew."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.desk import Desk
from bot.slack.forms.calculate import REDRAWS, calculate_form
from bot.slack.forms.inputs import OPEN, filled_in
from bot.slack.forms.opening import redraw


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the menus of the calculator form."""

    @app.action(REDRAWS)
    async def chosen(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        given = filled_in(body["view"])
        action = body["actions"][0]
        value = str((action.get("selected_option") or {}).get("value") or "")
        given[str(action["block_id"])] = "" if value == OPEN else value
        await redraw(client, body, calculate_form(given))
        await ack()
