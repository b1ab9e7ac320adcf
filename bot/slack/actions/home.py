"""The buttons of the Home tab, and of the modals that open from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import say
from bot.question import Language, Question
from bot.rendering import blocks
from bot.rendering.actions import AGAIN_HERE, DEFAULTS, FIND_HERE, UNSAVE
from bot.rendering.home import answer_view
from bot.rendering.plainer import plainer
from bot.slack.asked import action_key
from bot.slack.desk import Desk
from bot.slack.forms.modal import View, notice
from bot.slack.forms.opening import open_form
from bot.slack.forms.personal import defaults_form, find_form
from bot.slack.forms.telling import tell
from bot.slack.home import HOME, person_language, refresh_home, viewer_at_home
from knowledge.history import PastAnswer
from knowledge.store.personal import owner_of


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to the buttons; each acts for whoever clicked, whatever its value says."""

    @app.action(DEFAULTS)
    async def defaults(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        workspace, user = who(body)
        chosen = desk.store.preferences(workspace, owner_of("user", user))
        language = person_language(desk, workspace, user, shown_in(body))
        await show(desk, client, body, defaults_form(chosen, language, view_hash(body), team=True))
        await ack()

    @app.action(FIND_HERE)
    async def find(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await show(desk, client, body, find_form(person_language(desk, *who(body), shown_in(body))))
        await ack()

    @app.action(UNSAVE)
    async def unsaved(ack: AsyncAck, body: dict[str, Any]) -> None:
        workspace, user = who(body)
        action = body["actions"][0]
        await desk.stored(desk.store.unsave, workspace, user, str(action.get("value") or ""))
        await refresh_home(desk, workspace, user, action_key(body, action), view_hash(body) or None)
        await ack()

    @app.action(re.compile(rf"^{AGAIN_HERE}(_\w+)?$"))
    async def again(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        workspace, user = who(body)
        answer_id = str(body["actions"][0].get("value") or "")
        if desk.limits.admit(workspace, user, HOME) == "admitted":
            view = await desk.thought(recomputed, desk, workspace, user, answer_id)
        else:
            view = notice("too_fast", person_language(desk, workspace, user))
        await show(desk, client, body, view)
        await ack()


async def show(desk: Desk, client: AsyncWebClient, body: Mapping[str, Any], view: View) -> None:
    """Open a modal for whoever clicked; say so where it could not be opened in time."""
    fault = await open_form(client, body, view)
    if fault is not None:
        await tell(desk, body, say(fault, person_language(desk, *who(body))))


def who(body: Mapping[str, Any]) -> tuple[str, str]:
    """Return (workspace, user) of a click; with an org-wide install the user's team tells."""
    user = body["user"]
    return str((body.get("team") or {}).get("id") or user["team_id"]), str(user["id"])


def view_hash(body: Mapping[str, Any]) -> str:
    """Return the hash of the Home tab that was clicked on, empty when it was something else."""
    view = body.get("view") or {}
    return str(view.get("hash") or "") if view.get("type") == "home" else ""


def shown_in(body: Mapping[str, Any]) -> Language:
    """Return the language that a clicked button says that it was shown in."""
    return "zh" if body["actions"][0].get("value") == "zh" else "en"


def recomputed(desk: Desk, workspace: str, user: str, answer_id: str) -> View:
    """Return a modal with a past answer as it comes out now, if this person may see it here."""
    past = visible(desk, workspace, user, answer_id)
    if past is None:
        return notice("answer_gone", person_language(desk, workspace, user))
    question = Question(past.query, asker=user, place=past.place)
    answer = desk.answerer.again(past, question)
    return answer_view(plainer(blocks(answer)), answer.language)


def visible(desk: Desk, workspace: str, user: str, answer_id: str) -> PastAnswer | None:
    """Return a past answer that is public or the person's own; None for all others."""
    viewer = viewer_at_home(workspace, user)
    found = desk.store.get(answer_id, viewer)
    return found if found is not None else desk.store.get_own(answer_id, viewer)
