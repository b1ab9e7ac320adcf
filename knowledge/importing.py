"""Brings files into a team's entries: entry files, and numbered documents as drafts.

What is the same as before stays as it is, so that an import can be repeated. Nothing that fails a
check goes live.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Literal

from knowledge.check import Problem
from knowledge.curation import draft_problems, workspace_entries
from knowledge.entries import Entry, Language
from knowledge.errors import EntryFileError
from knowledge.faq_document import draft_entries
from knowledge.loader import parse_entry
from knowledge.store.entries import Draft, Entries
from knowledge.store.errors import EntryConflict
from knowledge.writing import tidy

What = Literal["new", "changed", "unchanged", "draft", "refused"]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file, or of one question: its version if it is live now."""

    name: str
    what: What
    entry_id: str = ""
    version: int | None = None
    draft_id: str = ""
    problems: tuple[Problem, ...] = ()


class Importer:
    """Imports into one workspace on behalf of ``author``; ``calculators`` are all their names."""

    def __init__(
        self, entries: Entries, workspace: str, author: str, calculators: Collection[str]
    ) -> None:
        self._entries = entries
        self._workspace = workspace
        self._author = author
        self._calculators = calculators

    def files(
        self, texts: Mapping[str, str], *, as_drafts: bool = False, replaces: bool = False
    ) -> list[Imported]:
        """Make the entry files ``texts`` (by name) live, or drafts of them.

        With ``replaces`` an entry may take the place of a built-in one.
        """
        read: dict[str, Entry] = {}
        done: list[Imported] = []
        for name, text in texts.items():
            try:
                read[name] = tidy(parse_entry(text, name))
            except EntryFileError as error:
                problem = Problem(name, "unreadable", error.reason)
                done.append(Imported(name, "refused", problems=(problem,)))
        known = workspace_entries(self._entries, self._workspace)
        together = {**{entry.id: entry for entry in read.values()}, **known}
        for name, entry in read.items():
            if known.get(entry.id) == entry:
                done.append(Imported(name, "unchanged", entry.id))
            elif as_drafts:
                done.append(self._draft(name, self._based(entry, replaces=replaces)))
            else:
                done.append(self._live(name, self._based(entry, replaces=replaces), together))
                known[entry.id] = together[entry.id] = entry
        return sorted(done, key=lambda one: one.name)

    def document(
        self, text: str, name: str, language_of: Callable[[str], Language]
    ) -> list[Imported]:
        """Make a draft of each answered question of a numbered document."""
        today = datetime.now(UTC).date()
        return [
            self._draft(f"{asked.label} {asked.title}", self._based(entry, replaces=False))
            for asked, entry in draft_entries(text, name, language_of, today)
        ]

    def _based(self, entry: Entry, *, replaces: bool) -> Draft:
        versions = self._entries.entry_versions(self._workspace, entry.id)
        content = f"{entry.id}\0{entry.model_dump_json(exclude={'reviewed'})}"
        return Draft(
            id=blake2b(content.encode(), digest_size=6).hexdigest(),
            entry=entry,
            author=self._author,
            saved_at=datetime.now(UTC),
            based_on=versions[0].number if versions else 0,
            state="imported",
            replaces=replaces,
        )

    def _draft(self, name: str, draft: Draft) -> Imported:
        problems = tuple(self._problems(draft))
        if self._entries.draft(self._workspace, draft.id) is not None:
            return Imported(name, "unchanged", draft.entry.id, None, draft.id, problems)
        for older in self._entries.drafts(self._workspace, ["imported"], limit=10_000):
            if older.entry.id == draft.entry.id and older.author == self._author:
                self._entries.drop_draft(self._workspace, older.id)
        self._entries.save_draft(self._workspace, draft)
        return Imported(name, "draft", draft.entry.id, None, draft.id, problems)

    def _live(self, name: str, draft: Draft, together: Mapping[str, Entry]) -> Imported:
        others = {id_: one for id_, one in together.items() if one is not draft.entry}
        if draft.based_on:
            others[draft.entry.id] = draft.entry
        problems = draft_problems(draft, others, self._calculators)
        if not problems:
            try:
                made = self._entries.add_version(
                    self._workspace, draft.entry, draft.based_on, self._author, "import"
                )
            except EntryConflict as error:
                problems = [Problem(name, error.code, error.message)]
            else:
                what: What = "changed" if draft.based_on else "new"
                return Imported(name, what, draft.entry.id, made.number)
        found = tuple(replace(problem, file=name) for problem in problems)
        return Imported(name, "refused", draft.entry.id, problems=found)

    def _problems(self, draft: Draft) -> list[Problem]:
        known = workspace_entries(self._entries, self._workspace)
        return draft_problems(draft, known, self._calculators)
