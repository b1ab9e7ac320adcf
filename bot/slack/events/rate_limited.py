"""``app_rate_limited``: Slack delivers no more events of a workspace within a minute.

It is no event of the Events API but a payload of its own, beside which Bolt has no listener.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

TYPE = "app_rate_limited"
Next = Callable[[], Awaitable[BoltResponse]]
log = structlog.get_logger(__name__)


class RateLimitNoted(AsyncMiddleware):
    """Takes the notice, with a log line for whoever runs the bot."""

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Next
    ) -> BoltResponse | None:
        """Go on with everything else."""
        if req.body.get("type") != TYPE:
            return await next()
        workspace, minute = req.body.get("team_id"), req.body.get("minute_rate_limited")
        log.warning("events_rate_limited", workspace=workspace, minute=minute)
        return BoltResponse(status=200)


def register(app: AsyncApp) -> None:
    """Look at each delivery that has come as far as the listeners."""
    app.use(RateLimitNoted())
