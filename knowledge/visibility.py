"""Who may see a past answer: the one rule that every look-up goes through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PlaceKind = Literal["public", "private", "group", "dm", "external", "terminal"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was said. ``thread`` is the root message's id, or None."""

    workspace: str
    channel: str
    kind: PlaceKind
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks: the person and the place they look from.

    ``aloud`` says that what is found is said where others read it too.
    """

    user: str
    place: Place
    aloud: bool = False


def may_see(viewer: Viewer, asked_in: Place, asker: str, *, private: bool) -> bool:
    """Public answers are seen in their workspace, all others only from the same conversation.

    Whoever looks from a channel that is shared with another company sees that channel's answers
    alone: the other company reads along there. A ``private`` answer, shown to its ``asker`` alone
    and not shared since, is never said aloud; unless it was asked in public, nobody else sees it.
    """
    if viewer.place.workspace != asked_in.workspace or (private and viewer.aloud):
        return False
    if asked_in.kind == "public" and viewer.place.kind != "external":
        return True
    return viewer.place.channel == asked_in.channel and (not private or viewer.user == asker)


def is_own(viewer: Viewer, asked_in: Place, asker: str) -> bool:
    """Whether the viewer asked it: seen by the asker from anywhere, but by nobody beside them.

    Only for what no one else can look at (the Home tab, a modal), never for a message in a channel.
    """
    return viewer.place.workspace == asked_in.workspace and viewer.user == asker
