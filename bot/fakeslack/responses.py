"""What the app answers outside the Web API: in an acknowledgement or to a ``response_url``."""

from __future__ import annotations

import time

from bot.fakeslack.errors import ApiError
from bot.fakeslack.limits import check_blocks
from bot.fakeslack.limits.message import MOST_TEXT
from bot.fakeslack.methods.events import message_event
from bot.fakeslack.records import Json, Message
from bot.fakeslack.world import ResponseUrl, World

_KNOWN = frozenset(
    {
        "response_type",
        "text",
        "blocks",
        "attachments",
        "replace_original",
        "delete_original",
        "thread_ts",
        "mrkdwn",
        "unfurl_links",
        "unfurl_media",
        "metadata",
    }
)


def spend(world: World, key: str) -> ResponseUrl:
    """Use a ``response_url`` once.

    Raises:
        ApiError: ``used_url`` after five uses, ``expired_url`` after half an hour.

    """
    url = world.response_urls.get(key)
    if url is None or url.uses_left <= 0:
        raise ApiError("used_url")
    if time.monotonic() > url.expires_at_s:
        raise ApiError("expired_url")
    url.uses_left -= 1
    return url


def respond(world: World, url: ResponseUrl, body: Json, via: str) -> Message | None:
    """Post, replace or delete what a response asks for; give the message as it is now.

    Raises:
        ApiError: ``no_text``, ``invalid_blocks`` and its kin, ``invalid_payload``.

    """
    if not _KNOWN.issuperset(body):
        raise ApiError("invalid_payload")
    original = _original(world, url)
    if body.get("delete_original") and original is not None:
        original.deleted = True
        return original
    if body.get("replace_original") and original is not None:
        _fill(world, original, body)
        original.edited_ts = world.ids.ts()
        world.name_blocks(original.blocks)
        world.note_pings(original, via)
        return original
    return _post(world, url, body, via)


def _original(world: World, url: ResponseUrl) -> Message | None:
    for message in [*world.posted, *world.ephemeral]:
        if message.ts == url.message_ts and not message.deleted:
            return message
    return None


def _fill(world: World, message: Message, body: Json) -> None:
    blocks = body.get("blocks")
    message.blocks = [] if blocks is None else check_blocks(blocks, world.refused_blocks)
    message.attachments = body.get("attachments") or []
    message.text = str(body.get("text") or "")[:MOST_TEXT]
    if not (message.text.strip() or message.blocks or message.attachments):
        raise ApiError("no_text")


def _post(world: World, url: ResponseUrl, body: Json, via: str) -> Message:
    channel = world.channels[url.channel_id]
    workspace = world.workspaces[channel.team_id]
    kind = body.get("response_type", "ephemeral")
    if kind not in ("ephemeral", "in_channel"):
        raise ApiError("invalid_payload")
    message = Message(
        ts=world.ids.ts(),
        channel_id=channel.id,
        team_id=workspace.id,
        user_id=workspace.bot_user_id,
        bot_id=workspace.bot_id,
        app_id=world.app.id,
        thread_ts=body.get("thread_ts"),
        ephemeral_to=url.user_id if kind == "ephemeral" else None,
    )
    _fill(world, message, body)
    world.store(message)
    world.note_pings(message, via)
    if message.ephemeral_to is None:
        world.emit(workspace.id, message_event(world, message), channel)
    return message
