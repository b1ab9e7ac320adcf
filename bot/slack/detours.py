"""Other ways to whoever asked, for a message that cannot go where it was meant to.

A follow-up in a channel that is gone, archived or without the bot is shown to its asker alone. A
private one whose ``response_url`` has lapsed or is used up is shown in the channel to its asker
alone, or else in the direct message with them; never to anybody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bot.slack.asked import Asked
from knowledge.store import Post

OTHERWISE = "otherwise"
EPHEMERAL_TO = "ephemeral_to"


def otherwise(asked: Asked) -> dict[str, Any]:
    """Return what a message carries to find its asker by; empty where there is no other way."""
    if asked.response_url is None:
        return {OTHERWISE: {"response_url": asked.url}} if asked.url else {}
    return {OTHERWISE: {"user": asked.user}} if asked.private else {}


def detours(post: Post) -> Iterator[Post]:
    """Yield the other ways to send a message, in the order in which they are tried."""
    ways = post.payload.get(OTHERWISE) or {}
    post = replace(post, body=None)  # what was written is for the way that failed
    content = {
        name: value
        for name, value in post.payload.items()
        if name not in (OTHERWISE, "response_url", "response_type")
    }
    if url := ways.get("response_url"):
        yield replace(
            post,
            payload={**content, "response_url": url, "response_type": "ephemeral"},
        )
    if user := ways.get("user"):
        yield replace(post, payload={**content, EPHEMERAL_TO: user})
        yield replace(post, payload=content, channel=user, thread=None)
