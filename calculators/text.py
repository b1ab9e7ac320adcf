"""Bilingual texts: whatever a calculator says in words, it says in English and in Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable
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

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Text):
            return NotImplemented
        return self.en == other.en and self.zh == other.zh

    def __hash__(self) -> int:
        return hash((self.en, self.zh))


class Deferred(Text):
    """A text that is written when it is first read: most are not, where only numbers are asked.

    What ``write`` rests on must no longer change when the text is handed on.
    """

    __slots__ = ("_write",)
    _write: Callable[[], Text]

    def __init__(self, write: Callable[[], Text]) -> None:
        object.__setattr__(self, "_write", write)

    def __getattr__(self, name: str) -> str:
        # Called for a slot that is still empty.
        if name not in ("en", "zh"):
            raise AttributeError(name)
        text = self._write()
        object.__setattr__(self, "en", text.en)
        object.__setattr__(self, "zh", text.zh)
        return text.en if name == "en" else text.zh


_HAN = "[\u4e00-\u9fff]"
_LATIN = "[A-Za-z0-9]"
# Patterns that begin with what is rare are searched for faster than those that look behind first.
_TOUCHING = re.compile(f"{_HAN}(?={_LATIN})|{_LATIN}(?={_HAN})")
_VOWEL_NUMBER = re.compile(r"8|1[18](?!\d)")
"""Eight, eighty, eight hundred; eleven; eighteen."""
_IDLE_SPACE = re.compile(f" (?<={_HAN} )(?={_HAN})")
_HALF_BRACKETS = re.compile(r" ?\(([0-9.,]+ [KMGT]?i?B|[0-9.,]+ bytes)\)")


def _followed_by_space(match: re.Match[str]) -> str:
    return f"{match[0]} "


def _in_full_brackets(match: re.Match[str]) -> str:
    return f"（{match[1]}）"


def with_article(size: str) -> str:
    """Return an English size with its article: ``a 7B``, ``an 8B``, ``an 11B``, ``a 110B``."""
    return f"an {size}" if _VOWEL_NUMBER.match(size) else f"a {size}"


@lru_cache(maxsize=4096)
def spaced(text: str) -> str:
    """Return a Chinese sentence as it is set: spaces beside Latin words, full-width brackets.

    There is a space between Chinese and Latin letters or digits, none between Chinese ones.
    """
    if "(" in text:
        text = _HALF_BRACKETS.sub(_in_full_brackets, text).replace("） ", "）")
    return _IDLE_SPACE.sub("", _TOUCHING.sub(_followed_by_space, text))
