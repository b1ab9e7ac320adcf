"""A message in a thread that does not mention the bot: a follow-up of its answer, or talk.

Nearly all of it is talk: the cheap questions come first, and nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.meant import is_meant, may_be_meant
from bot.slack.asked import workspace_of
from bot.slack.desk import Desk
from bot.slack.places import kind_of_event
from bot.slack.policy import policy_of
from knowledge.store.errors import StoreError
from knowledge.visibility import Place

SUBSCRIPTIONS = ("message.channels", "message.groups")
CHANNEL_TYPES = ("channel", "group")


def is_follow_up(body: Mapping[str, Any], desk: Desk) -> bool:
    """Return whether a message by a person, without a mention, goes on from the bot's answer.

    Only where the channel's policy allows it, in a thread in which the bot has answered.
    """
    event = body["event"]
    thread, user = event.get("thread_ts"), str(event["user"])
    if not thread or thread == event["ts"] or event.get("channel_type") not in CHANNEL_TYPES:
        return False
    if body.get("is_ext_shared_channel") or event.get("subtype") or event.get("files"):
        return False
    workspace, channel = workspace_of(body), str(event["channel"])
    text = str(event.get("text") or "")
    try:
        if policy_of(desk.store, workspace, channel) != "follow-ups":
            return False
        key = (workspace, channel, str(thread))
        talk = desk.conversations.talk
        place = Place(workspace, channel, kind_of_event(body) or "private", str(thread))
        meant = may_be_meant(text) and is_meant(
            text,
            desk.conversations.thread(place),
            others_talk=talk.goes_on(key, user),
        )
    except StoreError:
        # Talk is no reason to have Slack send it again.
        return False
    if meant:
        talk.over(key)
    else:
        talk.heard(key, user)
    return meant


def turned_to_the_bot(body: Mapping[str, Any], desk: Desk) -> None:
    """Note that a thread has turned to the bot: what follows is no answer among people."""
    event = body["event"]
    thread = str(event.get("thread_ts") or event["ts"])
    desk.conversations.talk.over((workspace_of(body), str(event["channel"]), thread))
