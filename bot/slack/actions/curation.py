"""The buttons of curation, in lists and in modals. Each step asks again who may do it.

What opens a form opens it empty at once, within the three seconds of a click; a worker fills it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import say
from bot.question import Language
from bot.slack.actions.click import Click
from bot.slack.curation import names
from bot.slack.curation.jobs import record
from bot.slack.curation.waiting import external_id_of, waiting
from bot.slack.desk import Desk
from bot.slack.forms.opening import open_form
from bot.slack.forms.telling import tell
from bot.slack.tastes import language_for
from knowledge.store.errors import InboxFull

FORMS = {
    names.NEW: "new",
    names.EDIT: "edit",
    names.HISTORY: "history",
    names.REVIEW: "review",
    names.ANSWER: "answer",
}
CHANGES = {
    names.UNDO: "undo",
    names.DROP: "drop",
    names.REBASE: "rebase",
    names.DISMISS: "dismiss",
}


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the buttons."""

    @app.action(_any_of(FORMS))
    async def form_wanted(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        click = Click.read(body)
        language = language_of(desk, click, body)
        if not desk.is_repeat(click.workspace, [click.key]):
            external_id = external_id_of(click.workspace, click.key)
            fault = await open_form(client, body, waiting(language, external_id))
            if fault is None:
                values = {**_values(click, language), "external_id": external_id}
                fault = await _recorded(desk, click, _step(body, FORMS), values)
            if fault is not None:
                await tell(desk, body, say(fault, language))
        await ack()

    @app.action(_any_of(CHANGES))
    async def change_wanted(ack: AsyncAck, body: dict[str, Any]) -> None:
        click = Click.read(body)
        language = language_of(desk, click, body)
        values = _values(click, language)
        if "view" in body:
            values["view_id"] = body["view"]["id"]
        fault = await _recorded(desk, click, _step(body, CHANGES), values)
        if fault is not None:
            await tell(desk, body, say(fault, language), write=True)
        await ack()


def language_of(desk: Desk, click: Click, body: Mapping[str, Any]) -> Language:
    """Return the language that the list or the modal of a click is in."""
    noted = click.block_id.partition(":")[0]
    if (body.get("view") or {}).get("type") == "modal":
        noted = str(body["view"].get("private_metadata") or "")
    if noted in ("en", "zh"):
        return "zh" if noted == "zh" else "en"
    return language_for(desk.store, click.workspace, click.user)


async def _recorded(desk: Desk, click: Click, step: str, values: dict[str, Any]) -> str | None:
    """Have a step done; None, or the key of the sentence why it cannot be now."""
    try:
        await record(desk, click.workspace, click.user, step, **values)
    except InboxFull:
        return "busy"
    return None


def _values(click: Click, language: Language) -> dict[str, Any]:
    values: dict[str, Any] = {"key": click.key, "language": language, "value": click.value}
    if click.channel:
        values["channel"] = click.channel
    if click.response_url:
        values["response_url"] = click.response_url
    return values


def _any_of(steps: Mapping[str, str]) -> re.Pattern[str]:
    return re.compile(rf"^(?:{'|'.join(steps)})(?:_\d+)?$")


def _step(body: Mapping[str, Any], steps: Mapping[str, str]) -> str:
    name = re.sub(r"_\d+$", "", str(body["actions"][0]["action_id"]))
    return steps[name]
