"""One delivery, its attempts, and what came back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.fakeslack.records import Json

DeliveryKind = Literal["events_api", "slash_commands", "interactive"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended. ``reason`` is Slack's word for a failure, empty when it was acked."""

    reason: str = ""
    status: int | None = None
    body: Any = None
    no_retry: bool = False
    took_s: float = 0.0

    @property
    def acknowledged(self) -> bool:
        """Whether the app took it in time."""
        return not self.reason


@dataclass(slots=True)
class Delivery:
    """A payload for the app. ``attempts`` grows with each try; ``first`` resolves after one."""

    kind: DeliveryKind
    payload: Json
    created_s: float = field(default_factory=time.time)
    taken: Callable[[Outcome], None] | None = None
    """Called the moment an attempt is acknowledged, before anything that follows it is read."""
    attempts: list[Outcome] = field(default_factory=list)
    first: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def acknowledged(self) -> bool:
        """Whether any attempt was acknowledged."""
        return any(outcome.acknowledged for outcome in self.attempts)

    @property
    def event_type(self) -> str:
        """The event's type, the command's name or the interaction's type."""
        if "event" in self.payload:
            return str(self.payload["event"]["type"])
        return str(self.payload.get("command") or self.payload.get("type"))
