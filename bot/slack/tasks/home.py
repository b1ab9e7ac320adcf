"""Publish the Home tab of somebody who opened it, or who changed something on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.question import Language
from bot.rendering.home import HomeContent, home_view
from bot.slack.desk import Desk
from bot.slack.home import HOME, home_content
from knowledge.store import Item

TASK = HOME
RULERS = ("is_admin", "is_owner", "is_primary_owner")
log = structlog.get_logger(__name__)


async def perform(desk: Desk, client: AsyncWebClient, item: Item) -> None:
    """Publish the tab as it is now; a refusal is cosmetic, since the next visit publishes it again.

    With the hash of the tab that was seen, an older one never takes the place of a newer one.
    """
    user = str(item.payload["user"])
    try:
        view = await _view(desk, client, item.workspace, user)
        try:
            await client.views_publish(user_id=user, view=view, hash=item.payload.get("hash"))
        except SlackApiError as error:
            if error.response.get("error") != "hash_conflict":
                raise
            # Something was published since: gathered anew, this one is the newest.
            view = await _view(desk, client, item.workspace, user)
            await client.views_publish(user_id=user, view=view)
    except SlackApiError as error:
        log.info("home_not_shown", user=user, reason=error.response.get("error", ""))
    except (aiohttp.ClientError, TimeoutError) as error:
        log.info("home_not_shown", user=user, reason=type(error).__name__)
    await desk.stored(desk.store.answered, item)


async def _view(desk: Desk, client: AsyncWebClient, workspace: str, user: str) -> dict[str, Any]:
    health = await sees_health(desk, client, workspace, user)
    content = await desk.thought(_gathered, desk, workspace, user, health)
    if content.language is None and _may_ask(desk, workspace):
        content = replace(content, language=await locale_language(client, user))
    return home_view(content)


def _gathered(desk: Desk, workspace: str, user: str, health: bool) -> HomeContent:
    return home_content(desk, workspace, user, with_health=health)


async def locale_language(client: AsyncWebClient, user: str) -> Language | None:
    """Return the language of somebody's Slack, None where it is neither of the two."""
    try:
        found = await client.users_info(user=user, include_locale=True)
    except SlackApiError:
        return None
    locale = str(found["user"].get("locale") or "").lower()
    return "zh" if locale.startswith("zh") else "en" if locale.startswith("en") else None


def _may_ask(desk: Desk, workspace: str) -> bool:
    """Return whether Slack tells about people here."""
    scopes = desk.identity_of(workspace).scopes
    return scopes is None or "users:read" in scopes


async def sees_health(desk: Desk, client: AsyncWebClient, workspace: str, user: str) -> bool:
    """Return whether somebody runs the workspace or its entries; False where it is not known."""
    tells = _may_ask(desk, workspace)
    if not (tells or desk.curators.named):
        return False
    if await desk.curators.standing(client, workspace, user) == "curator":
        return True
    if not (tells and desk.curators.named):
        # Where no curators are named, the admins are: they were asked for.
        return False
    try:
        found = await client.users_info(user=user)
    except SlackApiError:
        return False
    return any(found["user"].get(flag) for flag in RULERS)
