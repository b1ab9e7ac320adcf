"""Somebody opened the app: its Home tab is shown, or prompts on its messages tab."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.slack.asked import answer_id, workspace_of
from bot.slack.desk import Desk
from bot.slack.home import refresh_home
from bot.slack.tasks.names import PROMPTS
from bot.slack.tastes import chosen_language, tastes_of
from knowledge.store import Item

EVENT = "app_home_opened"


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to visits."""

    @app.event(EVENT)
    async def opened(body: dict[str, Any], event: dict[str, Any]) -> None:
        workspace, user = workspace_of(body), str(event["user"])
        if event.get("tab") == "home":
            seen = (event.get("view") or {}).get("hash")
            await refresh_home(desk, workspace, user, str(body["event_id"]), seen)
        elif event.get("tab") == "messages":
            await _prompt(desk, workspace, user, event)


async def _prompt(desk: Desk, workspace: str, user: str, event: Mapping[str, Any]) -> None:
    """Have prompts offered in the language that somebody chose, once a day; else do nothing."""
    language = chosen_language(tastes_of(desk.store, workspace, user))
    if language is None:
        return
    key = f"{PROMPTS}:{user}:{language}:{datetime.now(UTC):%Y-%m-%d}"
    payload = {"task": PROMPTS, "channel": event["channel"], "language": language}
    await desk.accept(Item(workspace, answer_id(workspace, key), payload), [key])
