"""The calculator form was submitted: checked field by field, recorded, answered by a worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import say
from bot.recalculating import Numbers
from bot.slack.asked import Asked, answer_id
from bot.slack.asking import answered_by_url
from bot.slack.desk import Desk
from bot.slack.forms import calculate as form
from bot.slack.forms.inputs import filled_in
from bot.slack.forms.reading import read, refusal
from bot.slack.views.change import accept, submission_key


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the calculator form."""

    @app.view(form.CALCULATE)
    async def submitted(ack: AsyncAck, body: dict[str, Any]) -> None:
        given = filled_in(body["view"])
        calculator, language = form.calculator_in(given), form.language_in(given)
        mode = form.settled_mode(calculator, given)
        fields = form.form_fields(calculator, given.get(form.MODE))
        filled = read(given, {}, fields, calculator, language)
        errors = dict(filled.errors)
        for name in form.strangers_to(mode, given, fields):
            errors[name] = say(f"form_only_{'infer' if mode == 'train' else 'train'}", language)
        changes = filled.changes | ({"mode": mode} if mode else {})
        numbers = Numbers(calculator, language, changes=changes)
        if not errors:
            errors = await desk.thought(refusal, numbers, fields)
        asked = _asked(body, given, numbers)
        if errors:
            await ack(response_action="errors", errors=errors)
        else:
            key = submission_key(body["view"], given)
            await accept(ack, desk, asked, key, block=form.CALCULATOR)


def _asked(body: Mapping[str, Any], given: Mapping[str, str], numbers: Numbers) -> Asked:
    """Return the question: for the conversation that was chosen, else for the person alone."""
    workspace, user = str(body["team"]["id"]), str(body["user"]["id"])
    asked_id = answer_id(workspace, submission_key(body["view"], given))
    chosen = next(iter(body.get("response_urls") or ()), None)
    text = form.query_of_form(numbers.calculator, given, numbers.language)
    asked = Asked(
        id=asked_id,
        workspace=workspace,
        user=user,
        channel=user if chosen is None else str(chosen["channel_id"]),
        text=text,
        kind="dm" if chosen is None else None,
        numbers=numbers.as_payload(),
    )
    return asked if chosen is None else answered_by_url(asked, "form", chosen["response_url"])
