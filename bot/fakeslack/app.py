"""The app under test: its credentials, what it may do and hear, and Slack's waits for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

DEFAULT_SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "mpim:read",
        "reactions:write",
        "team:read",
        "usergroups:read",
        "users:read",
    }
)
DEFAULT_EVENTS = frozenset(
    {
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "member_joined_channel",
        "message.channels",
        "message.groups",
        "message.im",
        "message.mpim",
        "tokens_revoked",
    }
)


@dataclass(frozen=True, slots=True)
class Timing:
    """Slack's waits, in seconds. Tests shorten them; the defaults are Slack's own.

    ``retry_delays_s`` are the waits before the first, second and third redelivery of an event.
    """

    ack_timeout_s: float = 3.0
    retry_delays_s: tuple[float, ...] = (0.0, 60.0, 300.0)
    trigger_lifetime_s: float = 3.0
    response_url_lifetime_s: float = 1800.0
    response_url_uses: int = 5

    def scaled(self, factor: float) -> Timing:
        """Scale the long waits (redeliveries, ``response_url``); 3 s limits keep their length."""
        return Timing(
            self.ack_timeout_s,
            tuple(delay_s * factor for delay_s in self.retry_delays_s),
            self.trigger_lifetime_s,
            self.response_url_lifetime_s * factor,
            self.response_url_uses,
        )


@dataclass(frozen=True, slots=True)
class Shortcut:
    """An entry of the shortcuts menu, for anywhere or for a message."""

    callback_id: str
    name: str
    kind: Literal["global", "message"]


@dataclass(slots=True)
class App:
    """The one app under test: its credentials, what it may do and what it asked to hear."""

    id: str
    client_id: str
    client_secret: str
    signing_secret: str
    verification_token: str
    app_token: str
    name: str = "vrambot"
    scopes: frozenset[str] = DEFAULT_SCOPES
    events: frozenset[str] = DEFAULT_EVENTS
    commands: dict[str, bool] = field(default_factory=lambda: {"/vram": False})
    """Slash command to its ``should_escape`` setting."""
    shortcuts: list[Shortcut] = field(default_factory=list)
    request_url: str | None = None
    """Where HTTP deliveries go; None means Socket Mode."""
    redirect_urls: list[str] = field(default_factory=list)
    """Where an install may send the browser; anywhere when there are none."""
    rotates_tokens: bool = False
    """Whether installs give tokens that expire, with a refresh token."""
