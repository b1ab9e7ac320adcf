"""Whether somebody is still in the channel that they opened a form in, once it is sent in."""

from __future__ import annotations

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError

from bot.slack.asked import Asked
from bot.slack.desk import Desk
from knowledge.visibility import PlaceKind

PAGE = 1_000
MOST_PAGES = 10
log = structlog.get_logger(__name__)


async def may_still_post(desk: Desk, asked: Asked, kind: PlaceKind) -> bool:
    """Return whether the answer to a form may be posted where it was opened.

    A public channel may be seen by everybody of the workspace, and what is private is shown by
    Slack to its asker alone. Of others the members are asked for; where Slack does not tell, the
    sealed form is believed.
    """
    if kind in ("public", "dm") or asked.private:
        return True
    client, cursor = desk.client_of(asked.workspace), ""
    try:
        for _ in range(MOST_PAGES):
            answer = await client.conversations_members(
                channel=asked.channel, limit=PAGE, cursor=cursor
            )
            if asked.user in answer["members"]:
                return True
            cursor = (answer.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return False
    except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
        log.info("members_not_told", channel=asked.channel, reason=type(error).__name__)
    return True
