"""The gate of signed HTTP: a signature and a look, and only what is no message goes on to Bolt.

Nothing is parsed of what Slack did not sign, and no body is waited for without an end.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterable, Sequence

import structlog
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.slack.app import UNREADABLE
from bot.slack.hearing import Hearing

TIMESTAMP = b"x-slack-request-timestamp"
SIGNATURE = b"x-slack-signature"
TIMESTAMP_FORM = re.compile(rb"[0-9]{1,12}")
LATE_S = 300
"""How far a delivery's moment may be from now, as Slack advises against replays."""
BODY_S = 10.0
"""How long a body may take to arrive; Slack itself waits three seconds for the whole answer."""
RawHeaders = Iterable[tuple[bytes, bytes]]
log = structlog.get_logger(__name__)


class Gate:
    """Takes deliveries over HTTP: messages itself, all else through Bolt, which checks it again."""

    def __init__(self, hearing: Hearing, app: AsyncApp, signing_secret: str) -> None:
        self._hearing = hearing
        self._app = app
        self._key = signing_secret.encode()

    async def delivered(self, request: web.Request) -> web.Response:
        """Answer a delivery: 401 for what Slack did not sign, 400 for what cannot be read.

        A body that does not arrive in time is refused with 408, one that is larger than the
        application allows with 413.
        """
        if _claim(request.raw_headers) is None:
            return web.Response(status=401)
        try:
            async with asyncio.timeout(BODY_S):
                body = await request.read()
        except TimeoutError:
            return web.Response(status=408)
        except (web.RequestPayloadError, BadHttpMessage):
            return web.Response(status=400)
        try:
            status = await self.status(request.raw_headers, body)
            if status is None:
                return await self._by_bolt(request, body)
        except UNREADABLE as error:
            log.error("delivery_unreadable", exc_info=error)
            status = 400
        return web.Response(status=status)

    async def status(self, headers: RawHeaders, body: bytes) -> int | None:
        """Return the status that answers a delivery, None where Bolt has to.

        Raises one of ``UNREADABLE`` at what Slack signed and cannot be read.
        """
        claim = _claim(headers)
        if claim is None or not self._signed(*claim, body):
            return 401
        if not body.startswith(b"{"):
            return None
        taken = await self._hearing.take(json.loads(body))
        return None if taken is None else 200 if taken else 500

    async def _by_bolt(self, request: web.Request, body: bytes) -> web.Response:
        """Return Bolt's response to a delivery that Slack signed; raises as ``status`` does."""
        told = request.headers
        headers: dict[str, str | Sequence[str]] = {name: told.getall(name) for name in told}
        asked = AsyncBoltRequest(body=body.decode(), query=request.query_string, headers=headers)
        return await to_aiohttp_response(await self._app.async_dispatch(asked))

    def _signed(self, timestamp: bytes, signature: bytes, body: bytes) -> bool:
        """Return whether Slack signed this just now (docs.slack.dev, verifying requests)."""
        if abs(time.time() - int(timestamp)) > LATE_S:
            return False
        digest = hmac.digest(self._key, b"v0:%b:%b" % (timestamp, body), hashlib.sha256)
        return hmac.compare_digest(b"v0=" + digest.hex().encode(), signature)


def _claim(headers: RawHeaders) -> tuple[bytes, bytes] | None:
    """Return the moment and the signature that a delivery claims; None where one is missing."""
    found = {name.lower(): value for name, value in headers}
    timestamp, signature = found.get(TIMESTAMP, b""), found.get(SIGNATURE)
    return (timestamp, signature) if signature and TIMESTAMP_FORM.fullmatch(timestamp) else None
