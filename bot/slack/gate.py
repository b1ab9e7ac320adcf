"""The gate before Bolt: messages are acknowledged here, after a signature and a look.

An app that may read a channel's history hears everything that is said there, its own answers too.
Each of these would go through all of Bolt's middleware and listeners; what asks something is handed
to the listener's own function. A mention mostly comes twice at the same moment, as such and as a
message: one of the two is recorded, and the other waits for it. All else goes to Bolt.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog
from slack_bolt.adapter.starlette.async_handler import (
    to_async_bolt_request,
    to_starlette_response,
)
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from bot.slack.asked import message_keys, workspace_of
from bot.slack.desk import Desk
from bot.slack.events import mention, message
from bot.slack.events.message import asks_nothing
from bot.slack.workspaces import NotInstalled
from knowledge.store.errors import StoreError

TIMESTAMP = "x-slack-request-timestamp"
SIGNATURE = "x-slack-signature"
TIMESTAMP_FORM = re.compile(r"[0-9]{1,12}")
HEAR: dict[str, Callable[[Mapping[str, Any], Desk], Awaitable[None]]] = {
    mention.EVENT: mention.hear,
    message.EVENT: message.hear,
}
log = structlog.get_logger(__name__)


class Gate:
    """Takes deliveries over HTTP: messages itself, all else through Bolt, which checks it again."""

    def __init__(self, desk: Desk, app: AsyncApp, signing_secret: str) -> None:
        self._desk = desk
        self._app = app
        self._verifier = SignatureVerifier(signing_secret)
        self._under_way: dict[tuple[str, str], asyncio.Event] = {}

    async def answer(self, request: Request, body: bytes) -> Response:
        """Return the response to one delivery."""
        if not _well_formed(request.headers):
            return Response(status_code=401)
        try:
            parsed = _event(body) if self._signed(body, request.headers) else {}
            if self._asks_nothing(parsed):
                return Response()
        except UnicodeDecodeError:
            return Response(status_code=400)
        key = _message(parsed)
        if key is None:
            return await self._by_bolt(request, body)
        async with self._turn(key) as recorded:
            if recorded:
                return Response()
            return await self._heard(parsed) or await self._by_bolt(request, body)

    async def _by_bolt(self, request: Request, body: bytes) -> Response:
        try:
            asked = to_async_bolt_request(request, body)
        except UnicodeDecodeError:
            return Response(status_code=400)
        return to_starlette_response(await self._app.async_dispatch(asked))

    async def _heard(self, body: Mapping[str, Any]) -> Response | None:
        """Record a message; None where Bolt has the words for it: nobody's, or one's own."""
        kind, user = body["event"]["type"], body["event"].get("user")
        try:
            if user == self._desk.identity_of(workspace_of(body)).bot_user_id:
                return None
            await HEAR[kind](body, self._desk)
        except NotInstalled:
            return None
        except StoreError as error:
            log.error("not_recorded", kind=kind, reason=str(error))
            return Response(status_code=500)
        return Response()

    @asynccontextmanager
    async def _turn(self, key: tuple[str, str]) -> AsyncIterator[bool]:
        """Wait while another delivery of the message is under way; then tell if it was recorded."""
        recorded = False
        while (other := self._under_way.get(key)) is not None:
            await other.wait()
            recorded = self._desk.is_repeat(key[0], [key[1]])
        if recorded:
            yield True
            return
        mine = self._under_way[key] = asyncio.Event()
        try:
            yield False
        finally:
            del self._under_way[key]
            mine.set()

    def _asks_nothing(self, body: dict[str, Any]) -> bool:
        try:
            return asks_nothing(body, self._desk)
        except NotInstalled:
            # Bolt's authorisation has the words for it.
            return False

    def _signed(self, body: bytes, headers: Headers) -> bool:
        timestamp, signature = headers.get(TIMESTAMP), headers.get(SIGNATURE)
        return self._verifier.is_valid(body, timestamp, signature)


def _well_formed(headers: Headers) -> bool:
    """Return whether the signature, where there is one, can be looked at: Bolt fails on others."""
    timestamp, signature = headers.get(TIMESTAMP, "0"), headers.get(SIGNATURE, "")
    return bool(TIMESTAMP_FORM.fullmatch(timestamp)) and signature.isascii()


def _event(body: bytes) -> dict[str, Any]:
    """Return an event's payload; empty for commands and clicks, which come as forms."""
    if not body.startswith(b"{"):
        return {}
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _message(body: dict[str, Any]) -> tuple[str, str] | None:
    """Return the workspace of a message and its dedupe key; None for what is no message."""
    event = body.get("event") if body.get("type") == "event_callback" else None
    if not isinstance(event, dict) or event.get("type") not in HEAR:
        return None
    try:
        return workspace_of(body), message_keys({}, event["channel"], event["ts"])[0]
    except (KeyError, IndexError, AttributeError, TypeError):
        # Bolt has the words for it.
        return None
