"""The App Home: what the bot is for, and questions to start with."""

from __future__ import annotations

from typing import Any

from bot.messages import say

HOME = "home"


def home_view() -> dict[str, Any]:
    """Return the Home tab, in both languages."""
    sections = [
        _section(say(key, language))
        for language in ("en", "zh")
        for key in ("home_welcome", "help")
    ]
    return {
        "type": "home",
        "blocks": [*sections[:2], {"type": "divider"}, *sections[2:]],
    }


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:3_000]}}
