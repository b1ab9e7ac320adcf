"""What would work: a click on one of the ways calculates it, as a follow-up of the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import say, say_both
from bot.rendering.actions import TRY
from bot.slack.actions.change import origin_of, unchangeable
from bot.slack.actions.click import Click
from bot.slack.admission import over_limit
from bot.slack.asked import answer_id
from bot.slack.desk import Desk
from bot.slack.forms.change import numbers_of, query_of
from bot.slack.remembered import calculation_of, language_of
from knowledge.history import PastAnswer
from knowledge.store.errors import InboxFull


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the buttons of the ways that would work."""

    @app.action(re.compile(rf"^{TRY}(_\d+)?$"))
    async def tried(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.read(body)
        base, _, number = click.value.rpartition(":")
        past = await click.remembered(desk, base)
        fault = unchangeable(past, click)
        if fault is None and past is not None:
            changes = changes_of(past, number)
            if changes is None:
                fault = say_both("button_outdated")
            else:
                fault = await _follow(desk, click, past, changes, number)
        if fault is not None:
            await click.tell(desk, fault)
        await ack()


def changes_of(past: PastAnswer, number: str) -> Mapping[str, Any] | None:
    """Return what the way with this number changes, None when the answer has none such."""
    ways = calculation_of(past).get("alternatives") or []
    if not number.isdecimal() or int(number) >= len(ways):
        return None
    changes: Mapping[str, Any] = ways[int(number)].get("changes") or {}
    return changes or None


async def _follow(
    desk: Desk, click: Click, past: PastAnswer, changes: Mapping[str, Any], number: str
) -> str | None:
    """Record the follow-up; return the sentence why it is not, None when it is.

    In a channel one way is calculated once under an answer, whoever clicks and however often;
    what is private goes with the next reload of the client, and can be asked for again.
    """
    origin = origin_of(click, past)
    once = f"try:{past.id}:{number}:{click.channel}:{click.thread}"
    key = click.key if click.ephemeral else once
    asked = origin.asked(
        answer_id(click.workspace, "try", key),
        click.workspace,
        click.user,
        past,
        numbers_of(past, changes),
        query_of(past, changes),
    )
    if desk.is_repeat(asked.workspace, [key]):
        return say("tried_before", language_of(past))
    if (note := over_limit(desk, asked)) is not None:
        return note or None
    try:
        new = await desk.accept(asked.item(), [key])
    except InboxFull:
        return say("busy", language_of(past))
    return None if new else say("tried_before", language_of(past))
