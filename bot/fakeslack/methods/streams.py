"""``chat.startStream``, ``appendStream``, ``stopStream``: a message that grows."""

from __future__ import annotations

from typing import Any

from bot.fakeslack.errors import ApiError
from bot.fakeslack.limits import check_blocks, check_metadata
from bot.fakeslack.limits.message import MOST_MARKDOWN_TEXT
from bot.fakeslack.methods.chat import destination, new_message, own_message
from bot.fakeslack.methods.events import message_event
from bot.fakeslack.methods.registry import Context, method
from bot.fakeslack.records import Json, Message


def _grow(ctx: Context, message: Message) -> None:
    text = ctx.text("markdown_text", "")
    for chunk in ctx.structure("chunks", "invalid_chunks") or []:
        text += _chunk(ctx, message, chunk)
    if len(text) > MOST_MARKDOWN_TEXT:
        raise ApiError("msg_too_long")
    message.text += text


def _chunk(ctx: Context, message: Message, chunk: Any) -> str:
    kind = chunk.get("type") if isinstance(chunk, dict) else None
    if kind == "markdown_text":
        return str(chunk.get("text", ""))
    if kind == "blocks":
        blocks = check_blocks(chunk.get("blocks"), ctx.world.refused_blocks)
        message.blocks = check_blocks([*message.blocks, *blocks], ctx.world.refused_blocks)
        return ""
    if kind in ("task_update", "plan_update"):
        return ""
    raise ApiError("invalid_chunks")


@method("chat.startStream", "chat:write")
def start(ctx: Context) -> Json:
    """Begin a streaming message in a thread; in channels for one recipient."""
    ctx.text("thread_ts")
    channel = destination(ctx)
    if channel.kind != "im":
        for name in ("recipient_team_id", "recipient_user_id"):
            if ctx.optional(name) is None:
                raise ApiError(f"missing_{name}")
    message = new_message(ctx, channel)
    message.streaming = True
    _grow(ctx, message)
    ctx.world.store(message)
    return {"channel": channel.id, "ts": message.ts}


def _streaming(ctx: Context) -> Message:
    message = own_message(ctx, "message_not_owned_by_app")
    if not message.streaming:
        raise ApiError("message_not_in_streaming_state")
    return message


@method("chat.appendStream", "chat:write")
def append(ctx: Context) -> Json:
    """Add to a streaming message."""
    message = _streaming(ctx)
    if not ctx.optional("markdown_text") and not ctx.args.get("chunks"):
        raise ApiError("no_text")
    _grow(ctx, message)
    return {"channel": message.channel_id, "ts": message.ts}


@method("chat.stopStream", "chat:write")
def stop(ctx: Context) -> Json:
    """Finish a streaming message, with blocks under its text if there are any."""
    message = _streaming(ctx)
    _grow(ctx, message)
    if ctx.args.get("blocks") is not None:
        blocks = ctx.structure("blocks", "invalid_blocks_format")
        message.blocks = check_blocks([*message.blocks, *blocks], ctx.world.refused_blocks)
        ctx.world.name_blocks(message.blocks)
    message.metadata = check_metadata(ctx.structure("metadata", "invalid_metadata_format"))
    message.streaming = False
    ctx.world.note_pings(message, ctx.method)
    channel = ctx.world.channels[message.channel_id]
    ctx.world.emit(ctx.workspace.id, message_event(ctx.world, message), channel)
    return {
        "channel": channel.id,
        "ts": message.ts,
        "message": message.as_json(with_metadata=True),
    }
