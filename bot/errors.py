"""Errors of the bot's own: each ends as one clear sentence, never as a traceback.

BotError                 base: ``key`` names its sentence in ``sentences``
├── BadInput             a file or a line that cannot be read as a question
├── BadSetting           a token or a setting that is missing or wrong (one line for operators)
└── StoreUnavailable     the history cannot be used; questions are still answered

The calculators' and the knowledge base's errors have trees of their own
(``calculators.errors``, ``knowledge.errors``); the faces turn all three into sentences.
"""

from __future__ import annotations

from typing import Any


class BotError(Exception):
    """Base of the bot's errors; ``exit_code`` is what a command ends with."""

    exit_code = 1

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


class BadInput(BotError):
    """A file or a line that cannot be read as a question."""

    exit_code = 2


class BadSetting(BotError):
    """A token or a setting that is missing or wrong."""

    exit_code = 3


class StoreUnavailable(BotError):
    """The history cannot be used; ``values['reason']`` is a sentence for operators."""

    exit_code = 4
