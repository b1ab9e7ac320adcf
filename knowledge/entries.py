"""Knowledge-base entries: what one Markdown file under ``knowledge/faq/`` holds, and its ways."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["en", "zh"]


class Bilingual(BaseModel):
    """A text in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: str
    zh: str

    def in_(self, language: Language) -> str:
        """Return the text in ``language``."""
        return self.zh if language == "zh" else self.en


class Ways(BaseModel):
    """Ways of asking for an entry, per language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: tuple[str, ...]
    zh: tuple[str, ...]


class EntrySource(BaseModel):
    """Where a statement comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    locator: str = ""


class Entry(BaseModel):
    """One answer of the knowledge base; bodies are Markdown.

    ``related`` lists the ids of neighbouring entries; ``calculator`` names the calculator that the
    entry leads to, or is None.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: Bilingual
    ask: Ways
    tags: tuple[str, ...] = ()
    calculator: str | None = None
    related: tuple[str, ...] = ()
    sources: tuple[EntrySource, ...]
    reviewed: date
    body: Bilingual
