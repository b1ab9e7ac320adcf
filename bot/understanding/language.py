"""Which language a reply should be in."""

from __future__ import annotations

import re

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
