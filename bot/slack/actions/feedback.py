"""Helpful or not: one verdict for each user and answer, the last one counts. "Not" asks why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import say, say_both
from bot.rendering.actions import FEEDBACK, FEEDBACK_BAD, FEEDBACK_GOOD
from bot.slack.actions.click import Click
from bot.slack.desk import Desk
from bot.slack.forms.opening import open_form
from bot.slack.forms.reason import reason_form
from bot.slack.remembered import language_of
from knowledge.history import PastAnswer


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the feedback buttons, the newer and the plain ones."""

    @app.action(re.compile(rf"^({FEEDBACK}|{FEEDBACK_GOOD}|{FEEDBACK_BAD})$"))
    async def judged(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        click = Click.read(body)
        verdict, answer_id = verdict_of(str(body["actions"][0]["action_id"]), click.value)
        past = await click.remembered(desk, answer_id)
        if past is None:
            await click.tell(desk, say_both("answer_gone"))
        elif verdict not in ("good", "bad"):
            await click.tell(desk, say_both("button_outdated"))
        else:
            await _judge(desk, client, body, click, past, verdict)
        await ack()


async def _judge(
    desk: Desk,
    client: AsyncWebClient,
    body: Mapping[str, Any],
    click: Click,
    past: PastAnswer,
    verdict: str,
) -> None:
    """Keep the verdict at once; a bad one is asked for its reason, which is no duty."""
    await desk.stored(_keep, desk, click, past.id, verdict)
    language = language_of(past)
    if verdict == "bad":
        form = reason_form(past.id, click.channel, language)
        sealed = desk.seal.sealed(form, click.workspace, click.user)
        if await open_form(client, body, sealed) is None:
            return
    await click.tell(desk, say("feedback_thanks", language))


def verdict_of(action_id: str, value: str) -> tuple[str, str]:
    """Return (verdict, answer id) of a feedback button."""
    if action_id == FEEDBACK:
        verdict, _, answer_id = value.partition(":")
        return verdict, answer_id
    return ("good" if action_id == FEEDBACK_GOOD else "bad"), value


def _keep(desk: Desk, click: Click, answer_id: str, verdict: str) -> None:
    """Store the verdict; a reason that was given with the same one before stays."""
    told = desk.store.verdicts(click.workspace, answer_id).get(click.user, ("", ""))
    reason = told[1] if told[0] == verdict else ""
    desk.store.feedback(answer_id, click.user, verdict, reason, workspace=click.workspace)
