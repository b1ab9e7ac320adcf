"""What exists in the fake Slack: workspaces, people, channels, messages, views, files."""

from __future__ import annotations

import marshal
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
ChannelKind = Literal["public", "private", "mpim", "im"]


def copied(value: Any) -> Any:
    """Copy JSON, so that what is kept does not change with what was given.

    By way of ``marshal``, which knows what JSON can hold: ``copy.deepcopy`` takes many times as
    long. Later formats than its second keep what is in there twice as one.
    """
    return marshal.loads(marshal.dumps(value, 2))


@dataclass(slots=True)
class User:
    """A person, or a bot account."""

    id: str
    name: str
    team_id: str
    is_bot: bool = False
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    locale: str = "en-US"
    bot_id: str | None = None
    deleted: bool = False

    def as_json(self) -> Json:
        """Give the ``user`` object of ``users.info``."""
        return {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "real_name": self.name.title(),
            "deleted": self.deleted,
            "is_bot": self.is_bot,
            "is_admin": self.is_admin,
            "is_owner": self.is_owner,
            "is_primary_owner": False,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": False,
            "locale": self.locale,
            "tz": "Asia/Shanghai" if self.locale.startswith("zh") else "Europe/London",
            "profile": {"display_name": self.name, "real_name": self.name.title()},
        }


@dataclass(slots=True)
class UserGroup:
    """A user group of a workspace; ``members`` holds user ids."""

    id: str
    team_id: str
    members: list[str]
    disabled: bool = False


@dataclass(slots=True)
class Channel:
    """A conversation of any kind. ``members`` holds user ids."""

    id: str
    name: str
    team_id: str
    kind: ChannelKind = "public"
    members: set[str] = field(default_factory=set)
    is_archived: bool = False
    is_ext_shared: bool = False

    @property
    def channel_type(self) -> str:
        """The ``channel_type`` of message events."""
        return {"public": "channel", "private": "group", "mpim": "mpim", "im": "im"}[self.kind]

    @property
    def scope_family(self) -> str:
        """The word that the history and read scopes of this kind begin with."""
        return {"public": "channels", "private": "groups", "mpim": "mpim", "im": "im"}[self.kind]

    def as_json(self) -> Json:
        """Give the ``channel`` object of ``conversations.info``."""
        found: Json = {
            "id": self.id,
            "is_channel": self.kind == "public",
            "is_group": self.kind == "private",
            "is_im": self.kind == "im",
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "public",
            "is_archived": self.is_archived,
            "is_ext_shared": self.is_ext_shared,
            "is_shared": self.is_ext_shared,
            "is_org_shared": False,
            "context_team_id": self.team_id,
        }
        if self.kind != "im":
            found |= {
                "name": self.name,
                "name_normalized": self.name,
                "num_members": len(self.members),
            }
        return found


@dataclass(slots=True)
class Message:
    """A posted message. ``ephemeral_to`` names the one person who sees it."""

    ts: str
    channel_id: str
    team_id: str
    user_id: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    metadata: Json | None = None
    subtype: str | None = None
    bot_id: str | None = None
    app_id: str | None = None
    ephemeral_to: str | None = None
    edited_ts: str | None = None
    deleted: bool = False
    streaming: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list[Json] = field(default_factory=list)
    client_msg_id: str | None = None
    broadcast: bool = False

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread under another message."""
        return self.thread_ts is not None and self.thread_ts != self.ts

    def as_json(self, *, with_metadata: bool = False) -> Json:
        """Give the message as history and events show it; metadata only when asked for."""
        found: Json = {"type": "message", "user": self.user_id, "ts": self.ts, "text": self.text}
        found["team"] = self.team_id
        optional: Json = {
            "subtype": self.subtype,
            "bot_id": self.bot_id,
            "app_id": self.app_id,
            "client_msg_id": self.client_msg_id,
            "thread_ts": self.thread_ts,
            "blocks": self.blocks,
            "attachments": self.attachments,
            "files": self.files,
            "metadata": self.metadata if with_metadata else None,
            "streaming_state": "in_progress" if self.streaming else None,
        }
        found |= {key: value for key, value in optional.items() if value}
        if self.edited_ts:
            found["edited"] = {"user": self.user_id, "ts": self.edited_ts}
        if self.reactions:
            found["reactions"] = [
                {"name": name, "users": users, "count": len(users)}
                for name, users in self.reactions.items()
            ]
        return found


@dataclass(slots=True)
class View:
    """An open modal or a published home tab."""

    id: str
    team_id: str
    user_id: str
    payload: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """``modal`` or ``home``."""
        return str(self.payload["type"])


@dataclass(slots=True)
class UploadedFile:
    """A file on its way through the three upload steps."""

    id: str
    name: str
    size_bytes: int
    team_id: str
    title: str = ""
    alt_text: str | None = None
    content: bytes | None = None
    shared: bool = False

    def as_json(self) -> Json:
        """Give the ``file`` object."""
        return {"id": self.id, "name": self.name, "title": self.title, "size": self.size_bytes}


@dataclass(slots=True)
class Workspace:
    """One Slack workspace in which the app is installed, with its bot user and token."""

    id: str
    name: str
    domain: str
    bot_user_id: str
    bot_id: str
    bot_token: str
    scopes: frozenset[str]
    installed: bool = True
    enterprise_id: str | None = None
    org_wide: bool = False
    """Whether the token is its organisation's, the same in each of its workspaces."""


@dataclass(slots=True)
class Enterprise:
    """An organisation of several workspaces (Enterprise Grid)."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """One Web API call as it arrived, and what it was told."""

    method: str
    args: Json
    token: str | None
    time_s: float
    ok: bool
    error: str | None
    status: int
