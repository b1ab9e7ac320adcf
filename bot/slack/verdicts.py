"""What a refusal of Slack means for a message: try again, show less, give up, or stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
from slack_sdk.errors import SlackApiError

Step = Literal["retry", "simpler", "bare", "drop", "stop"]

BLOCKS_REFUSED = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"}
)
METADATA_REFUSED = frozenset(
    {
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "metadata_too_large",
        "metadata_must_be_sent_from_app",
    }
)
TOKEN_REFUSED = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
)
SLACK_BROKEN = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
RETRY_S = 2.0
MOST_WAIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """What to do after a refused or lost call.

    ``maybe_out``: the message may have been posted all the same. ``reason`` is for the log.
    ``exact``: Slack itself said how long to wait.
    """

    step: Step
    reason: str
    wait_s: float = RETRY_S
    maybe_out: bool = False
    exact: bool = False


def of_api(error: SlackApiError, attempts: int) -> Refusal:
    """Judge an answer of the Web API that is not ``ok``."""
    response = error.response
    status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    headers = getattr(response, "headers", None) or {}
    data = getattr(response, "data", None)
    return of_reply(status, headers, data if isinstance(data, dict) else {}, attempts)


def of_reply(
    status: int, headers: Mapping[str, str], data: Mapping[str, Any], attempts: int
) -> Refusal:
    """Judge an answer of the Web API by its parts."""
    code = str(data.get("error", ""))
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return _ratelimited(headers.get("Retry-After"))
    if code in BLOCKS_REFUSED:
        return Refusal("simpler", code)
    if code in METADATA_REFUSED:
        return Refusal("bare", code)
    if code in TOKEN_REFUSED:
        return Refusal("stop", code)
    if code and code not in SLACK_BROKEN:
        return Refusal("drop", code)
    return Refusal("retry", code or f"http {status}", backoff_s(attempts), maybe_out=True)


def of_webhook(status: int, body: str, retry_after: str | None, attempts: int) -> Refusal | None:
    """Judge the answer of a ``response_url``; None when it was taken."""
    if status == 200:
        return None
    if status == 429:
        return _ratelimited(retry_after)
    reason = body.strip()[:80] or f"http {status}"
    if any(code in body for code in BLOCKS_REFUSED) or "no_text" in body:
        return Refusal("simpler", reason)
    if status < 500:
        return Refusal("drop", reason)
    return Refusal("retry", reason, backoff_s(attempts), maybe_out=True)


def of_network(error: Exception, attempts: int) -> Refusal:
    """Judge a call that got no answer: only one that never connected is surely not out."""
    never = isinstance(error, aiohttp.ClientConnectorError)
    return Refusal("retry", type(error).__name__, backoff_s(attempts), maybe_out=not never)


def _ratelimited(retry_after: str | None) -> Refusal:
    return Refusal("retry", "ratelimited", wait_s=retry_after_s(retry_after), exact=True)


def backoff_s(attempts: int) -> float:
    """Return 2 s, doubled with each attempt, at most five minutes."""
    return min(MOST_WAIT_S, RETRY_S * 2.0 ** max(0, min(attempts, 10) - 1))


def retry_after_s(header: str | None) -> float:
    """Return the seconds of a ``Retry-After`` header, 1 to 3,600; 30 when it cannot be read."""
    try:
        return min(3_600.0, max(1.0, float(header or "")))
    except ValueError:
        return 30.0
