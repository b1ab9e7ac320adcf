"""Change a number: a click opens the form with what the answer rests on."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import say, say_both
from bot.rendering.actions import CHANGE
from bot.slack.actions.click import Click
from bot.slack.desk import Desk
from bot.slack.forms.change import change_form
from bot.slack.forms.opening import open_form
from bot.slack.forms.origin import Origin
from bot.slack.remembered import calculation_of, language_of, may_change
from knowledge.history import PastAnswer


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the button under a calculation."""

    @app.action(CHANGE)
    async def wanted(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        click = Click.read(body)
        past = await click.remembered(desk, click.value)
        fault = unchangeable(past, click)
        if fault is None and past is not None:
            origin = origin_of(click, past)
            form = desk.seal.sealed(change_form(past, origin), click.workspace, click.user)
            key = await open_form(client, body, form)
            fault = say(key, language_of(past)) if key else None
        if fault is not None:
            await click.tell(desk, fault)
        await ack()


def unchangeable(past: PastAnswer | None, click: Click) -> str | None:
    """Return the sentence why an answer's numbers cannot be changed by this click, or None."""
    # Without an address a private follow-up could not be kept private.
    if past is None or (click.ephemeral and not click.response_url):
        return say_both("answer_gone")
    if not calculation_of(past):
        return say("button_outdated", language_of(past))
    if not may_change(past, click.user, private=click.ephemeral):
        return say("change_not_yours", language_of(past))
    return None


def origin_of(click: Click, past: PastAnswer) -> Origin:
    """Return where a follow-up of the clicked answer goes; a private one keeps its conversation."""
    return Origin(
        answer=past.id,
        channel=click.channel,
        thread=past.place.thread if click.ephemeral else click.thread,
        url=click.response_url,
        private=click.ephemeral,
    )
