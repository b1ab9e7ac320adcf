"""Which language a reply should be in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.question import Language
from bot.understanding.lexicon import glue

_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_WORD = re.compile(r"[A-Za-z]{2,}")
# Words that make an English sentence; terms of the field stand in Chinese sentences too.
_ENGLISH_FRAME = glue("english_frame")


def detect_language(text: str) -> Language:
    """Return ``zh`` for a Chinese sentence (English terms in it or not), else ``en``.

    With both scripts, each Chinese character weighs one half and each English function word one:
    a quoted Chinese term in an English sentence leaves it English.
    """
    head = text[:4000]
    characters = len(_CJK.findall(head))
    if not characters:
        return "en"
    frame = sum(word.lower() in _ENGLISH_FRAME for word in _WORD.findall(head))
    return "zh" if characters * 0.5 >= frame else "en"


def language_in(text: str, context: Mapping[str, Any] | None) -> Language:
    """Return the language of a turn: that of its conversation where its words do not tell one.

    ``int4?`` and ``8k context, batch 16`` are written so in either language.
    """
    kept = None if context is None else context.get("language")
    if kept not in ("en", "zh") or tells_language(text):
        return detect_language(text)
    return "zh" if kept == "zh" else "en"


def tells_language(text: str) -> bool:
    """Return whether a text has a Chinese character or a word that makes an English sentence."""
    head = text[:4000]
    if _CJK.search(head):
        return True
    return any(word.lower() in _ENGLISH_FRAME for word in _WORD.findall(head))
