"""Every other event: taken without a reply, so that Slack does not count it as a failure."""

from __future__ import annotations

import re
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp

log = structlog.get_logger(__name__)


def register(app: AsyncApp) -> None:
    """Listen to what nobody else listened to."""

    @app.event(re.compile(".*"))
    async def other(event: dict[str, Any]) -> None:
        log.debug("event_ignored", kind=event.get("type"))
