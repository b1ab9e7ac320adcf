"""The Bolt app: one set of listeners for Socket Mode and HTTP.

A listener validates, records and acknowledges; it never calls the Web API. With
``process_before_response`` the acknowledgement leaves when the listener has returned, and a
listener that raises gives a 500: Slack sends that event again.
"""

from __future__ import annotations

import logging
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import actions, commands, events, shortcuts, views
from bot.slack.arrivals import StrangersKeptOut, WorkspaceSettled
from bot.slack.desk import Desk
from knowledge.store.errors import StoreError

log = structlog.get_logger(__name__)
UNREADABLE = (ValueError, RecursionError, AttributeError, TypeError, LookupError)
"""What reading raises at bodies that are no JSON, too deep, or not shaped as Slack's are."""


def build_app(desk: Desk, session: aiohttp.ClientSession) -> AsyncApp:
    """Return the app with all its listeners."""
    secret = desk.settings.slack_signing_secret
    app = AsyncApp(
        name="vrambot",
        # The token comes from the authorisation below.
        client=AsyncWebClient(
            base_url=desk.settings.slack_api_url, session=session, retry_handlers=[]
        ),
        # One workspace has no organisation that leaves it out.
        before_authorize=WorkspaceSettled() if desk.settings.installs else None,
        authorize=_authorizer(desk),
        # Never empty: an empty secret would let anybody sign.
        signing_secret=secret.get_secret_value() if secret else "unused: Socket Mode",
        process_before_response=True,
        attaching_conversation_kwargs_enabled=False,
        logger=logging.getLogger("slack_bolt"),
    )
    app.error(_on_error)
    app.use(StrangersKeptOut(desk))
    # Bolt asks one listener after the other: the most frequent come first.
    events.register(app, desk)
    commands.register(app, desk)
    actions.register(app, desk)
    shortcuts.register(app, desk)
    views.register(app, desk)
    return app


def _authorizer(desk: Desk) -> Any:
    """Return the authorisation from memory or the store: no request waits for ``auth.test``."""

    async def authorize(
        context: AsyncBoltContext, enterprise_id: str | None, team_id: str | None
    ) -> AuthorizeResult | None:
        org_wide = bool(context.is_enterprise_install)
        return await desk.stored(desk.workspaces.authorize, team_id, enterprise_id, org_wide)

    return authorize


async def _on_error(error: Exception, body: dict[str, Any]) -> BoltResponse | None:
    """Log a listener's failure; the event stays unacknowledged, refused if it cannot be read."""
    event = body.get("event")
    kind = event.get("type") if isinstance(event, dict) else None
    kind = kind or body.get("command") or body.get("type")
    if isinstance(error, StoreError):
        log.error("not_recorded", kind=kind, reason=str(error))
    else:
        log.error("listener_failed", kind=kind, exc_info=error)
    return BoltResponse(status=400) if isinstance(error, UNREADABLE) else None
