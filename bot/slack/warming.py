"""One question of each kind and language, so that all is loaded before the first real one."""

from __future__ import annotations

from bot.question import Question
from bot.slack.kit import Answers
from knowledge.visibility import Place

NOWHERE = Place("warm-up", "warm-up", "terminal")
WARM_UP = ("7b fp16 adamw", "四张V100 32G能训65B吗")


def warm_up(answerer: Answers) -> None:
    """Have the answerer load what it needs."""
    for text in WARM_UP:
        answerer.answer(Question(text, place=NOWHERE))
