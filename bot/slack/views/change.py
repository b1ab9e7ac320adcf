"""The form "Change a number" was submitted: checked, recorded, and answered by a worker."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import say
from bot.slack.admission import over_limit
from bot.slack.asked import Asked, answer_id
from bot.slack.desk import Desk
from bot.slack.forms.change import CHANGE, changeable, numbers_of, query_of
from bot.slack.forms.inputs import filled_in
from bot.slack.forms.modal import notice
from bot.slack.forms.origin import Origin
from bot.slack.forms.reading import read, refusal
from bot.slack.remembered import calculation_of, language_of, may_change, remembered
from knowledge.history import PastAnswer
from knowledge.store.errors import InboxFull


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the form under an answer."""

    @app.view(CHANGE)
    async def submitted(ack: AsyncAck, body: dict[str, Any]) -> None:
        workspace, user = str(body["team"]["id"]), str(body["user"]["id"])
        origin = Origin.from_metadata(desk.seal.opened(body["view"], workspace, user) or "")
        if origin is None or (origin.private and not origin.url):
            await ack(response_action="update", view=notice("form_outdated"))
            return
        past = await remembered(desk, workspace, user, origin.channel, origin.answer)
        if past is None or not calculation_of(past):
            await ack(response_action="update", view=notice("answer_gone"))
        elif not may_change(past, user, private=origin.private):
            await ack(response_action="update", view=notice("change_not_yours", language_of(past)))
        else:
            await _take(ack, desk, body, origin, past)


async def _take(
    ack: AsyncAck, desk: Desk, body: Mapping[str, Any], origin: Origin, past: PastAnswer
) -> None:
    """Check what was filled in; record it before the form closes, or say what is wrong."""
    view, language = body["view"], language_of(past)
    fields, shown = changeable(past)
    given = filled_in(view)
    calculator = str(calculation_of(past)["calculator"])
    filled = read(given, shown, fields, calculator, language)
    errors = dict(filled.errors)
    numbers = numbers_of(past, filled.changes)
    if not errors and not filled.changes:
        errors = {fields[0]: say("form_nothing_changed", language)}
    if not errors:
        errors = await desk.thought(refusal, numbers, fields)
    if errors:
        await ack(response_action="errors", errors=errors)
        return
    key = submission_key(view, given)
    workspace = str(body["team"]["id"])
    asked = origin.asked(
        answer_id(workspace, key),
        workspace,
        str(body["user"]["id"]),
        past,
        numbers,
        query_of(past, filled.changes),
    )
    await accept(ack, desk, replace(asked, checks=True), key, block=fields[0])


async def accept(ack: AsyncAck, desk: Desk, asked: Asked, key: str, block: str) -> None:
    """Record a submission and close its form; submitted twice, it is answered once."""
    language = (asked.numbers or {}).get("language", "en")
    if not desk.is_repeat(asked.workspace, [key]) and over_limit(desk, asked) is not None:
        await ack(response_action="errors", errors={block: say("too_fast", language)})
        return
    try:
        await desk.accept(asked.item(), [key])
    except InboxFull:
        await ack(response_action="errors", errors={block: say("busy", language)})
    else:
        await ack()


def submission_key(view: Mapping[str, Any], given: Mapping[str, str]) -> str:
    """Return the dedupe key of a submission: the form with what stands in it."""
    content = json.dumps(dict(given), sort_keys=True, ensure_ascii=False)
    digest = hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
    return f"view:{view['id']}:{digest}"
