"""The empty view that is open at once and filled in by a worker, found by its external id."""

from __future__ import annotations

from bot.question import Language
from bot.slack.asked import answer_id
from bot.slack.forms.modal import View, notice


def waiting(language: Language, external_id: str) -> View:
    """Return the view that says that something is being looked up."""
    return {**notice("curation_wait", language), "external_id": external_id}


def external_id_of(workspace: str, key: str) -> str:
    """Return the id under which the view of a click is found again."""
    return f"curation-{answer_id(workspace, 'view', key)}"
