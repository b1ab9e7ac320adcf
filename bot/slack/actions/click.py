"""A click: who clicked what, where, and how to tell them something."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.slack.asked import action_key, answer_id
from bot.slack.desk import Desk
from bot.slack.remembered import remembered, viewer_in
from bot.slack.replies import note_of
from knowledge.history import PastAnswer
from knowledge.store import Post
from knowledge.visibility import Viewer

WAITS_S = (0.05, 0.15, 0.3, 0.5)


@dataclass(frozen=True, slots=True)
class Click:
    """One click on a message; ``thread`` is the thread that the message is or begins."""

    workspace: str
    user: str
    channel: str
    value: str
    key: str
    response_url: str | None = None
    thread: str | None = None
    ephemeral: bool = False
    block_id: str = ""

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Click:
        """Read a click from its payload."""
        action = body["actions"][0]
        container = body.get("container") or {}
        return cls(
            workspace=body["team"]["id"],
            user=body["user"]["id"],
            channel=(body.get("channel") or {}).get("id") or container.get("channel_id") or "",
            value=str(action.get("value") or ""),
            key=action_key(body, action),
            response_url=body.get("response_url"),
            thread=container.get("thread_ts") or container.get("message_ts"),
            ephemeral=bool(container.get("is_ephemeral")),
            block_id=str(action.get("block_id") or ""),
        )

    @property
    def viewer(self) -> Viewer:
        """Whoever clicked, looking from this channel alone: its own answers and no others."""
        return viewer_in(self.workspace, self.user, self.channel)

    async def remembered(self, desk: Desk, answer_id: str) -> PastAnswer | None:
        """Return an answer if whoever clicked may see it from this channel.

        An answer that rode in an acknowledgement is stored a moment later: it is waited for.
        """
        for wait_s in WAITS_S if self.ephemeral else ():
            past = await remembered(desk, self.workspace, self.user, self.channel, answer_id)
            if past is not None:
                return past
            await asyncio.sleep(wait_s)
        return await remembered(desk, self.workspace, self.user, self.channel, answer_id)

    async def tell(self, desk: Desk, sentence: str) -> None:
        """Show a sentence to whoever clicked, once, if there is a way to."""
        if self.response_url is None:
            return
        note_id = answer_id(self.workspace, "note", self.key)
        payload = note_of(sentence, self.response_url, note_id=note_id)
        await desk.send(Post(self.workspace, note_id, self.channel, payload))
