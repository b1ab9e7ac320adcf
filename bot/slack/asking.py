"""Questions that no message asks: of a command, a form or a shortcut."""

from __future__ import annotations

from dataclasses import replace

from bot.slack.asked import Asked
from bot.slack.places import kind_of_id


def answered_by_url(asked: Asked, begun_by: str, response_url: str) -> Asked:
    """Return a question that begins a conversation of its own, answered by a ``response_url``."""
    return replace(
        asked,
        thread=f"{begun_by}-{asked.id}",
        kind=asked.kind or kind_of_id(asked.channel),
        response_url=str(response_url),
    )
