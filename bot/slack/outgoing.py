"""A message as the bytes that ``chat.postMessage`` gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.slack.detours import EPHEMERAL_TO
from bot.slack.replies import METADATA_TYPE, variants
from knowledge.store import Post
from knowledge.store.encoded import to_json


def first_body(post: Post) -> bytes:
    """Return the best variant of a message, as it is tried first where charts are taken."""
    return body_of(post, next(variants(post.payload)), metadata=True)


def body_of(post: Post, content: Mapping[str, Any], *, metadata: bool) -> bytes:
    """Return one variant of a message; with ``metadata`` it carries the answer's id.

    What is shown to one person alone carries none, and unfurls nothing anyway.
    """
    body: dict[str, Any] = {"channel": post.channel}
    if user := post.payload.get(EPHEMERAL_TO):
        body["user"] = user
    else:
        if post.thread is not None:
            body["thread_ts"] = post.thread
        body |= {"unfurl_links": False, "unfurl_media": False}
        if metadata:
            body["metadata"] = {
                "event_type": METADATA_TYPE,
                "event_payload": {"answer_id": post.id},
            }
    return to_json({**body, **content}).encode()
