"""What people do: talk, edit, delete, invite, open App Home, uninstall."""

from __future__ import annotations

import re
import uuid

from bot.fakeslack.core import Core
from bot.fakeslack.errors import ImpossibleInSlack
from bot.fakeslack.methods.events import changed_event, deleted_event, message_event
from bot.fakeslack.methods.views import view_json
from bot.fakeslack.records import (
    Channel,
    ChannelKind,
    Enterprise,
    Json,
    Message,
    User,
    UserGroup,
    Workspace,
)

_TYPED = re.compile(r"<@[A-Z0-9]+>|<#[A-Z0-9]+(?:\|[^>]*)?>|@[\w.-]+|https?://[^\s<>]+|[&<>]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


class People(Core):
    """Workspaces, people and channels, and what is said in them."""

    def add_enterprise(self, name: str) -> Enterprise:
        """Create an organisation (Enterprise Grid) that workspaces can be added to."""
        return self.world.add_enterprise(name)

    def add_workspace(
        self, name: str, *, installed: bool = True, enterprise: Enterprise | None = None
    ) -> Workspace:
        """Create another workspace, with the app installed or waiting to be."""
        return self.world.add_workspace(name, installed=installed, enterprise=enterprise)

    def add_user(
        self, name: str, workspace: Workspace | None = None, *, locale: str = "en-US"
    ) -> User:
        """Create a person."""
        user = self.world.add_user((workspace or self.workspace).id, name)
        user.locale = locale
        return user

    def add_usergroup(self, *members: User, workspace: Workspace | None = None) -> UserGroup:
        """Create a user group of people."""
        home = workspace or self.workspace
        group = UserGroup(self.world.ids.new("S"), home.id, [one.id for one in members])
        self.world.usergroups[group.id] = group
        return group

    def add_bot(self, name: str, workspace: Workspace | None = None) -> User:
        """Create somebody else's bot."""
        return self.world.add_user((workspace or self.workspace).id, name, is_bot=True)

    def add_channel(
        self,
        name: str,
        kind: ChannelKind = "public",
        members: list[User] | None = None,
        *,
        with_bot: bool = True,
        ext_shared: bool = False,
        workspace: Workspace | None = None,
    ) -> Channel:
        """Create a channel with ``members`` (the standard person when left out) and the bot."""
        home = workspace or self.workspace
        people = [self.user] if members is None else members
        ids = {user.id for user in people if user.team_id == home.id or ext_shared}
        if with_bot:
            ids.add(home.bot_user_id)
        channel = self.world.add_channel(home.id, name, kind, ids)
        channel.is_ext_shared = ext_shared
        return channel

    def archive(self, channel: Channel) -> None:
        """Archive a channel."""
        channel.is_archived = True

    def direct_message(self, user: User | None = None) -> Channel:
        """Give the direct message between a person and the bot."""
        user = user or self.user
        return self.world.direct_message(user.team_id, user.id)

    def typed(self, text: str, team_id: str) -> str:
        """Give the wire text of typed text: ``@name`` linked, ``@channel`` live, rest escaped."""
        names = {one.name: one.id for one in self.world.users.values() if one.team_id == team_id}
        names[self.app.name] = self.world.workspaces[team_id].bot_user_id

        def linked(match: re.Match[str]) -> str:
            word = match[0]
            if word in _ESCAPES:
                return _ESCAPES[word]
            if word in ("@channel", "@here", "@everyone"):
                return f"<!{word[1:]}>"
            if word.startswith("@"):
                return f"<@{names[word[1:]]}>" if word[1:] in names else word
            return f"<{word}>" if word.startswith("http") else word

        return _TYPED.sub(linked, text)

    async def user_says(
        self,
        user: User,
        channel: Channel,
        text: str,
        thread_ts: str | None = None,
        *,
        raw: bool = False,
        broadcast: bool = False,
        subtype: str | None = None,
    ) -> Message:
        """Post as a person (or another bot) and deliver the events that follow.

        ``text`` is as typed: ``@vrambot`` mentions the bot, ``<`` is escaped; with ``raw`` it goes
        on the wire as it is. A mention gives a ``message`` and an ``app_mention`` event with the
        same ts, as far as the app subscribed.

        Raises:
            ImpossibleInSlack: the person cannot post there.

        """
        self.world.member(channel, user)
        if channel.kind == "public":
            channel.members.add(user.id)
        message = Message(
            ts=self.world.ids.ts(),
            channel_id=channel.id,
            team_id=user.team_id,
            user_id=user.id,
            text=text if raw else self.typed(text, channel.team_id),
            thread_ts=thread_ts,
            subtype="thread_broadcast" if broadcast else subtype,
            broadcast=broadcast,
            bot_id=user.bot_id,
            app_id="A0OTHER00" if user.is_bot else None,
            client_msg_id=None if user.is_bot else str(uuid.uuid4()),
        )
        message.blocks = [] if user.is_bot else [_as_rich_text(message.text)]
        self.world.store(message)
        self.emit(channel.team_id, message_event(self.world, message), channel)
        return message

    async def mention(
        self, user: User, channel: Channel, text: str, thread_ts: str | None = None
    ) -> Message:
        """Post ``@vrambot text``."""
        return await self.user_says(user, channel, f"@{self.app.name} {text}", thread_ts)

    async def dm(self, user: User, text: str, thread_ts: str | None = None) -> Message:
        """Say something to the bot in private."""
        return await self.user_says(user, self.direct_message(user), text, thread_ts)

    async def edit(self, message: Message, text: str) -> None:
        """Change what a person said."""
        before = message.as_json()
        message.text = self.typed(text, message.team_id)
        message.blocks = [_as_rich_text(message.text)]
        message.edited_ts = self.world.ids.ts()
        channel = self.world.channels[message.channel_id]
        self.emit(channel.team_id, changed_event(self.world, message, before), channel)

    async def delete(self, message: Message) -> None:
        """Delete what a person said."""
        message.deleted = True
        channel = self.world.channels[message.channel_id]
        self.emit(channel.team_id, deleted_event(self.world, message), channel)

    async def invite_bot(self, channel: Channel) -> None:
        """Add the bot to a channel."""
        bot_user_id = self.world.workspaces[channel.team_id].bot_user_id
        channel.members.add(bot_user_id)
        event: Json = {
            "type": "member_joined_channel",
            "user": bot_user_id,
            "channel": channel.id,
            "channel_type": "C" if channel.kind == "public" else "G",
            "team": channel.team_id,
            "event_ts": self.world.ids.ts(),
        }
        self.emit(channel.team_id, event, channel)

    async def open_home(self, user: User | None = None, tab: str = "home") -> None:
        """Open the app's Home (``home``) or Messages (``messages``) tab."""
        user = user or self.user
        home = self.home(user)
        event: Json = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": self.direct_message(user).id,
            "tab": tab,
            "event_ts": self.world.ids.ts(),
        }
        if tab == "home" and home is not None:
            event["view"] = home
        self.emit(user.team_id, event)

    def home(self, user: User | None = None) -> Json | None:
        """Give the App Home that was published for a person."""
        user = user or self.user
        for view in self.world.views.values():
            if view.kind == "home" and view.user_id == user.id:
                return view_json(self.world, view)
        return None

    async def wait_connected(self, count: int = 1, timeout_s: float = 10.0) -> None:
        """Wait until the app has that many Socket Mode connections open."""
        await self.dispatcher.hub.wait_connected(count, timeout_s)

    async def disconnect(self, reason: str = "refresh_requested", *, close: bool = True) -> None:
        """Ask the app to reconnect: ``warning``, ``refresh_requested`` or ``link_disabled``."""
        await self.dispatcher.hub.disconnect(reason, close=close)

    async def drop_connections(self) -> None:
        """Cut every Socket Mode connection without a word, as a network failure does."""
        await self.dispatcher.hub.drop()

    async def verify_request_url(self) -> bool:
        """Send the challenge that Slack sends when a Request URL is entered; give the verdict."""
        challenge = self.world.ids.new("challenge")
        token = self.app.verification_token
        payload = {"type": "url_verification", "token": token, "challenge": challenge}
        delivery = self.dispatcher.send("events_api", payload)
        await delivery.first.wait()
        body = delivery.attempts[0].body
        return challenge in (body, body.get("challenge") if isinstance(body, dict) else None)

    async def uninstall(self, place: Workspace | Enterprise | None = None) -> None:
        """Remove the app: its token dies, ``tokens_revoked`` and ``app_uninstalled`` follow."""
        place = place or self.workspace
        workspaces = self.world.workspaces_of(place.id)
        for one in workspaces:
            one.installed = False
            self.world.revoked_tokens.add(one.bot_token)
        tokens = {"oauth": [], "bot": [workspaces[0].bot_user_id]}
        for event in ({"type": "tokens_revoked", "tokens": tokens}, {"type": "app_uninstalled"}):
            self.emit(place.id, {**event, "event_ts": self.world.ids.ts()})

    async def revoke_tokens(self, workspace: Workspace | None = None) -> None:
        """Revoke the bot token; ``tokens_revoked`` follows."""
        workspace = workspace or self.workspace
        self.world.revoked_tokens.add(workspace.bot_token)
        tokens = {"oauth": [], "bot": [workspace.bot_user_id]}
        event = {"type": "tokens_revoked", "tokens": tokens, "event_ts": self.world.ids.ts()}
        self.emit(workspace.id, event)

    def find_user(self, user_id: str) -> User:
        """Give a person by id.

        Raises:
            ImpossibleInSlack: nobody has it.

        """
        if user_id not in self.world.users:
            raise ImpossibleInSlack(f"nobody has the id {user_id}")
        return self.world.users[user_id]


def _as_rich_text(text: str) -> Json:
    parts: list[Json] = []
    for piece in re.split(r"(<@[A-Z0-9]+>)", text):
        if piece.startswith("<@"):
            parts.append({"type": "user", "user_id": piece[2:-1]})
        elif piece:
            for char, escape in reversed(_ESCAPES.items()):
                piece = piece.replace(escape, char)
            parts.append({"type": "text", "text": piece})
    section = {"type": "rich_text_section", "elements": parts}
    return {"type": "rich_text", "elements": [section]}
