"""Delete what is stored of a workspace that removed the app, its token first of all."""

from __future__ import annotations

import asyncio

import structlog
from slack_sdk.errors import SlackApiError

from bot.slack.desk import Desk
from bot.slack.verdicts import TOKEN_REFUSED
from bot.slack.workspaces import FAREWELL, NotInstalled
from knowledge.store import Item

TASK = FAREWELL
log = structlog.get_logger(__name__)


async def perform(desk: Desk, item: Item) -> None:
    """Delete everything of the workspace, this item too.

    Nothing, where Slack still takes the token: the event came late, the app was installed again.
    A revoked token alone deletes nothing where the token came from the environment: whoever runs
    the bot is exchanging it. A workspace that its organisation took the app away from is not asked
    about: the organisation's token works.
    """
    workspace, how = item.workspace, item.payload["how"]
    replaced = how == "tokens_revoked" and not desk.settings.installs
    left = how == "team_access_revoked"
    if replaced or (not left and await _is_installed(desk, workspace)):
        log.info("farewell_ignored", workspace=workspace)
        await desk.stored(desk.store.answered, item)
        return
    deleted = await asyncio.to_thread(desk.store.forget_workspace, workspace)
    desk.workspaces.forget()
    log.info("workspace_deleted", workspace=workspace, rows=sum(deleted.values()))


async def _is_installed(desk: Desk, workspace: str) -> bool:
    """Ask Slack; raises what a network raises: then the item is taken up again."""
    desk.workspaces.forget(workspace)
    try:
        await desk.client_of(workspace).auth_test()
    except NotInstalled:
        return False
    except SlackApiError as error:
        if error.response.get("error") in TOKEN_REFUSED:
            return False
        raise
    return True
