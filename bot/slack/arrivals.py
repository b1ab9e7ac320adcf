"""What every delivery goes through before the listeners: which workspace, and whose member.

An org-wide installation leaves out the workspace where others name it; here it is put back, so
that listeners read ``body["team"]["id"]`` everywhere. In a channel shared with another company
(Slack Connect) that company's people may ask, and nothing more: whatever reads or changes what is
stored is for members.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.messages import say
from bot.rendering.actions import ASK
from bot.slack.asked import answer_id, workspace_of
from bot.slack.desk import Desk
from bot.slack.replies import note_of
from knowledge.store import Post

Next = Callable[[], Awaitable[BoltResponse]]
INTERACTIONS = (
    *("block_actions", "block_suggestion", "message_action"),
    *("shortcut", "view_closed", "view_submission"),
)
# Clicks that ask something, as a message in the thread would.
OPEN_TO_ALL = re.compile(rf"{ASK}(_\d+)?")
log = structlog.get_logger(__name__)


class WorkspaceSettled(AsyncMiddleware):
    """Names the workspace in a delivery that leaves it out; before the authorisation."""

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Next
    ) -> BoltResponse | None:
        """Go on, with the workspace in its place."""
        body = req.body
        if body.get("type") in INTERACTIONS:
            workspace = workspace_of_interaction(body)
            body["team"] = {**(body.get("team") or {}), "id": workspace}
            req.context["team_id"] = workspace
        elif body.get("type") == "event_callback":
            req.context["team_id"] = workspace_of(body)
        return await next()


class StrangersKeptOut(AsyncMiddleware):
    """Takes a click or form of another company's member only where it asks something."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Next
    ) -> BoltResponse | None:
        """Go on, or tell whoever clicked that this is for members."""
        body = req.body
        if not is_stranger(body) or _asks(body):
            return await next()
        log.info("stranger_refused", workspace=body["team"]["id"], kind=body["type"])
        both = "\n".join(say("stranger", language) for language in ("en", "zh"))
        if body["type"] == "view_submission":
            update = {"response_action": "update", "view": _view(both)}
            return BoltResponse(status=200, body=update)
        await _tell(self._desk, body, both)
        return BoltResponse(status=200)


def workspace_of_interaction(body: dict[str, Any]) -> str:
    """Return the workspace in which the bot was clicked, not the one of whoever clicked."""
    view = body.get("view") or {}
    team, user = body.get("team") or {}, body.get("user") or {}
    named = (view.get("app_installed_team_id"), team.get("id"), user.get("team_id"))
    return str(next((one for one in named if one), ""))


def is_stranger(body: dict[str, Any]) -> bool:
    """Return whether a click or form comes from a member of another company's workspace."""
    if body.get("type") not in INTERACTIONS:
        return False
    home = (body.get("user") or {}).get("team_id")
    enterprise = (body.get("enterprise") or {}).get("id")
    return home is not None and home not in (workspace_of_interaction(body), enterprise)


def _asks(body: dict[str, Any]) -> bool:
    actions = body.get("actions") or []
    return body["type"] == "block_actions" and all(
        OPEN_TO_ALL.fullmatch(str(action.get("action_id"))) or action.get("url")
        for action in actions
    )


def _view(text: str) -> dict[str, Any]:
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "vrambot"},
        "blocks": [{"type": "section", "text": {"type": "plain_text", "text": text}}],
    }


async def _tell(desk: Desk, body: dict[str, Any], text: str) -> None:
    """Show a sentence to whoever clicked, by the outbox; no way to, where there is no address."""
    response_url, workspace = body.get("response_url"), body["team"]["id"]
    if not response_url:
        return
    note_id = answer_id(workspace, "stranger", str(response_url))
    channel = str((body.get("channel") or {}).get("id") or "")
    payload = note_of(text, str(response_url), note_id=note_id)
    await desk.send(Post(workspace, note_id, channel, payload))
