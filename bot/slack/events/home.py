"""Somebody opened the app: its Home tab is shown."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.asked import answer_id, workspace_of
from bot.slack.desk import Desk
from bot.slack.home import HOME
from knowledge.store import Item

EVENT = "app_home_opened"


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to visits."""

    @app.event(EVENT)
    async def opened(body: dict[str, Any], event: dict[str, Any]) -> None:
        if event.get("tab") != "home":
            return
        workspace, event_id = workspace_of(body), body["event_id"]
        item_id = answer_id(workspace, HOME, event_id)
        item = Item(workspace, item_id, {"task": HOME, "user": event["user"]})
        await desk.accept(item, [f"event:{event_id}"])
