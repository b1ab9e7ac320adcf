"""What ``/vram`` takes, for whoever wrote something that it could not use."""

from __future__ import annotations

import difflib
from dataclasses import replace

from bot.answer import Answer
from bot.messages import say
from bot.question import Language

FORMS = {
    "help": "/vram help",
    "帮助": "/vram help",
    "find": "/vram find 65B V100",
    "search": "/vram find 65B V100",
    "settings": "/vram settings",
    "policy": "/vram policy follow-ups",
}
CLOSE = 0.7
MOST_WORDS = 4


def nearest_form(text: str) -> str | None:
    """Return the form of a command whose first word is nearly that of ``text``."""
    words = text.casefold().split()
    near = difflib.get_close_matches(words[0], FORMS, n=1, cutoff=CLOSE) if words else []
    return FORMS[near[0]] if near else None


def is_near(text: str) -> bool:
    """Return whether a message is short and begins nearly like a command: one mistyped."""
    return len(text.split()) <= MOST_WORDS and nearest_form(text) is not None


def with_forms(answer: Answer, text: str) -> Answer:
    """Add to an answer that could not be given the nearest form, and two examples that work."""
    language: Language = answer.language
    near = nearest_form(text)
    lines = [] if near is None else [say("form_nearest", language, form=near)]
    lines.append(say("form_examples", language))
    return replace(answer, caveats=(*answer.caveats, "\n".join(lines)))
