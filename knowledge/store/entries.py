"""What a store keeps of a team's own entries: versions, drafts, and what could not be answered.

A version is never changed: every change of an entry is a further version, with who made it and
when. Texts that are not live yet are drafts; a draft carries the version that it was based on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from knowledge.entries import Entry
from knowledge.visibility import Viewer

Action = Literal["publish", "undo", "withdraw", "import"]
DraftState = Literal["open", "proposed", "conflict", "imported", "published", "dropped"]
Outcome = Literal["answered", "dismissed"]
LISTED: tuple[DraftState, ...] = ("proposed", "conflict", "imported")
"""States of drafts that wait for a curator; an ``open`` one is being written."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a team's entry; ``entry`` is None where it was withdrawn.

    ``number`` counts from 1 for each entry. ``change`` counts every change in the workspace.
    """

    entry_id: str
    number: int
    entry: Entry | None
    author: str
    made_at: datetime
    action: Action
    change: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that is not live; its entry may still lack what a live one must have.

    ``based_on`` is the number of the version that was edited, 0 for a new entry. ``answers`` are
    the past answers that it is meant to put right. ``replaces`` says that it may take the place of
    a built-in entry. ``published`` is the number of the version that it became.
    """

    id: str
    entry: Entry
    author: str
    saved_at: datetime
    based_on: int = 0
    state: DraftState = "open"
    answers: tuple[str, ...] = ()
    replaces: bool = False
    published: int | None = None


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """Nearly the same question, asked once or more and not answered well.

    ``query`` and ``language`` are those of the newest; ``answers`` are all ids, newest first;
    ``bad`` is how many were answered, but badly, as people said.
    """

    query: str
    language: str
    answers: tuple[str, ...]
    asked_at: datetime
    bad: int = 0

    @property
    def count(self) -> int:
        """Return how often it was asked."""
        return len(self.answers)


class Entries(Protocol):
    """A team's own entries. Every key leads with the workspace; nothing is shared between two."""

    def entry_changes(self, workspace: str) -> int:
        """Return how many changes were made to the entries, 0 for none; costs next to nothing."""

    def entry_workspaces(self) -> list[str]:
        """Return the workspaces with entries of their own, the one changed last first."""

    def changed_entries(self, workspace: str, since: int = 0) -> list[Version]:
        """Return the newest version of each entry that changed after the change ``since``."""

    def entry_versions(self, workspace: str, entry_id: str) -> list[Version]:
        """Return all versions of an entry, newest first."""

    def add_version(
        self, workspace: str, entry: Entry, based_on: int, author: str, action: Action = "publish"
    ) -> Version:
        """Make ``entry`` live; raises ``EntryConflict`` unless ``based_on`` is the newest."""

    def undo_entry(
        self,
        workspace: str,
        entry_id: str,
        author: str,
        to: int | None = None,
        based_on: int | None = None,
    ) -> Version:
        """Add a version with the content of the one before the newest, or of the version ``to``.

        Before the first version there was nothing: to undo it, or ``to`` 0, withdraws the entry.
        Raises ``UnknownEntry``, and ``EntryConflict`` unless ``based_on``, where it is given, is
        the newest.
        """

    def withdraw_entry(self, workspace: str, entry_id: str, author: str) -> Version:
        """Take an entry back, its versions stay; raises ``UnknownEntry``."""

    def save_draft(self, workspace: str, draft: Draft) -> bool:
        """Store a draft or replace the one with its id; False when that one is closed."""

    def draft(self, workspace: str, draft_id: str) -> Draft | None:
        """Return a draft, closed or not."""

    def drafts(
        self, workspace: str, states: Sequence[DraftState] = LISTED, limit: int = 50
    ) -> list[Draft]:
        """Return the drafts in these states, newest first."""

    def drop_draft(self, workspace: str, draft_id: str) -> bool:
        """Close a draft without publishing it; False when there is none to close."""

    def publish_draft(self, workspace: str, draft_id: str, author: str) -> Version:
        """Make a draft live and close it; its questions count as answered.

        To publish it again gives the same version. Raises ``UnknownEntry`` and ``EntryConflict``:
        then the draft is kept, marked as in conflict.
        """

    def open_questions(self, viewer: Viewer, limit: int = 50) -> list[OpenQuestion]:
        """Return what could not be answered and what was answered badly, newest first.

        Only what the viewer may see from where they look.
        """

    def settle_questions(
        self, workspace: str, answers: Sequence[str], by: str, outcome: Outcome
    ) -> int:
        """Take questions off the list; return how many there were.

        A dismissed question stays away however often it is asked; an answered one comes back when
        it is asked again and still not answered.
        """
