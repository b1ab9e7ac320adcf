"""The bot's own sentences, from the files of ``sentences``, in the asker's language."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from bot.question import Language

_FIELD = re.compile(r"(?<![a-z_])(?:[a-z]+(?:_[a-z]+)+|seq|params)(?![a-z_])")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Return every sentence by key and language; raises ``ValueError`` for a key in two files."""
    sentences: dict[str, dict[str, str]] = {}
    for file in sorted((files("bot") / "sentences").iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".toml"):
            continue
        read = tomllib.loads(file.read_text(encoding="utf-8"))
        twice = sentences.keys() & read.keys()
        if twice:
            raise ValueError(f"{file.name}: {sorted(twice)} stand in another file too")
        sentences.update(read)
    return sentences


def say(key: str, language: Language, **values: Any) -> str:
    """Return the sentence ``key`` in ``language`` with ``values`` filled in."""
    text = catalogue()[key][language].strip("\n")
    return text.format(**values) if values else text


def say_both(key: str, **values: Any) -> str:
    """Return the sentence in both languages, a line each: for people whose language is unknown."""
    return "\n".join(say(key, language, **values) for language in ("en", "zh"))


def field_name(field: str, language: Language) -> str:
    """Return the words for an input such as ``gpu_count``; an unlisted one stays as it is."""
    key = f"field_{field}"
    return say(key, language) if key in catalogue() else field


def field_names(fields: Iterable[str], language: Language) -> str:
    """Return the words for inputs, each once; marks of a reading that no words are for are none."""
    listed = (field for field in fields if f"field_{field}" in catalogue())
    return say("comma", language).join(dict.fromkeys(field_name(one, language) for one in listed))


def worded(sentence: str, language: Language) -> str:
    """Return a sentence with the names of inputs (``micro_batch``) in the asker's words."""

    def words(match: re.Match[str]) -> str:
        return field_name(match[0], language)

    return _FIELD.sub(words, sentence)
