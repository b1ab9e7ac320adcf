"""The app was removed from a workspace, or its token revoked: what is stored of it is deleted.

Recorded like any other event, so that a deletion that a crash interrupts is done afterwards.
"""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.asked import answer_id, installation_of
from bot.slack.desk import Desk
from bot.slack.workspaces import FAREWELL
from knowledge.store import Item

EVENTS = ("app_uninstalled", "tokens_revoked")


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to removals."""
    for event_name in EVENTS:

        @app.event(event_name)
        async def removed(body: dict[str, Any], event: dict[str, Any]) -> None:
            revoked = event["type"] == "tokens_revoked"
            if revoked and not (event.get("tokens") or {}).get("bot"):
                # Tokens of people: the bot has none.
                return
            workspace = installation_of(body)
            event_id = str(body["event_id"])
            payload = {"task": FAREWELL, "revoked": revoked}
            item = Item(workspace, answer_id(workspace, FAREWELL, event_id), payload)
            await desk.accept(item, [f"event:{event_id}"])
