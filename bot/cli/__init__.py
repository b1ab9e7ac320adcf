"""The ``vrambot`` command: one file per verb, loaded only when it is called."""

from __future__ import annotations

from bot.cli.main import main

__all__ = ["main"]
