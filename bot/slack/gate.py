"""The gate of signed HTTP: a signature and a look, and only what is no message goes on to Bolt."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterable, Sequence
from typing import Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.slack.hearing import Hearing

TIMESTAMP = b"x-slack-request-timestamp"
SIGNATURE = b"x-slack-signature"
TIMESTAMP_FORM = re.compile(rb"[0-9]{1,12}")
LATE_S = 300
"""How far a delivery's moment may be from now, as Slack advises against replays."""
RawHeaders = Iterable[tuple[bytes, bytes]]


class Gate:
    """Takes deliveries over HTTP: messages itself, all else through Bolt, which checks it again."""

    def __init__(self, hearing: Hearing, app: AsyncApp, signing_secret: str) -> None:
        self._hearing = hearing
        self._app = app
        self._key = signing_secret.encode()

    async def delivered(self, request: web.Request) -> web.Response:
        """Answer a delivery; one that is larger than the application allows is refused with 413."""
        body = await request.read()
        status = await self.status(request.raw_headers, body)
        return await self._by_bolt(request, body) if status is None else web.Response(status=status)

    async def status(self, headers: RawHeaders, body: bytes) -> int | None:
        """Return the status that answers a delivery, None where Bolt has to."""
        found = {name.lower(): value for name, value in headers}
        timestamp, signature = found.get(TIMESTAMP), found.get(SIGNATURE)
        if not _well_formed(timestamp, signature):
            return 401
        if timestamp is None or signature is None or not body.startswith(b"{"):
            return None
        if not self._signed(timestamp, signature, body):
            return None
        parsed = _event(body)
        taken = None if parsed is None else await self._hearing.take(parsed)
        return None if taken is None else 200 if taken else 500

    async def _by_bolt(self, request: web.Request, body: bytes) -> web.Response:
        """Return Bolt's response to a delivery."""
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return web.Response(status=400)
        told = request.headers
        headers: dict[str, str | Sequence[str]] = {name: told.getall(name) for name in told}
        asked = AsyncBoltRequest(body=text, query=request.query_string, headers=headers)
        return await to_aiohttp_response(await self._app.async_dispatch(asked))

    def _signed(self, timestamp: bytes, signature: bytes, body: bytes) -> bool:
        """Return whether Slack signed this just now (docs.slack.dev, verifying requests)."""
        if abs(time.time() - int(timestamp)) > LATE_S:
            return False
        digest = hmac.digest(self._key, b"v0:%b:%b" % (timestamp, body), hashlib.sha256)
        return hmac.compare_digest(b"v0=" + digest.hex().encode(), signature)


def _well_formed(timestamp: bytes | None, signature: bytes | None) -> bool:
    """Return whether the signature, where there is one, can be looked at: Bolt fails on others."""
    return (timestamp is None or bool(TIMESTAMP_FORM.fullmatch(timestamp))) and (
        signature is None or signature.isascii()
    )


def _event(body: bytes) -> dict[str, Any] | None:
    """Return an event's payload; None for what is none, which is for Bolt to say."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None
