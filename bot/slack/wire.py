"""Slack's wire text as what a person typed: links, mentions and entities undone."""

from __future__ import annotations

import html
import re

MAX_CHARACTERS = 40_000
_MARKUP = re.compile(r"<([^<>]*)>")


def typed(text: str, bot_user_id: str | None = None) -> str:
    """Return the text as typed, without the mention of the bot.

    ``<url|label>`` becomes the label, ``<@U1|name>`` and ``<#C1|name>`` the name, and ``<!here>``
    a plain ``@here``; then ``&amp;``, ``&lt;`` and ``&gt;`` are read as characters. Lone
    surrogates, which no encoding carries, are replaced.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")

    def plain(match: re.Match[str]) -> str:
        target, _, label = match[1].partition("|")
        if target.startswith("@"):
            return "" if target[1:] == bot_user_id else f"@{label or target[1:]}"
        if target.startswith("#"):
            return f"#{label or target[1:]}"
        if target.startswith("!"):
            return label or f"@{target[1:].partition('^')[0]}"
        return label or target.removeprefix("mailto:").removeprefix("tel:")

    heard = html.unescape(_MARKUP.sub(plain, text[:MAX_CHARACTERS])).strip()
    # "@vrambot: 7b" addresses the bot; the colon is no part of the question.
    return heard.lstrip(":,：， ") if bot_user_id and mentions(text[:40], bot_user_id) else heard


def mentions(text: str, user_id: str) -> bool:
    """Return whether the wire text mentions this user."""
    return f"<@{user_id}>" in text or f"<@{user_id}|" in text
