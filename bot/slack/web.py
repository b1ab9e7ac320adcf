"""One call of the Web API with a body that is written already.

The same as ``slack_sdk`` does of it, for the one call of every answer: that client reads the body's
parts, makes its headers anew and wraps what comes back, which takes it longer than the rest.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.internal_utils import get_user_agent
from yarl import URL

TAKEN = re.compile(rb'\{"ok": ?true, ?"channel": ?"(\w+)", ?"ts": ?"([0-9.]+)", ?"message":')
"""How Slack's answer to ``chat.postMessage`` begins; any other beginning is read as JSON."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What Slack answered; ``data`` is empty where it was no JSON object."""

    status: int
    headers: Mapping[str, str]
    data: Mapping[str, Any]

    @property
    def ok(self) -> bool:
        """Whether the call worked."""
        return self.status == 200 and bool(self.data.get("ok"))


async def call(
    session: aiohttp.ClientSession, client: AsyncWebClient, method: str, body: bytes
) -> Reply:
    """Post a JSON body with a workspace's token; raises what ``aiohttp`` raises.

    The address, the token and the proxy are those of the workspace's own client.
    """
    headers = {"Authorization": f"Bearer {client.token}", **_headers()}
    url = _address(client.base_url, method)
    async with session.post(url, data=body, headers=headers, proxy=client.proxy) as answer:
        raw = await answer.read()
    return Reply(answer.status, answer.headers, _object(raw))


@lru_cache(maxsize=1)
def _headers() -> Mapping[str, str]:
    return {
        "Content-Type": "application/json;charset=utf-8",
        "User-Agent": str(get_user_agent()),
    }


@lru_cache(maxsize=8)
def _address(base_url: str, method: str) -> URL:
    return URL(base_url + method)


def _object(raw: bytes) -> Mapping[str, Any]:
    """Read a reply; of a message that was taken no more than where it is: the rest is an echo."""
    if (taken := TAKEN.match(raw)) is not None:
        return {"ok": True, "channel": taken[1].decode(), "ts": taken[2].decode()}
    try:
        data = json.loads(raw)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
