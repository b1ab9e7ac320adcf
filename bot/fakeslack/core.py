"""The base of the fake Slack: its state, its deliveries, and which events the app gets."""

from __future__ import annotations

import base64
import json
import time
from typing import TypedDict

from bot.fakeslack.app import DEFAULT_EVENTS, DEFAULT_SCOPES, App, Timing
from bot.fakeslack.delivery.dispatcher import Dispatcher
from bot.fakeslack.delivery.records import Delivery
from bot.fakeslack.faults import Faults, PostingLimit
from bot.fakeslack.ids import Ids, secret
from bot.fakeslack.limits.blocks import NEWER_BLOCKS, Profile
from bot.fakeslack.manifest import apply_manifest
from bot.fakeslack.records import Call, Channel, Json, Workspace, copied
from bot.fakeslack.world import World


class Options(TypedDict, total=False):
    """What ``Core`` and ``FakeSlack`` may be told; see ``Core``."""

    request_url: str | None
    events: frozenset[str]
    scopes: frozenset[str]
    commands: dict[str, bool] | None
    profile: Profile
    timing: Timing | None
    time_scale: float
    manifest: Json | None


class Core:
    """State and deliveries, shared by the people's side, the inspection and the server."""

    def __init__(
        self,
        *,
        request_url: str | None = None,
        events: frozenset[str] = DEFAULT_EVENTS,
        scopes: frozenset[str] = DEFAULT_SCOPES,
        commands: dict[str, bool] | None = None,
        profile: Profile = "full",
        timing: Timing | None = None,
        time_scale: float = 1.0,
        manifest: Json | None = None,
    ) -> None:
        """Set up one workspace, the app in it, a person and a channel that both are in.

        Args:
            request_url: where events go over HTTP; None means Socket Mode. May be set later.
            events: what the app subscribes to, as in its manifest (``message.im``, …).
            scopes: the bot token's scopes.
            commands: slash command to ``should_escape``; ``/vram`` unescaped when left out.
            profile: ``plain`` refuses the newer blocks (table, container, markdown, …).
            timing: Slack's waits; its own when left out.
            time_scale: factor on the long waits, so that redelivery can be tested.
            manifest: an app manifest that sets name, scopes, events, commands and shortcuts.

        """
        ids = Ids()
        app = App(
            id=ids.new("A"),
            client_id=f"{time.time_ns()}.{time.time_ns()}",
            client_secret=secret(),
            signing_secret=secret(),
            verification_token=secret(12),
            app_token=f"xapp-1-{secret()}",
            scopes=scopes,
            events=events,
            request_url=request_url,
        )
        if commands is not None:
            app.commands = commands
        if manifest is not None:
            apply_manifest(app, manifest)
        waits = (timing or Timing()).scaled(time_scale)
        refused = NEWER_BLOCKS if profile == "plain" else frozenset()
        self.world = World(app, waits, refused, ids, self.emit)
        self.dispatcher = Dispatcher(self.world)
        self.faults = Faults()
        self.posting_limit: PostingLimit | None = None
        self.history_limit: PostingLimit | None = None
        self.calls: list[Call] = []
        self.workspace: Workspace = self.world.add_workspace("lab")
        self.user = self.world.add_user(self.workspace.id, "mei")
        members = {self.user.id, self.workspace.bot_user_id}
        self.channel = self.world.add_channel(self.workspace.id, "general", "public", members)

    @property
    def app(self) -> App:
        """The app under test."""
        return self.world.app

    @property
    def request_url(self) -> str | None:
        """Where HTTP deliveries go; None means Socket Mode."""
        return self.world.app.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.world.app.request_url = url

    @property
    def deliveries(self) -> list[Delivery]:
        """Everything that was sent to the app, oldest first."""
        return self.dispatcher.deliveries

    def limit_posting(self, posts_per_s: float = 1.0, burst: int = 1) -> None:
        """Answer 429 to ``chat.postMessage`` above a rate per channel, as Slack does."""
        self.posting_limit = PostingLimit(posts_per_s, burst)

    def limit_history(self, calls_per_s: float = 1 / 60, objects: int = 15) -> None:
        """Give an app what one that is sold outside of the Marketplace gets of histories."""
        self.history_limit = PostingLimit(calls_per_s, 1)
        self.world.most_history = objects

    def emit(self, team_id: str, event: Json, channel: Channel | None = None) -> None:
        """Deliver an event, and the mention that it is, if the app asked for them."""
        if self._wanted(team_id, event, channel):
            self.deliver_event(team_id, event, channel)
        if self._is_mention(team_id, event, channel):
            twin = {key: value for key, value in event.items() if key != "channel_type"}
            twin = twin | {"type": "app_mention"}
            twin.pop("subtype", None)
            if self._wanted(team_id, twin, channel):
                self.deliver_event(team_id, twin, channel)

    def deliver_event(self, team_id: str, event: Json, channel: Channel | None = None) -> Delivery:
        """Deliver an event whether or not the app subscribed to it."""
        workspace = self.world.workspaces_of(team_id)[0]
        enterprise_id = workspace.enterprise_id
        context = {"tid": team_id, "aid": self.app.id, "cid": channel.id if channel else None}
        payload = {
            "token": self.app.verification_token,
            "team_id": team_id,
            "context_team_id": team_id,
            "enterprise_id": enterprise_id,
            "context_enterprise_id": enterprise_id,
            "api_app_id": self.app.id,
            "event": copied(event),
            "type": "event_callback",
            "event_id": self.world.ids.new("Ev"),
            "event_time": int(time.time()),
            "authorizations": [
                {
                    "enterprise_id": enterprise_id,
                    "team_id": None if workspace.org_wide else team_id,
                    "user_id": workspace.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": workspace.org_wide,
                }
            ],
            "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
            "event_context": "4-" + base64.b64encode(json.dumps(context).encode()).decode(),
        }
        return self.dispatcher.send("events_api", payload)

    def _wanted(self, team_id: str, event: Json, channel: Channel | None) -> bool:
        workspace = self.world.workspaces_of(team_id)[0]
        kind = event["type"]
        if kind in ("message", "app_mention") and (
            channel is None or workspace.bot_user_id not in channel.members
        ):
            return False
        if kind == "message" and channel is not None:
            family = channel.scope_family
            return (
                f"message.{family}" in self.app.events and f"{family}:history" in workspace.scopes
            )
        if kind == "app_mention":
            return "app_mention" in self.app.events and "app_mentions:read" in workspace.scopes
        return kind in self.app.events

    def _is_mention(self, team_id: str, event: Json, channel: Channel | None) -> bool:
        bot_user_id = self.world.workspaces_of(team_id)[0].bot_user_id
        return (
            event["type"] == "message"
            and event.get("subtype") in (None, "bot_message", "thread_broadcast", "file_share")
            and event.get("user") != bot_user_id
            and channel is not None
            and channel.kind != "im"
            and f"<@{bot_user_id}>" in event.get("text", "")
        )
