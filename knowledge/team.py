"""What one workspace knows: the built-in entries, and its own laid over them.

A workspace without entries of its own uses the shared ranker and pays one look at a counter. With
some it has a ranker of its own over the same model; before each question the counter tells whether
this or another process changed an entry, so that an entry is found as soon as it is published.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from knowledge.entries import Entry
from knowledge.errors import KnowledgeError
from knowledge.loader import find_entry

if TYPE_CHECKING:
    from knowledge.matching.port import Ranker
    from knowledge.store.entries import Entries, Version

MOST_RANKERS = 64
"""Workspaces whose rankers are kept; the one that was asked least recently is built anew."""


class Known(Protocol):
    """What is known in one workspace."""

    @property
    def ranker(self) -> Ranker:
        """The ranker over all of it."""

    def find_entry(self, entry_id: str) -> Entry | None:
        """Return the entry of that id as this workspace has it."""

    def version(self, entry_id: str) -> int | None:
        """Return the number of the version of a team's entry, None for a built-in one."""


class BuiltIn:
    """What every workspace knows; the ranker is loaded on first use."""

    def __init__(self, make_ranker: Callable[[], Ranker] | None = None) -> None:
        self._make_ranker = make_ranker or packaged_ranker
        self._ranker: Ranker | None = None
        self._lock = threading.Lock()

    @property
    def ranker(self) -> Ranker:
        """The ranker over the built-in entries."""
        if self._ranker is None:
            with self._lock:
                self._ranker = self._ranker or self._make_ranker()
        return self._ranker

    def find_entry(self, entry_id: str) -> Entry | None:
        """Return a built-in entry."""
        return find_entry(entry_id)

    def version(self, entry_id: str) -> int | None:
        """Return None: built-in entries have no versions in the store."""
        return None


class Overlay:
    """What one workspace knows with entries of its own; ``ranker`` is changed in place."""

    def __init__(self, ranker: Ranker, versions: Iterable[Version]) -> None:
        self.ranker = ranker
        self._own: dict[str, Version] = {}
        self.change = 0
        for version in versions:
            self.take(version)

    def take(self, version: Version) -> None:
        """Bring in one change that is not a withdrawal of what was there."""
        self.change = max(self.change, version.change)
        if version.entry is not None:
            self._own[version.entry_id] = version
            self.ranker.replace_entry(version.entry)

    def has(self, entry_id: str) -> bool:
        """Return whether the workspace has an entry of its own with this id."""
        return entry_id in self._own

    def find_entry(self, entry_id: str) -> Entry | None:
        """Return the workspace's own entry, else the built-in one."""
        own = self._own.get(entry_id)
        return own.entry if own is not None else find_entry(entry_id)

    def version(self, entry_id: str) -> int | None:
        """Return the number of the version of an own entry."""
        own = self._own.get(entry_id)
        return own.number if own is not None else None


class TeamKnowledge:
    """What each workspace knows; safe to use from several threads."""

    def __init__(
        self, entries: Entries | None = None, make_ranker: Callable[[], Ranker] | None = None
    ) -> None:
        """Lay the entries of a store over the built-in ones; None: there are only these."""
        self._entries = entries
        self._make_ranker = make_ranker or packaged_ranker
        self._built_in = BuiltIn(self._make_ranker)
        self._overlays: OrderedDict[str, tuple[int, Overlay | None]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def built_in(self) -> Known:
        """What is known whatever a team wrote."""
        return self._built_in

    def of(self, workspace: str) -> Known:
        """Return what is known in a workspace now; a store that fails leaves what was known."""
        if self._entries is None:
            return self._built_in
        seen, overlay = self._overlays.get(workspace, (0, None))
        try:
            change = self._entries.entry_changes(workspace)
            with suppress(KeyError):
                self._overlays.move_to_end(workspace)
            if change != seen:
                overlay = self._brought_up_to_date(workspace)
        except KnowledgeError:
            # Whoever records the answer will say what is wrong with the store.
            pass
        return overlay or self._built_in

    def warm_up(self) -> None:
        """Lay over what is stored, so that no question waits for it (some 3 ms for each entry)."""
        if self._entries is not None:
            for workspace in self._entries.entry_workspaces()[:MOST_RANKERS]:
                self.of(workspace)

    def _brought_up_to_date(self, workspace: str) -> Overlay | None:
        assert self._entries is not None
        with self._lock:
            seen, overlay = self._overlays.get(workspace, (0, None))
            if self._entries.entry_changes(workspace) < seen:
                # All of it was deleted with the workspace: the count begins anew.
                self._overlays.pop(workspace, None)
                seen, overlay = 0, None
            news = self._entries.changed_entries(workspace, seen)
            if not news:
                return overlay
            gone = [one for one in news if one.entry is None]
            if overlay is None or any(overlay.has(one.entry_id) for one in gone):
                # What was withdrawn may have stood in the place of a built-in entry.
                news = self._entries.changed_entries(workspace)
                overlay = self._laid_over(news)
            else:
                for version in news:
                    overlay.take(version)
            change = max(one.change for one in news)
            self._overlays[workspace] = (change, overlay)
            self._overlays.move_to_end(workspace)
            while len(self._overlays) > MOST_RANKERS:
                self._overlays.popitem(last=False)
            return overlay

    def _laid_over(self, versions: list[Version]) -> Overlay | None:
        if all(version.entry is None for version in versions):
            return None
        return Overlay(self._make_ranker(), versions)


def packaged_ranker() -> Ranker:
    """Return a new ranker over the built-in knowledge base, on the one packaged model."""
    from knowledge.matching import default_ranker

    return default_ranker()
