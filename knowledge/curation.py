"""The rules by which a draft may become an entry of a team: those of the entry files, and ids.

A team's entry has the id of a built-in one only where it is meant to replace it, which is said with
the draft. The ids of a workspace are unique, and so are the ways of asking.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from knowledge.check import Problem, check_entry, check_ways_are_its_own
from knowledge.entries import Bilingual, Entry
from knowledge.loader import entry_files, load_entries

if TYPE_CHECKING:
    from knowledge.store.entries import Draft, Entries


def draft_problems(
    draft: Draft,
    known: Mapping[str, Entry],
    calculators: Collection[str],
    today: date | None = None,
) -> list[Problem]:
    """Return what keeps a draft from going live; ``known`` are the workspace's entries by id.

    ``today`` bounds the date of review (default: today in UTC).
    """
    entry = draft.entry
    today = today or datetime.now(UTC).date()
    problems = check_entry(entry, {*known, entry.id}, calculators, today)
    others = [other for other in known.values() if other.id != entry.id]
    problems += check_ways_are_its_own(entry, others)
    if draft.based_on == 0 and entry.id in known:
        problems += _taken_id(entry.id, replaces=draft.replaces)
    return problems


def workspace_entries(entries: Entries, workspace: str) -> dict[str, Entry]:
    """Return the entries of a workspace by id: the built-in ones and its own over them."""
    known = {entry.id: entry for entry in load_entries()}
    for version in entries.changed_entries(workspace):
        if version.entry is not None:
            known[version.entry_id] = version.entry
    return known


def is_built_in(entry_id: str) -> bool:
    """Return whether a built-in entry has this id."""
    return any(file.name == f"{entry_id}.md" for file in entry_files())


def _taken_id(entry_id: str, *, replaces: bool) -> list[Problem]:
    if not is_built_in(entry_id):
        message = Bilingual(
            en=f"the team has an entry {entry_id!r} already: edit that one",
            zh=f"团队已有条目 {entry_id!r}：请编辑它",
        )
        return [Problem("", "taken-id", message, "id")]
    if replaces:
        return []
    message = Bilingual(
        en=f"{entry_id!r} is a built-in entry: choose another id, or say that this one replaces it",
        zh=f"{entry_id!r} 是内置条目：请换一个 id，或说明要替换它",
    )
    return [Problem("", "built-in-id", message, "id")]
