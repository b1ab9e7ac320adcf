"""``chat.*`` except streams: posting, changing, deleting, permalinks."""

from __future__ import annotations

from bot.fakeslack.errors import ApiError
from bot.fakeslack.limits import check_blocks, check_metadata
from bot.fakeslack.limits.message import MOST_MARKDOWN_TEXT, MOST_TEXT, MOST_UPDATE_TEXT
from bot.fakeslack.methods.events import changed_event, deleted_event, message_event
from bot.fakeslack.methods.registry import Context, method
from bot.fakeslack.records import Channel, Json, Message


def content(ctx: Context, message: Message) -> Message:
    """Fill a message with the text, blocks, attachments and metadata of a call, checked.

    Raises:
        ApiError: ``no_text``, ``invalid_blocks`` and its kin, ``markdown_text_conflict``.

    """
    markdown_text = ctx.optional("markdown_text")
    if markdown_text is not None:
        if "text" in ctx.args or "blocks" in ctx.args:
            raise ApiError("markdown_text_conflict")
        if len(markdown_text) > MOST_MARKDOWN_TEXT:
            raise ApiError("msg_too_long")
    if ctx.args.get("blocks") is not None:
        blocks = ctx.structure("blocks", "invalid_blocks_format")
        message.blocks = check_blocks(blocks, ctx.world.refused_blocks)
    if ctx.args.get("attachments") is not None:
        message.attachments = ctx.structure("attachments", "invalid_attachments") or []
    text = markdown_text if markdown_text is not None else ctx.args.get("text")
    if text is not None:
        message.text = str(text)[:MOST_TEXT]
    if ctx.args.get("metadata") is not None:
        message.metadata = check_metadata(ctx.structure("metadata", "invalid_metadata_format"))
    if not (message.text.strip() or message.blocks or message.attachments):
        raise ApiError("no_text")
    return message


def destination(ctx: Context) -> Channel:
    """Give the conversation to post to; a user id stands for the direct message with them.

    Raises:
        ApiError: ``channel_not_found``, ``is_archived``, ``not_in_channel``.

    """
    named = ctx.text("channel")
    user = ctx.world.users.get(named)
    if user is not None and user.team_id == ctx.workspace.id:
        return ctx.world.direct_message(ctx.workspace.id, user.id)
    channel = ctx.channel()
    if channel.is_archived:
        raise ApiError("is_archived")
    if not ctx.inside(channel) and "chat:write.public" not in ctx.workspace.scopes:
        raise ApiError("not_in_channel")
    return channel


def new_message(ctx: Context, channel: Channel) -> Message:
    """Begin a message of the bot in a channel, in the thread that the call names.

    Raises:
        ApiError: ``cannot_reply_to_message`` when that thread has no root.

    """
    thread_ts = ctx.optional("thread_ts")
    if thread_ts is not None:
        thread = ctx.world.thread(channel.id, thread_ts)
        if not thread or any(one.ts == thread_ts and one.is_reply for one in thread):
            raise ApiError("cannot_reply_to_message")
    return Message(
        ts=ctx.world.ids.ts(),
        channel_id=channel.id,
        team_id=ctx.workspace.id,
        user_id=ctx.workspace.bot_user_id,
        thread_ts=thread_ts,
        bot_id=ctx.workspace.bot_id,
        app_id=ctx.world.app.id,
    )


def links_names(ctx: Context) -> bool:
    """Whether the call asks Slack to turn bare ``@channel`` into a ping."""
    return ctx.flag("link_names") or ctx.text("parse", "none") == "full"


@method("chat.postMessage", "chat:write")
def post_message(ctx: Context) -> Json:
    """Post a message to a channel, thread or person."""
    channel = destination(ctx)
    message = content(ctx, new_message(ctx, channel))
    message.broadcast = ctx.flag("reply_broadcast") and message.is_reply
    if message.broadcast:
        message.subtype = "thread_broadcast"
    ctx.world.store(message)
    ctx.world.note_pings(message, ctx.method, links_names=links_names(ctx))
    ctx.world.emit(ctx.workspace.id, message_event(ctx.world, message), channel)
    return {
        "channel": channel.id,
        "ts": message.ts,
        "message": message.as_json(with_metadata=True),
    }


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(ctx: Context) -> Json:
    """Show a message to one member of a channel; it never enters the history."""
    channel = destination(ctx)
    user_id = ctx.text("user")
    if user_id not in channel.members:
        raise ApiError("user_not_in_channel")
    message = content(ctx, new_message(ctx, channel))
    message.ephemeral_to = user_id
    ctx.world.store(message)
    ctx.world.note_pings(message, ctx.method, links_names=links_names(ctx))
    return {"message_ts": message.ts}


def own_message(ctx: Context, error: str) -> Message:
    """Find a message that the bot posted.

    Raises:
        ApiError: ``message_not_found``; ``error`` when somebody else posted it.

    """
    message = ctx.world.find_message(ctx.channel().id, ctx.text("ts"))
    if message is None:
        raise ApiError("message_not_found")
    if message.user_id != ctx.workspace.bot_user_id:
        raise ApiError(error)
    return message


@method("chat.update", "chat:write")
def update(ctx: Context) -> Json:
    """Change a message of the bot. Blocks that are not sent stay as they were."""
    message = own_message(ctx, "cant_update_message")
    if message.streaming:
        raise ApiError("streaming_state_conflict")
    if len(ctx.text("text", "")) > MOST_UPDATE_TEXT:
        raise ApiError("msg_too_long")
    before = message.as_json()
    content(ctx, message)
    message.edited_ts = ctx.world.ids.ts()
    ctx.world.name_blocks(message.blocks)
    ctx.world.note_pings(message, ctx.method, links_names=links_names(ctx))
    channel = ctx.world.channels[message.channel_id]
    ctx.world.emit(ctx.workspace.id, changed_event(ctx.world, message, before), channel)
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.text,
        "message": message.as_json(with_metadata=True),
    }


@method("chat.delete", "chat:write")
def delete(ctx: Context) -> Json:
    """Delete a message of the bot."""
    message = own_message(ctx, "cant_delete_message")
    message.deleted = True
    channel = ctx.world.channels[message.channel_id]
    ctx.world.emit(ctx.workspace.id, deleted_event(ctx.world, message), channel)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.getPermalink")
def get_permalink(ctx: Context) -> Json:
    """Give the address of a message."""
    channel = ctx.channel()
    message = ctx.world.find_message(channel.id, ctx.text("message_ts"))
    if message is None:
        raise ApiError("message_not_found")
    link = (
        f"https://{ctx.workspace.domain}.slack.com/archives/{channel.id}"
        f"/p{message.ts.replace('.', '')}"
    )
    if message.is_reply:
        link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}
