"""A source in one line, in the words of the answer's language.

Titles of papers, datasheets and code are names and stay as they are; what leads to a place in them
(``question 5``, ``section 3``) is said in Chinese where the answer is.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files

from bot.question import Language


@lru_cache(maxsize=2048)
def cited(title: str, locator: str, language: Language) -> str:
    """Return ``title, locator`` as a language says it."""
    if language == "en":
        return f"{title}, {locator}" if locator else title
    text = f"{title}，{locator}" if locator else title
    for pattern, chinese in _phrases():
        text = pattern.sub(chinese, text)
    return text


@cache
def _phrases() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = (files("bot.rendering") / "citations.toml").read_text(encoding="utf-8")
    return tuple((re.compile(one["en"]), one["zh"]) for one in tomllib.loads(text)["phrase"])
