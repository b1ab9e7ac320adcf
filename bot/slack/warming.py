"""Questions before the first real one, so that all is loaded and what most need is worked out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from bot.question import Question
from bot.slack.kit import Answers
from knowledge.loader import load_entries
from knowledge.visibility import Place

NOWHERE = Place("warm-up", "warm-up", "terminal")
WARM_UP = ("7b fp16 adamw", "四张V100 32G能训65B吗")


EACH = 2
"""Ways of asking for each entry in each language that a process of its own begins with."""


def warm_up(answerer: Answers) -> None:
    """Have the answerer load what it needs, by one question of each kind and language."""
    _ask(answerer, WARM_UP)


def rehearse(answerer: Answers) -> None:
    """Have the answerer work out what questions share, by a few on every subject.

    It takes some 0.4 s, and the first fifty questions after it a fifth less time than without.
    """
    _ask(answerer, _usual())


def _ask(answerer: Answers, questions: Iterable[str]) -> None:
    for text in questions:
        answerer.answer(Question(text, place=NOWHERE))


def _usual() -> Iterator[str]:
    for entry in load_entries():
        for ways in (entry.ask.en, entry.ask.zh):
            yield from islice(ways, EACH)
