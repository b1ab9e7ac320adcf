"""A sentence to whoever clicked, ran a shortcut or filled in a form: shown to them alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.slack.asked import answer_id
from bot.slack.desk import Desk
from bot.slack.replies import note_of, note_to
from knowledge.store import Post


async def tell(desk: Desk, body: Mapping[str, Any], sentence: str, *, write: bool = False) -> None:
    """Show a sentence once, by the ``response_url`` of an interaction.

    Without one, ``write`` sends it as a direct message: for what somebody has just asked for and
    would otherwise wait for in vain.
    """
    workspace, user = str(body["team"]["id"]), str(body["user"]["id"])
    note_id = answer_id(workspace, "note", str(body.get("trigger_id") or body.get("action_ts")))
    url = body.get("response_url")
    if url:
        channel = str((body.get("channel") or {}).get("id") or user)
        await desk.send(Post(workspace, note_id, channel, note_of(sentence, url, note_id=note_id)))
    elif write:
        await desk.send(Post(workspace, note_id, user, note_to(sentence, note_id=note_id)))
