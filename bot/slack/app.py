"""The Bolt app: one set of listeners for Socket Mode and HTTP.

A listener validates, records and acknowledges; it never calls the Web API. With
``process_before_response`` the acknowledgement leaves when the listener has returned, and a
listener that raises gives a 500: Slack sends that event again.
"""

from __future__ import annotations

import logging
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import actions, commands, events, shortcuts, views
from bot.slack.desk import Desk
from knowledge.store.errors import StoreError

log = structlog.get_logger(__name__)


def build_app(desk: Desk, client: AsyncWebClient) -> AsyncApp:
    """Return the app with all its listeners."""
    secret = desk.settings.slack_signing_secret
    app = AsyncApp(
        name="vrambot",
        # The token comes from the authorisation below.
        client=AsyncWebClient(base_url=client.base_url, session=client.session, retry_handlers=[]),
        authorize=_authorizer(desk, client),
        # Never empty: an empty secret would let anybody sign.
        signing_secret=secret.get_secret_value() if secret else "unused: Socket Mode",
        process_before_response=True,
        attaching_conversation_kwargs_enabled=False,
        logger=logging.getLogger("slack_bolt"),
    )
    app.error(_on_error)
    # Bolt asks one listener after the other: the most frequent come first.
    events.register(app, desk)
    commands.register(app, desk)
    actions.register(app, desk)
    shortcuts.register(app, desk)
    views.register(app, desk)
    return app


def _authorizer(desk: Desk, client: AsyncWebClient) -> Any:
    """Return the authorisation from memory: ``auth.test`` was called once, at the start."""
    identity = desk.identity
    result = AuthorizeResult(
        enterprise_id=None,
        team_id=identity.team_id,
        bot_user_id=identity.bot_user_id,
        bot_id=identity.bot_id,
        bot_token=client.token,
    )

    async def authorize(team_id: str | None) -> AuthorizeResult | None:
        return result if team_id in (None, identity.team_id) else None

    return authorize


async def _on_error(error: Exception, body: dict[str, Any]) -> None:
    """Log a listener's failure; the event stays unacknowledged."""
    kind = body.get("event", {}).get("type") or body.get("command") or body.get("type")
    if isinstance(error, StoreError):
        log.error("not_recorded", kind=kind, reason=str(error))
    else:
        log.error("listener_failed", kind=kind, exc_info=error)
