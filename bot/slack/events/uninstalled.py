"""The app was removed from a workspace, or its token revoked: what is stored of it is deleted.

Recorded like any other event, so that a deletion that a crash interrupts is done afterwards; and
however much waits: Slack would send it again for some minutes only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.asked import answer_id, installation_of
from bot.slack.desk import Desk
from bot.slack.workspaces import FAREWELL
from knowledge.store import Item

REVOKED, LEFT = "tokens_revoked", "team_access_revoked"
EVENTS = ("app_uninstalled", REVOKED, LEFT)
"""``LEFT``: an organisation took the app away from some of its workspaces; its token lives on."""


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to removals."""
    for event_name in EVENTS:

        @app.event(event_name)
        async def removed(body: dict[str, Any], event: dict[str, Any]) -> None:
            how, event_id = str(event["type"]), str(body["event_id"])
            for workspace in left_by(body):
                item_id = answer_id(workspace, FAREWELL, event_id)
                item = Item(workspace, item_id, {"task": FAREWELL, "how": how})
                await desk.accept(item, [f"event:{event_id}"], limited=False)


def left_by(body: Mapping[str, Any]) -> list[str]:
    """Return the workspaces, or the organisation, that an event may be a farewell of."""
    event = body["event"]
    if event["type"] == LEFT:
        return [str(one) for one in event.get("team_ids") or ()]
    if event["type"] == REVOKED and not (event.get("tokens") or {}).get("bot"):
        # Tokens of people: the bot has none.
        return []
    return [installation_of(body)]
