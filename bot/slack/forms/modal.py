"""The frame of a modal: a title, blocks, and the words on its buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.messages import say, say_both
from bot.question import Language

Block = dict[str, Any]
View = dict[str, Any]
BOTH: tuple[Language, ...] = ("en", "zh")
TITLE_CHARACTERS = 24
LABEL_CHARACTERS = 75
TEXT_CHARACTERS = 2_900


def modal(
    callback_id: str,
    title: str,
    blocks: Sequence[Block],
    *,
    language: Language | None,
    submit: str | None = "form_submit",
    metadata: str = "",
) -> View:
    """Return a modal; ``title`` and ``submit`` are keys of sentences.

    Without a ``language`` its words stand in both, one after the other.
    """
    view: View = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(words(title, language), TITLE_CHARACTERS),
        "close": plain(words("form_cancel", language), TITLE_CHARACTERS),
        "private_metadata": metadata,
        "blocks": list(blocks),
    }
    if submit is not None:
        view["submit"] = plain(words(submit, language), TITLE_CHARACTERS)
    return view


def words(key: str, language: Language | None) -> str:
    """Return a few words in a language, or in both on one line."""
    languages = BOTH if language is None else (language,)
    return " · ".join(dict.fromkeys(say(key, one) for one in languages))


def notice(key: str, language: Language | None = None) -> View:
    """Return a modal that only says a sentence; in both languages where none is known."""
    text = say_both(key) if language is None else say(key, language)
    return {
        "type": "modal",
        "title": plain("vrambot", TITLE_CHARACTERS),
        "close": plain(say("form_close", language or "en"), TITLE_CHARACTERS),
        "blocks": [paragraph(text)],
    }


def plain(text: str, limit: int = LABEL_CHARACTERS) -> Block:
    """Return a text object in which nothing is markup, cut to ``limit`` characters."""
    return {"type": "plain_text", "text": text if len(text) <= limit else text[: limit - 1] + "…"}


def paragraph(text: str) -> Block:
    """Return a section whose words are shown as they are."""
    return {"type": "section", "text": plain(text, TEXT_CHARACTERS)}
