"""The state of the fake Slack and the look-ups that methods and people share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.fakeslack.app import App, Timing
from bot.fakeslack.errors import ApiError, ImpossibleInSlack
from bot.fakeslack.ids import Ids, secret
from bot.fakeslack.pings import Ping, targets
from bot.fakeslack.records import (
    Channel,
    ChannelKind,
    Enterprise,
    Json,
    Message,
    UploadedFile,
    User,
    UserGroup,
    View,
    Workspace,
)
from bot.fakeslack.walk import interactive, nested

Emit = Callable[[str, Json, "Channel | None"], None]


@dataclass(slots=True)
class Trigger:
    """A ``trigger_id`` with whose click it stands for and when it lapses."""

    team_id: str
    user_id: str
    expires_at_s: float
    view_id: str | None = None
    used: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """What a one-time code of an install stands for; ``place_id`` is a workspace or organisation.

    Without ``scopes`` the app's own, without ``redirect_uri`` whichever the exchange names.
    """

    place_id: str
    user_id: str
    redirect_uri: str | None = None
    scopes: frozenset[str] | None = None


@dataclass(slots=True)
class ResponseUrl:
    """Where a command or a click may be answered, a few times for a while."""

    channel_id: str
    user_id: str
    expires_at_s: float
    uses_left: int
    message_ts: str | None = None


@dataclass(slots=True)
class World:
    """Everything that exists; ``emit`` sends an event to the app once the server is up."""

    app: App
    timing: Timing
    refused_blocks: frozenset[str] = frozenset()
    ids: Ids = field(default_factory=Ids)
    emit: Emit = lambda team_id, event, channel: None
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    posted: list[Message] = field(default_factory=list)
    by_ts: dict[tuple[str, str], Message] = field(default_factory=dict)
    by_thread: dict[tuple[str, str], list[Message]] = field(default_factory=dict)
    awaited: dict[tuple[str, str], asyncio.Event] = field(default_factory=dict)
    """What somebody waits for: to be set by the next message of a thread."""
    ephemeral: list[Message] = field(default_factory=list)
    views: dict[str, View] = field(default_factory=dict)
    files: dict[str, UploadedFile] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    usergroups: dict[str, UserGroup] = field(default_factory=dict)
    most_history: int | None = None
    """The objects in one page of a history, where Slack gives an app fewer than it asks for."""
    enterprises: dict[str, Enterprise] = field(default_factory=dict)
    oauth_codes: dict[str, Grant] = field(default_factory=dict)
    revoked_tokens: set[str] = field(default_factory=set)
    socket_tickets: set[str] = field(default_factory=set)
    statuses: list[Json] = field(default_factory=list)
    pings: list[Ping] = field(default_factory=list)
    url: str = ""

    def add_enterprise(self, name: str) -> Enterprise:
        """Create an organisation; workspaces are added to it."""
        enterprise = Enterprise(self.ids.new("E"), name)
        self.enterprises[enterprise.id] = enterprise
        return enterprise

    def workspaces_of(self, place_id: str) -> list[Workspace]:
        """Give a workspace by its id, or all workspaces of an organisation."""
        return [one for one in self.workspaces.values() if place_id in (one.id, one.enterprise_id)]

    def install(self, place_id: str, scopes: frozenset[str]) -> list[Workspace]:
        """Let the app into a workspace, or a whole organisation, with a token of its own."""
        token = f"xoxb-{place_id}-{secret(12)}"
        places = self.workspaces_of(place_id)
        for one in places:
            one.org_wide = place_id in self.enterprises
            one.bot_user_id, one.bot_id = places[0].bot_user_id, places[0].bot_id
            one.bot_token, one.scopes, one.installed = token, scopes, True
        return places

    def add_workspace(
        self, name: str, *, installed: bool = True, enterprise: Enterprise | None = None
    ) -> Workspace:
        """Create a workspace with the app's bot user in it."""
        team_id = self.ids.new("T")
        bot = self.add_user(team_id, self.app.name, is_bot=True)
        workspace = Workspace(
            id=team_id,
            name=name,
            domain=name,
            bot_user_id=bot.id,
            bot_id=bot.bot_id or "",
            bot_token=f"xoxb-{team_id}-{secret(12)}",
            scopes=self.app.scopes,
            installed=installed,
            enterprise_id=enterprise.id if enterprise else None,
        )
        self.workspaces[team_id] = workspace
        return workspace

    def add_user(self, team_id: str, name: str, *, is_bot: bool = False) -> User:
        """Create a person or a bot in a workspace."""
        user = User(self.ids.new("U"), name, team_id, is_bot)
        user.bot_id = self.ids.new("B") if is_bot else None
        self.users[user.id] = user
        return user

    def add_channel(self, team_id: str, name: str, kind: ChannelKind, members: set[str]) -> Channel:
        """Create a conversation."""
        prefix = {"public": "C", "private": "G", "mpim": "G", "im": "D"}[kind]
        channel = Channel(self.ids.new(prefix), name, team_id, kind, members)
        self.channels[channel.id] = channel
        return channel

    def direct_message(self, team_id: str, user_id: str) -> Channel:
        """Give the conversation between a person and the bot, opening it if need be."""
        members = {user_id, self.workspaces[team_id].bot_user_id}
        for channel in self.channels.values():
            if channel.kind == "im" and channel.members == members:
                return channel
        return self.add_channel(team_id, "", "im", members)

    def find_message(self, channel_id: str, ts: str) -> Message | None:
        """Find a message that is still there, the ephemeral ones left out."""
        message = self.by_ts.get((channel_id, ts))
        return None if message is None or message.deleted else message

    def thread(self, channel_id: str, thread_ts: str) -> list[Message]:
        """Give a thread's messages, the root first."""
        found = self.by_thread.get((channel_id, thread_ts), [])
        return [message for message in found if not message.deleted]

    def store(self, message: Message) -> Message:
        """Keep a message, giving blocks and elements the ids that they lack."""
        self.name_blocks(message.blocks)
        if message.ephemeral_to:
            self.ephemeral.append(message)
            return message
        self.posted.append(message)
        self.by_ts[message.channel_id, message.ts] = message
        thread = message.channel_id, message.thread_ts or message.ts
        self.by_thread.setdefault(thread, []).append(message)
        if (event := self.awaited.pop(thread, None)) is not None:
            event.set()
        return message

    def name_blocks(self, blocks: list[Json]) -> None:
        """Give each block a ``block_id`` and each interactive element an ``action_id``."""
        for block in nested(blocks):
            block.setdefault("block_id", self.ids.new("b"))
        for _, element in interactive(blocks):
            element.setdefault("action_id", self.ids.new("a"))

    def note_pings(self, message: Message, method: str, *, links_names: bool = False) -> None:
        """Record what the message would notify."""
        for target, where in targets(
            message.text, message.blocks, message.attachments, links_names=links_names
        ):
            self.pings.append(Ping(target, where, message.channel_id, message.ts, method))

    def new_trigger(self, team_id: str, user_id: str, view_id: str | None = None) -> str:
        """Give a ``trigger_id`` that lasts three seconds."""
        trigger_id = f"{self.ids.new('1')}.{self.ids.new('2')}.{secret()}"
        expires_at_s = time.monotonic() + self.timing.trigger_lifetime_s
        self.triggers[trigger_id] = Trigger(team_id, user_id, expires_at_s, view_id)
        return trigger_id

    def use_trigger(self, trigger_id: object) -> Trigger:
        """Spend a ``trigger_id``.

        Raises:
            ApiError: ``invalid_trigger_id``, ``expired_trigger_id``, ``exchanged_trigger_id``.

        """
        trigger = self.triggers.get(str(trigger_id))
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if time.monotonic() > trigger.expires_at_s:
            raise ApiError("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_response_url(self, channel_id: str, user_id: str, message_ts: str | None = None) -> str:
        """Give a ``response_url`` good for five uses in half an hour."""
        key = secret()
        self.response_urls[key] = ResponseUrl(
            channel_id,
            user_id,
            time.monotonic() + self.timing.response_url_lifetime_s,
            self.timing.response_url_uses,
            message_ts,
        )
        return f"{self.url}/response/{key}"

    def member(self, channel: Channel, user: User) -> None:
        """Make sure that a person can act in a channel.

        Raises:
            ImpossibleInSlack: the person is elsewhere or the channel is archived.

        """
        if channel.kind != "public" and user.id not in channel.members:
            raise ImpossibleInSlack(f"{user.name} is not in {channel.name or channel.id}")
        if channel.is_archived:
            raise ImpossibleInSlack(f"#{channel.name} is archived")
