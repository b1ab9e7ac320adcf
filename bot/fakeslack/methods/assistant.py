"""``assistant.threads.*``: status, title and suggested prompts of an agent's threads."""

from __future__ import annotations

from bot.fakeslack.errors import ApiError
from bot.fakeslack.limits.checks import Problems, listing, record, string
from bot.fakeslack.methods.registry import Context, method
from bot.fakeslack.records import Json

_PROMPTS = listing(record({"title": string(255), "message": string(4000)}), 4)


def _note(ctx: Context, kind: str, value: object) -> Json:
    channel = ctx.channel("channel_id")
    thread_ts = ctx.optional("thread_ts")
    if thread_ts is not None and not ctx.world.thread(channel.id, thread_ts):
        raise ApiError("thread_not_found")
    ctx.world.statuses.append(
        {"kind": kind, "channel": channel.id, "thread_ts": thread_ts, "value": value}
    )
    return {}


@method("assistant.threads.setStatus", "chat:write")
def set_status(ctx: Context) -> Json:
    """Show what the agent is doing; an empty status clears it."""
    ctx.text("thread_ts")
    status = ctx.args.get("status")
    if not isinstance(status, str):
        raise ApiError.explained("invalid_arguments", ["missing required field: status"])
    return _note(ctx, "status", status)


@method("assistant.threads.setTitle", "assistant:write")
def set_title(ctx: Context) -> Json:
    """Name a thread."""
    ctx.text("thread_ts")
    return _note(ctx, "title", ctx.text("title"))


@method("assistant.threads.setSuggestedPrompts", "assistant:write")
def set_prompts(ctx: Context) -> Json:
    """Offer up to four prompts."""
    prompts = ctx.structure("prompts")
    problems = Problems()
    _PROMPTS(prompts, "/prompts", problems)
    if problems.found:
        raise ApiError.explained("invalid_arguments", problems.found)
    return _note(ctx, "prompts", prompts)
