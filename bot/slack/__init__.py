"""The Slack face: listeners that record and acknowledge, workers that answer, an outbox that posts.

``run(settings)`` serves until it is told to stop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import Settings

__all__ = ["run"]


def run(settings: Settings) -> int:
    """Serve Slack until SIGINT or SIGTERM and return the exit code.

    Raises ``BadSetting`` or ``StoreError``, each with one line that says what to do.
    """
    from bot.slack.serve import serve

    return serve(settings)
