"""What a person chose: the language and the defaults that their questions are answered with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.question import Defaults, Language
from bot.understanding.language import detect_language
from knowledge.store import Store
from knowledge.store.errors import StoreError
from knowledge.store.personal import owner_of


def tastes_of(store: Store, workspace: str, user: str) -> Mapping[str, Any]:
    """Return what somebody chose; cards of the whole team where they chose none of their own.

    Empty where nothing was chosen, or where it cannot be read.
    """
    try:
        chosen = store.preferences(workspace, owner_of("user", user))
        if chosen.get("gpu"):
            return chosen
        return {**store.preferences(workspace, owner_of("workspace")), **chosen}
    except StoreError:
        return {}


def chosen_language(tastes: Mapping[str, Any]) -> Language | None:
    """Return the language that was chosen, None when it was left to the question."""
    language = tastes.get("language")
    return language if language in ("en", "zh") else None


def language_for(store: Store, workspace: str, user: str, text: str = "") -> Language:
    """Return the language to speak to somebody where a text says little: Chinese if it is so."""
    if detect_language(text) == "zh":
        return "zh"
    return chosen_language(tastes_of(store, workspace, user)) or "en"


def defaults_of(tastes: Mapping[str, Any]) -> Defaults | None:
    """Return the default cards, None where none were chosen."""
    return Defaults.read(tastes)
