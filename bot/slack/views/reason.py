"""Why an answer did not help: kept beside the verdict; sent twice, the last one counts."""

from __future__ import annotations

import json
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.desk import Desk
from bot.slack.forms.inputs import filled_in
from bot.slack.forms.modal import notice
from bot.slack.forms.reason import REASON, reason_of
from bot.slack.remembered import language_of, remembered
from knowledge.errors import KnowledgeError


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the form behind "Not helpful"."""

    @app.view(REASON)
    async def given(ack: AsyncAck, body: dict[str, Any]) -> None:
        workspace, user = str(body["team"]["id"]), str(body["user"]["id"])
        carried = desk.seal.opened(body["view"], workspace, user)
        if carried is None:
            await ack(response_action="update", view=notice("form_outdated"))
            return
        answer_id, channel = _about(carried)
        past = await remembered(desk, workspace, user, channel, answer_id)
        if past is None:
            await ack(response_action="update", view=notice("answer_gone"))
            return
        reason = reason_of(filled_in(body["view"]))
        try:
            await desk.stored(_keep, desk, workspace, past.id, user, reason)
        except KnowledgeError:
            await ack(response_action="update", view=notice("answer_gone", language_of(past)))
        else:
            thanks = notice("form_reason_thanks", language_of(past))
            await ack(response_action="update", view=thanks)


def _keep(desk: Desk, workspace: str, answer_id: str, user: str, reason: str) -> None:
    desk.store.feedback(answer_id, user, "bad", reason, workspace=workspace)


def _about(metadata: str) -> tuple[str, str]:
    """Return the answer and its channel that a form carries, empty for one of another version."""
    try:
        carried = json.loads(metadata)
        return str(carried["answer"]), str(carried["channel"])
    except (ValueError, KeyError, TypeError):
        return "", ""
