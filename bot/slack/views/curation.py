"""The form of an entry and its preview were submitted.

The form is checked field by field; what passes is kept as a draft before its preview is shown, so
that no text is lost. The preview is confirmed by a worker, which asks who confirms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.slack.curation.fields import CALCULATORS, LATER, REPLACES, entry_of, errors_of, ticked
from bot.slack.curation.jobs import record
from bot.slack.curation.metadata import Carried
from bot.slack.curation.names import ENTRY_FORM, ENTRY_PREVIEW
from bot.slack.curation.showing import preview
from bot.slack.desk import Desk
from bot.slack.forms.modal import View, notice
from knowledge.curation import draft_problems, workspace_entries
from knowledge.store.entries import Draft
from knowledge.store.errors import InboxFull

Response = dict[str, Any]


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the form and to its preview."""

    @app.view(ENTRY_FORM)
    async def written(ack: AsyncAck, body: dict[str, Any]) -> None:
        carried = Carried.from_metadata(body["view"].get("private_metadata") or "")
        if carried is None:
            await ack(response_action="update", view=notice("form_outdated"))
        else:
            await ack(**await desk.thought(_taken, desk, carried, body))

    @app.view(ENTRY_PREVIEW)
    async def confirmed(ack: AsyncAck, body: dict[str, Any]) -> None:
        carried = Carried.from_metadata(body["view"].get("private_metadata") or "")
        if carried is None:
            await ack(response_action="update", view=notice("form_outdated"))
            return
        view_id = str(body["view"]["id"])
        try:
            await record(
                desk,
                str(body["team"]["id"]),
                str(body["user"]["id"]),
                "publish",
                f"view:{view_id}:{carried.draft}",
                language=carried.language,
                value=carried.draft,
                origin=carried.origin,
                view_id=view_id,
            )
        except InboxFull:
            await ack(response_action="update", view=notice("busy", carried.language))
        else:
            await ack(response_action="update", view=notice("entry_publishing", carried.language))


def _taken(desk: Desk, carried: Carried, body: Mapping[str, Any]) -> Response:
    """Keep what was written and return how the form goes on; runs in a thread."""
    workspace, user, view = str(body["team"]["id"]), str(body["user"]["id"]), body["view"]
    boxes = ticked(view)
    written = desk.store.draft(workspace, carried.draft)
    if written is not None and written.author != user:
        # A form writes a draft of its own: whatever it carries, nobody's text is written over.
        return _updated(notice("draft_gone", carried.language))
    draft = Draft(
        id=carried.draft,
        entry=entry_of(view, carried, datetime.now(UTC).date()),
        author=user,
        saved_at=datetime.now(UTC),
        based_on=carried.based_on,
        state="conflict" if carried.deep else "open",
        answers=carried.answers,
        replaces=carried.replaces or REPLACES in boxes,
    )
    if LATER in boxes:
        return _updated(_kept_for_later(desk, workspace, draft, carried))
    known = workspace_entries(desk.store, workspace)
    errors = errors_of(draft_problems(draft, known, CALCULATORS), carried, carried.language)
    if errors:
        return {"response_action": "errors", "errors": errors}
    if not desk.store.save_draft(workspace, draft):
        return _updated(notice("draft_gone", carried.language))
    shown = preview(
        draft,
        carried.language,
        carried.as_metadata(),
        publishes=desk.curators.seems(workspace, user),
    )
    # Slack stacks three views: one that is deep already is replaced.
    return {"response_action": "update" if carried.deep else "push", "view": shown}


def _kept_for_later(desk: Desk, workspace: str, draft: Draft, carried: Carried) -> View:
    if not desk.store.save_draft(workspace, replace(draft, state="proposed")):
        return notice("draft_gone", carried.language)
    if carried.origin:
        desk.store.drop_draft(workspace, carried.origin)
    return {**notice("entry_saved", carried.language), "clear_on_close": True}


def _updated(view: View) -> Response:
    return {"response_action": "update", "view": view}
