"""``conversations.*`` and ``reactions.add``: what a channel holds and who is in it."""

from __future__ import annotations

from bot.fakeslack.errors import ApiError
from bot.fakeslack.methods.registry import Context, method, page_of
from bot.fakeslack.records import Channel, Json, Message


@method("conversations.info")
def info(ctx: Context) -> Json:
    """Describe a conversation."""
    channel = ctx.channel()
    ctx.need_scope(f"{channel.scope_family}:read")
    return {"channel": channel.as_json() | {"is_member": ctx.inside(channel)}}


@method("conversations.open", "im:write")
def open_conversation(ctx: Context) -> Json:
    """Open the direct message with one person, or a group message with several."""
    users = [one for one in ctx.text("users", "").split(",") if one]
    if not users:
        return {"channel": {"id": ctx.channel().id}}
    if any(
        one not in ctx.world.users or ctx.world.users[one].team_id != ctx.workspace.id
        for one in users
    ):
        raise ApiError("user_not_found")
    if len(users) == 1:
        return {"channel": {"id": ctx.world.direct_message(ctx.workspace.id, users[0]).id}}
    members = {*users, ctx.workspace.bot_user_id}
    for channel in ctx.world.channels.values():
        if channel.kind == "mpim" and channel.members == members:
            return {"channel": {"id": channel.id}}
    created = ctx.world.add_channel(ctx.workspace.id, "mpdm", "mpim", members)
    return {"channel": {"id": created.id}}


@method("conversations.members")
def members(ctx: Context) -> Json:
    """List the people in a conversation."""
    channel = ctx.channel()
    ctx.need_scope(f"{channel.scope_family}:read")
    page, metadata = page_of(sorted(channel.members), ctx, 100, 1000)
    return {"members": page, "response_metadata": metadata}


def _readable(ctx: Context) -> Channel:
    channel = ctx.channel()
    ctx.need_scope(f"{channel.scope_family}:history")
    if not ctx.inside(channel):
        raise ApiError("not_in_channel")
    return channel


def _in_range(ctx: Context, messages: list[Message]) -> list[Message]:
    oldest, latest = ctx.text("oldest", "0"), ctx.text("latest", "9999999999")
    try:
        least, most = float(oldest), float(latest)
    except ValueError:
        raise ApiError("invalid_ts_oldest") from None
    if ctx.flag("inclusive"):
        return [one for one in messages if least <= float(one.ts) <= most]
    return [one for one in messages if least < float(one.ts) < most]


def _shown(ctx: Context, message: Message) -> Json:
    found = message.as_json(with_metadata=ctx.flag("include_all_metadata"))
    replies = [one for one in ctx.world.thread(message.channel_id, message.ts) if one.is_reply]
    if replies and not message.is_reply:
        found |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users": sorted({one.user_id for one in replies}),
            "latest_reply": replies[-1].ts,
        }
    return found


@method("conversations.history")
def history(ctx: Context) -> Json:
    """List a channel's messages, newest first; replies only when broadcast."""
    channel = _readable(ctx)
    messages = [
        one
        for one in reversed(ctx.world.posted)
        if one.channel_id == channel.id and not one.deleted and (not one.is_reply or one.broadcast)
    ]
    page, metadata = page_of(_in_range(ctx, messages), ctx, 100, 999, ctx.world.most_history)
    return {
        "messages": [_shown(ctx, one) for one in page],
        "has_more": bool(metadata["next_cursor"]),
        "response_metadata": metadata,
    }


@method("conversations.replies")
def replies(ctx: Context) -> Json:
    """List a thread's messages, the root first."""
    channel = _readable(ctx)
    thread_ts = ctx.text("ts")
    one = ctx.world.find_message(channel.id, thread_ts)
    if one is not None and one.is_reply:
        thread_ts = one.thread_ts or thread_ts
    thread = ctx.world.thread(channel.id, thread_ts)
    if not thread:
        raise ApiError("thread_not_found")
    kept = [thread[0], *_in_range(ctx, thread[1:])]
    page, metadata = page_of(kept, ctx, 1000, 1000, ctx.world.most_history)
    return {
        "messages": [_shown(ctx, one) for one in page],
        "has_more": bool(metadata["next_cursor"]),
        "response_metadata": metadata,
    }


@method("users.conversations")
def of_user(ctx: Context) -> Json:
    """List the conversations that a person, or the bot, is in."""
    user_id = ctx.text("user", ctx.workspace.bot_user_id)
    kinds = ctx.text("types", "public_channel").split(",")
    family = {"public": "public_channel", "private": "private_channel", "mpim": "mpim", "im": "im"}
    found = [
        channel.as_json()
        for channel in ctx.world.channels.values()
        if channel.team_id == ctx.workspace.id
        and user_id in channel.members
        and family[channel.kind] in kinds
        and (channel.kind == "public" or ctx.inside(channel))
        and not (channel.is_archived and ctx.flag("exclude_archived"))
    ]
    page, metadata = page_of(found, ctx, 100, 999)
    return {"channels": page, "response_metadata": metadata}


@method("reactions.add", "reactions:write")
def react(ctx: Context) -> Json:
    """Put the bot's emoji on a message."""
    channel = ctx.channel()
    message = ctx.world.find_message(channel.id, ctx.text("timestamp"))
    if message is None:
        raise ApiError("message_not_found")
    users = message.reactions.setdefault(ctx.text("name"), [])
    if ctx.workspace.bot_user_id in users:
        raise ApiError("already_reacted")
    users.append(ctx.workspace.bot_user_id)
    return {}
