"""Pure functions of an :class:`~bot.answer.Answer`: plain text, JSON, Block Kit."""

from __future__ import annotations

from bot.rendering.blocks import blocks
from bot.rendering.json import answer_json
from bot.rendering.text import plain_text

__all__ = ["answer_json", "blocks", "plain_text"]
