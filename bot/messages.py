"""The bot's own sentences, from ``messages.toml``, in the asker's language."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from bot.question import Language


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every sentence by key and language."""
    return tomllib.loads((files("bot") / "messages.toml").read_text(encoding="utf-8"))


def say(key: str, language: Language, **values: Any) -> str:
    """Return the sentence ``key`` in ``language`` with ``values`` filled in."""
    text = catalogue()[key][language].strip("\n")
    return text.format(**values) if values else text


def field_name(field: str, language: Language) -> str:
    """Return the words for an input such as ``gpu_count``; an unlisted one stays as it is."""
    key = f"field_{field}"
    return say(key, language) if key in catalogue() else field
