"""Bilingual texts: whatever a calculator says in words, it says in English and in Chinese."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or name in both languages."""

    en: str
    zh: str

    def in_(self, language: Language) -> str:
        """Return the text in ``language``."""
        return self.zh if language == "zh" else self.en


_HAN = "[\u4e00-\u9fff]"
_LATIN = "[A-Za-z0-9]"
# Patterns that begin with what is rare are searched for faster than those that look behind first.
_TOUCHING = re.compile(f"{_HAN}(?={_LATIN})|{_LATIN}(?={_HAN})")
_IDLE_SPACE = re.compile(f" (?<={_HAN} )(?={_HAN})")
_HALF_BRACKETS = re.compile(r" ?\(([0-9.,]+ [KMGT]?i?B|[0-9.,]+ bytes)\)")


def _followed_by_space(match: re.Match[str]) -> str:
    return f"{match[0]} "


def _in_full_brackets(match: re.Match[str]) -> str:
    return f"（{match[1]}）"


@lru_cache(maxsize=4096)
def spaced(text: str) -> str:
    """Return a Chinese sentence as it is set: spaces beside Latin words, full-width brackets.

    There is a space between Chinese and Latin letters or digits, none between Chinese ones.
    """
    if "(" in text:
        text = _HALF_BRACKETS.sub(_in_full_brackets, text)
    return _IDLE_SPACE.sub("", _TOUCHING.sub(_followed_by_space, text))
