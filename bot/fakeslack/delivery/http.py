"""Deliveries to a Request URL, signed as Slack signs them."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.fakeslack.app import App
from bot.fakeslack.delivery.records import Delivery, Outcome


def signature(signing_secret: str, timestamp_s: int, body: bytes) -> str:
    """Sign a raw body: version ``v0``, HMAC-SHA256 over ``v0:timestamp:body``."""
    base = b"v0:%d:" % timestamp_s + body
    return "v0=" + hmac.new(signing_secret.encode(), base, hashlib.sha256).hexdigest()


def encoded(delivery: Delivery) -> tuple[bytes, str]:
    """Give the body and content type: events are JSON, commands and clicks are forms."""
    if delivery.kind == "events_api":
        return json.dumps(delivery.payload).encode(), "application/json"
    if delivery.kind == "slash_commands":
        form = delivery.payload
    else:
        form = {"payload": json.dumps(delivery.payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


async def deliver_over_http(
    session: aiohttp.ClientSession,
    app: App,
    delivery: Delivery,
    retry: tuple[int, str] | None,
    timeout_s: float,
) -> Outcome:
    """Try once; ``retry`` is the number and reason of a redelivery."""
    body, content_type = encoded(delivery)
    timestamp_s = int(time.time())
    headers = {
        "Content-Type": content_type,
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "X-Slack-Request-Timestamp": str(timestamp_s),
        "X-Slack-Signature": signature(app.signing_secret, timestamp_s, body),
    }
    if retry is not None:
        headers |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
    started_s = time.monotonic()
    try:
        timeout = aiohttp.ClientTimeout(total=timeout_s)
        async with session.post(
            app.request_url or "", data=body, headers=headers, timeout=timeout
        ) as response:
            raw = await response.read()
            return _outcome(response, raw, time.monotonic() - started_s)
    except TimeoutError:
        return Outcome("http_timeout", took_s=time.monotonic() - started_s)
    except aiohttp.TooManyRedirects:
        return Outcome("too_many_redirects")
    except aiohttp.ClientError:
        return Outcome("connection_failed", took_s=time.monotonic() - started_s)


def _outcome(response: aiohttp.ClientResponse, raw: bytes, took_s: float) -> Outcome:
    body: Any = raw.decode(errors="replace")
    if response.content_type == "application/json" and body:
        try:
            body = json.loads(body)
        except json.JSONDecodeError:
            return Outcome("http_error", response.status, body, took_s=took_s)
    no_retry = response.headers.get("X-Slack-No-Retry") == "1"
    reason = "" if 200 <= response.status < 300 else "http_error"
    return Outcome(reason, response.status, body, no_retry, took_s)
