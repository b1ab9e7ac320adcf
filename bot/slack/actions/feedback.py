"""Helpful or not: one verdict for each user and answer, the last one counts."""

from __future__ import annotations

import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import say
from bot.rendering.actions import FEEDBACK, FEEDBACK_BAD, FEEDBACK_GOOD
from bot.slack.actions.click import Click
from bot.slack.desk import Desk
from bot.slack.remembered import language_of
from knowledge.history import PastAnswer


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the feedback buttons, the newer and the plain ones."""

    @app.action(re.compile(rf"^({FEEDBACK}|{FEEDBACK_GOOD}|{FEEDBACK_BAD})$"))
    async def judged(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.read(body)
        verdict, answer_id = verdict_of(str(body["actions"][0]["action_id"]), click.value)
        past = await desk.stored(_keep, desk, click, answer_id, verdict)
        key = "feedback_thanks" if past else "answer_gone"
        await click.tell(desk, say(key, language_of(past)))
        await ack()


def verdict_of(action_id: str, value: str) -> tuple[str, str]:
    """Return (verdict, answer id) of a feedback button."""
    if action_id == FEEDBACK:
        verdict, _, answer_id = value.partition(":")
        return verdict, answer_id
    return ("good" if action_id == FEEDBACK_GOOD else "bad"), value


def _keep(desk: Desk, click: Click, answer_id: str, verdict: str) -> PastAnswer | None:
    """Store the verdict if whoever clicked may see that answer; runs in the store's thread."""
    past = desk.store.get(answer_id, click.viewer)
    if past is not None and verdict in ("good", "bad"):
        desk.store.feedback(past.id, click.user, verdict, workspace=click.workspace)
    return past
