"""The message events that posting, changing and deleting bring about."""

from __future__ import annotations

from bot.fakeslack.records import Json, Message
from bot.fakeslack.world import World


def message_event(world: World, message: Message) -> Json:
    """Give the ``message`` event of a new message."""
    channel = world.channels[message.channel_id]
    event = message.as_json() | {
        "channel": channel.id,
        "channel_type": channel.channel_type,
        "event_ts": message.ts,
    }
    if message.team_id != channel.team_id:
        event |= {"user_team": message.team_id, "source_team": message.team_id}
    if message.is_reply:
        root = world.find_message(channel.id, message.thread_ts or "")
        if root is not None:
            event["parent_user_id"] = root.user_id
    return event


def _about(world: World, message: Message, subtype: str) -> Json:
    channel = world.channels[message.channel_id]
    ts = world.ids.ts()
    return {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": channel.id,
        "channel_type": channel.channel_type,
        "ts": ts,
        "event_ts": ts,
    }


def changed_event(world: World, message: Message, before: Json) -> Json:
    """Give the ``message_changed`` event of an edit."""
    return _about(world, message, "message_changed") | {
        "message": message.as_json(),
        "previous_message": before,
    }


def deleted_event(world: World, message: Message) -> Json:
    """Give the ``message_deleted`` event."""
    return _about(world, message, "message_deleted") | {
        "deleted_ts": message.ts,
        "previous_message": message.as_json(),
    }
