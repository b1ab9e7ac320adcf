"""A stored answer as clicks and forms look at it: whether it may be seen, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.question import Language
from bot.slack.desk import Desk
from bot.slack.places import kind_of_id
from knowledge.history import PastAnswer
from knowledge.visibility import Place, Viewer


def viewer_in(workspace: str, user: str, channel: str) -> Viewer:
    """Return somebody looking from one channel alone: its own answers and no others."""
    return Viewer(user, Place(workspace, channel, kind_of_id(channel) or "external"))


async def remembered(
    desk: Desk, workspace: str, user: str, channel: str, answer_id: str
) -> PastAnswer | None:
    """Return an answer if this person may see it from this channel.

    In a direct message the person's own are found too, wherever they were asked: what was sent
    there because it could not be shown elsewhere can be clicked as well.
    """
    viewer = viewer_in(workspace, user, channel)
    past = await desk.stored(desk.store.get, answer_id, viewer)
    if past is None and channel.startswith("D"):
        return await desk.stored(desk.store.get_own, answer_id, viewer)
    return past


def may_change(past: PastAnswer, user: str, *, private: bool) -> bool:
    """Whoever sees a public answer may change its numbers; a private one, its asker alone."""
    return not private or past.asker == user


def calculation_of(past: PastAnswer) -> Mapping[str, Any]:
    """Return the calculation of a stored answer, empty where it has none."""
    return past.answer.get("calculation") or {}


def language_of(past: PastAnswer | None) -> Language:
    """Return the language of a stored answer, English without one."""
    return "zh" if past is not None and past.language == "zh" else "en"
