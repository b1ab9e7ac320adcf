"""The numbered steps of the SQLite schema, in order: one file each.

A step that has been released is never edited: a change is a new step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from knowledge.store.steps.m001_history import m001_history
from knowledge.store.steps.m002_queues import m002_queues
from knowledge.store.steps.m003_preferences import m003_preferences
from knowledge.store.steps.m004_entries import m004_entries
from knowledge.store.steps.m005_installations import m005_installations
from knowledge.store.steps.m006_same_words import m006_same_words
from knowledge.store.steps.m007_private import m007_private

STEPS: tuple[Callable[[Any], None], ...] = (
    m001_history,
    m002_queues,
    m003_preferences,
    m004_entries,
    m005_installations,
    m006_same_words,
    m007_private,
)
