"""The table of Web API methods and what a method gets to work with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from bot.fakeslack.errors import ApiError
from bot.fakeslack.records import Channel, Json, Workspace
from bot.fakeslack.world import World

TokenKind = Literal["bot", "app", "none"]
Handler = Callable[["Context"], Json]


@dataclass(frozen=True, slots=True)
class Context:
    """One authorised call: the state, the workspace of the token, the arguments."""

    world: World
    workspace: Workspace
    args: Json
    method: str
    token: str = ""

    def text(self, name: str, default: str | None = None) -> str:
        """Give an argument as text.

        Raises:
            ApiError: ``invalid_arguments`` when it is missing and has no default.

        """
        value = self.args.get(name)
        if value is None or value == "":
            if default is None:
                raise ApiError.explained("invalid_arguments", [f"missing required field: {name}"])
            return default
        return str(value)

    def optional(self, name: str) -> str | None:
        """Give an argument as text, None when it is missing or empty."""
        value = self.args.get(name)
        return None if value is None or value == "" else str(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """Give an argument as true or false; forms send ``1``, ``0``, ``true``, ``false``."""
        value = self.args.get(name, default)
        return value if isinstance(value, bool) else str(value).lower() in ("1", "true")

    def number(self, name: str, default: int) -> int:
        """Give an argument as a whole number.

        Raises:
            ApiError: ``invalid_arguments`` when it is none.

        """
        try:
            return int(self.args.get(name) or default)
        except (TypeError, ValueError):
            raise ApiError.explained(
                "invalid_arguments", [f"must be an integer [json-pointer:/{name}]"]
            ) from None

    def structure(self, name: str, error: str = "invalid_arguments") -> Any:
        """Give an argument that is an object or list, also when a form sent it as JSON text.

        Raises:
            ApiError: with ``error`` when the text is not JSON.

        """
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except json.JSONDecodeError:
            raise ApiError(error) from None

    def channel(self, name: str = "channel") -> Channel:
        """Give the conversation that an argument names, as far as the bot can see it.

        Raises:
            ApiError: ``channel_not_found``, also for private ones that the bot is not in.

        """
        channel = self.world.channels.get(self.text(name))
        if channel is None or channel.team_id != self.workspace.id:
            raise ApiError("channel_not_found")
        if channel.kind != "public" and not self.inside(channel):
            raise ApiError("channel_not_found")
        return channel

    def inside(self, channel: Channel) -> bool:
        """Whether the bot is a member of a conversation."""
        return self.workspace.bot_user_id in channel.members

    def need_scope(self, scope: str) -> None:
        """Insist on a scope that depends on the arguments.

        Raises:
            ApiError: ``missing_scope`` with what is needed and what was granted.

        """
        need_scopes(self.workspace, [scope])


@dataclass(frozen=True, slots=True)
class Method:
    """A Web API method: its handler, the scopes it needs, the kind of token it takes."""

    handler: Handler
    scopes: tuple[str, ...]
    token: TokenKind


METHODS: dict[str, Method] = {}


def method(name: str, *scopes: str, token: TokenKind = "bot") -> Callable[[Handler], Handler]:
    """Register a handler under a method's name."""

    def register(handler: Handler) -> Handler:
        METHODS[name] = Method(handler, scopes, token)
        return handler

    return register


def need_scopes(workspace: Workspace, scopes: Iterable[str]) -> None:
    """Insist on scopes.

    Raises:
        ApiError: ``missing_scope`` with what is needed and what was granted.

    """
    missing = [scope for scope in scopes if scope not in workspace.scopes]
    if missing:
        raise ApiError(
            "missing_scope", needed=",".join(missing), provided=",".join(sorted(workspace.scopes))
        )


def page_of(
    items: list[Any], ctx: Context, default: int, most: int, given: int | None = None
) -> tuple[list[Any], Json]:
    """Cut one page out of a list by ``limit`` and ``cursor``; give it with its metadata.

    ``given`` is how many Slack gives at most, however many are asked for.
    """
    limit = ctx.number("limit", default)
    if not 1 <= limit <= most:
        raise ApiError("invalid_limit")
    limit = min(limit, given or limit)
    try:
        start = int(ctx.text("cursor", "0").removeprefix("at:"))
    except ValueError:
        raise ApiError("invalid_cursor") from None
    following = f"at:{start + limit}" if len(items) > start + limit else ""
    return items[start : start + limit], {"next_cursor": following}
