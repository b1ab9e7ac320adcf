"""What a message event says, whether it is one to answer, and the question in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.slack.asked import Asked, answer_id, workspace_of
from bot.slack.places import kind_of_event
from bot.slack.wire import typed

ANSWERED_SUBTYPES = (None, "file_share", "thread_broadcast")
SLACKBOT = "USLACKBOT"
"""Slack's own bot, whose reminders look like a person's messages."""


def is_said_by_a_person(event: Mapping[str, Any]) -> bool:
    """Return whether a person said this just now: no bot, no edit, no deletion, no notice."""
    return bool(
        event.get("user") not in (None, "", SLACKBOT)
        and event.get("ts")
        and event.get("channel")
        and not event.get("bot_id")
        and not event.get("bot_profile")
        and not event.get("app_id")
        and not event.get("edited")
        and not event.get("hidden")
        and event.get("subtype") in ANSWERED_SUBTYPES
    )


def asked_in(body: Mapping[str, Any], bot_user_id: str) -> Asked:
    """Read the question of a message event; the reply goes to its thread, or begins one."""
    event = body["event"]
    workspace, channel, ts = workspace_of(body), event["channel"], event["ts"]
    return Asked(
        id=answer_id(workspace, "message", channel, ts),
        workspace=workspace,
        user=event["user"],
        channel=channel,
        text=typed(event.get("text") or "", bot_user_id),
        thread=event.get("thread_ts") or ts,
        kind=kind_of_event(body),
        ts=ts,
    )
