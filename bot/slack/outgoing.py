"""A message as the bytes that ``chat.postMessage`` gets, and as the text that the outbox keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.rendering.budgets import MOST_BLOCKS, MOST_CLASSIC_CHARACTERS
from bot.slack.detours import EPHEMERAL_TO
from bot.slack.replies import METADATA_TYPE, TEXT_BESIDE_BLOCKS, variants
from knowledge.store import Post
from knowledge.store.encoded import Encoded, to_json


def written(post: Post) -> tuple[Encoded, bytes]:
    """Return a message as the outbox keeps it, and its best variant as it is sent.

    Both hold the blocks, which are most of it: they are written once. Blocks whose JSON is no
    longer than the text in them may be are surely within the budgets; only others are counted.
    """
    payload = dict(post.payload)
    blocks, text = payload.pop("blocks"), payload["text"]
    inner = to_json(blocks)
    kept = Encoded(_with(payload, "blocks", inner))
    small = len(blocks) <= MOST_BLOCKS and len(inner) <= MOST_CLASSIC_CHARACTERS
    if blocks and text and small and len(text) <= TEXT_BESIDE_BLOCKS:
        envelope = _envelope(post, metadata=True)
        return kept, _with({**envelope, "text": text}, "blocks", inner).encode()
    return kept, body_of(post, next(variants(post.payload)), metadata=True)


def body_of(post: Post, content: Mapping[str, Any], *, metadata: bool) -> bytes:
    """Return one variant of a message; with ``metadata`` it carries the answer's id."""
    return to_json({**_envelope(post, metadata=metadata), **content}).encode()


def _envelope(post: Post, *, metadata: bool) -> dict[str, Any]:
    """Return all but the content; what is shown to one person alone unfurls nothing anyway."""
    if user := post.payload.get(EPHEMERAL_TO):
        return {"channel": post.channel, "user": user}
    thread = {} if post.thread is None else {"thread_ts": post.thread}
    found = {"channel": post.channel, **thread, "unfurl_links": False, "unfurl_media": False}
    if metadata:
        event = {"event_type": METADATA_TYPE, "event_payload": {"answer_id": post.id}}
        found["metadata"] = event
    return found


def _with(members: Mapping[str, Any], name: str, value: str) -> str:
    """Return an object that is not empty as JSON, with one member more that is JSON already."""
    return f'{to_json(members)[:-1]}, "{name}": {value}}}'
