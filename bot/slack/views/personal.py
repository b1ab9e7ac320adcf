"""The forms of the Home tab: defaults are kept, a search is answered in the place of its form."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.finding import related_of
from bot.messages import say
from bot.question import Language
from bot.rendering.home import past_view
from bot.slack.actions.home import who
from bot.slack.asked import answer_id
from bot.slack.desk import Desk
from bot.slack.forms.modal import View
from bot.slack.forms.personal import (
    DEFAULTS_FORM,
    FIND_FORM,
    Sought,
    read_defaults,
    read_find,
    ticked_for_team,
)
from bot.slack.home import person_language, refresh_home, viewer_at_home
from bot.slack.tasks.names import TEAM_DEFAULTS
from knowledge.history import PastAnswer, Wanted
from knowledge.store import Item
from knowledge.store.personal import owner_of

FOUND = 15


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the two forms."""

    @app.view(DEFAULTS_FORM)
    async def chosen(ack: AsyncAck, body: dict[str, Any]) -> None:
        workspace, user = who(body)
        language = person_language(desk, workspace, user)
        view = body["view"]
        values, errors = read_defaults(view["state"], language)
        if errors:
            await ack(response_action="errors", errors=errors)
            return
        key = f"{view['id']}:{view['hash']}"
        await desk.stored(desk.store.prefer, workspace, owner_of("user", user), values, user)
        if ticked_for_team(view["state"]):
            payload = {"task": TEAM_DEFAULTS, "user": user, "chosen": values}
            item = Item(workspace, answer_id(workspace, TEAM_DEFAULTS, key), payload)
            await desk.accept(item, [f"{TEAM_DEFAULTS}:{key}"])
        else:
            await refresh_home(desk, workspace, user, key, view.get("private_metadata") or None)
        await ack()

    @app.view(FIND_FORM)
    async def sought(ack: AsyncAck, body: dict[str, Any]) -> None:
        workspace, user = who(body)
        language = person_language(desk, workspace, user)
        wanted = read_find(body["view"]["state"], user)
        if not wanted.words and wanted.wanted == Wanted() and not wanted.mine:
            await ack(
                response_action="errors", errors={"words": say("find_nothing", language)[:250]}
            )
            return
        view = await desk.thought(_results, desk, workspace, user, wanted, language)
        await ack(response_action="update", view=view)


def _results(desk: Desk, workspace: str, user: str, sought: Sought, language: Language) -> View:
    """Return the modal with what was found: public answers, and the person's own."""
    viewer = viewer_at_home(workspace, user)
    own = Wanted(sought.wanted.kind, sought.wanted.since, own=True)
    found = desk.store.search(sought.words, viewer, FOUND, own)
    if not sought.mine:
        found = _merged(desk.store.search(sought.words, viewer, FOUND, sought.wanted), found)
    key = "history_filtered" if found else "history_filtered_none"
    rows = [related_of(past, changed=desk.answerer.changed_since(past)) for past in found[:FOUND]]
    return past_view(rows, say(key, language, count=len(rows)), language)


def _merged(first: list[PastAnswer], second: list[PastAnswer]) -> list[PastAnswer]:
    """Return both lists, each answer once."""
    return list({past.id: past for past in (*first, *second)}.values())
