"""A question as it came from Slack, in the form in which it waits in the inbox."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.question import Question
from knowledge.store import Item
from knowledge.visibility import Place, PlaceKind

QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked what, where, and how the reply gets there.

    ``thread`` is the conversation and, without ``response_url``, where the reply is posted.
    ``kind`` is None while it is not known what sort of channel it is. ``private`` replies are
    shown to the asker alone. ``ts`` is the asking message, None when there is none.
    ``find`` holds the words to look for in past answers; then nothing else is asked.
    ``again`` is the id of a past answer that is asked again.
    ``numbers`` are those of a form or of a change (``bot.recalculating``): then no words are read.
    ``explains`` says that the text is somebody's message, and not a question to the bot. ``url`` is
    a ``response_url`` by which the asker gets the reply where it cannot be posted. ``checks`` says
    that the asker has to be in the channel still: the question waited in a form.
    """

    id: str
    workspace: str
    user: str
    channel: str
    text: str
    thread: str | None = None
    kind: PlaceKind | None = None
    ts: str | None = None
    response_url: str | None = None
    private: bool = False
    find: str | None = None
    again: str | None = None
    numbers: Mapping[str, Any] | None = None
    explains: bool = False
    url: str | None = None
    checks: bool = False

    def item(self) -> Item:
        """Return the question as an inbox item."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return Item(self.workspace, self.id, {"task": QUESTION, **fields})

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Asked:
        """Read a question back from the payload of an inbox item."""
        return cls(**{name: payload[name] for name in cls.__slots__ if name in payload})

    def place(self, kind: PlaceKind) -> Place:
        """Return the conversation that it is part of, in a channel of ``kind``."""
        return Place(self.workspace, self.channel, kind, self.thread)

    def question(self, kind: PlaceKind) -> Question:
        """Return the question for ``answer()``, asked in a channel of ``kind``."""
        place = self.place(kind)
        return Question(self.text, self.user, place, id=self.id, private=self.private)


def answer_id(workspace: str, *parts: str) -> str:
    """Return the id of the answer to what these keys name: always the same for the same keys."""
    digest = hashlib.blake2b("\x1f".join((workspace, *parts)).encode(), digest_size=12)
    return digest.hexdigest()


def workspace_of(body: Mapping[str, Any]) -> str:
    """Return the workspace that an event reached the bot in.

    In a channel shared with another company the outer ``team_id`` may be the other company's. An
    org-wide installation names its organisation, or nothing, where others name the workspace.
    """
    authorized = (body.get("authorizations") or [{}])[0]
    named = (authorized.get("team_id"), body.get("context_team_id"), body.get("team_id"))
    workspaces = [str(one) for one in named if one and str(one)[0] != "E"]
    return workspaces[0] if workspaces else str(body["team_id"])


def installation_of(body: Mapping[str, Any]) -> str:
    """Return what an event's installation is stored under: an organisation, or the workspace."""
    authorized = (body.get("authorizations") or [body])[0]
    if authorized.get("is_enterprise_install") and authorized.get("enterprise_id"):
        return str(authorized["enterprise_id"])
    return workspace_of(body)


def message_keys(body: Mapping[str, Any], channel: str, ts: str) -> list[str]:
    """Return the dedupe keys of a message event: its own, and the message's.

    A mention arrives as ``app_mention`` and as ``message``: the second key is the same for both.
    """
    keys = [f"message:{channel}:{ts}"]
    event_id = body.get("event_id")
    return [f"event:{event_id}", *keys] if event_id else keys


def action_key(body: Mapping[str, Any], action: Mapping[str, Any]) -> str:
    """Return the dedupe key of a click."""
    user = body["user"]["id"]
    return f"action:{user}:{action.get('action_ts', '')}:{action.get('action_id', '')}"
