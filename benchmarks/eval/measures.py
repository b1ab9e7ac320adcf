"""What is counted: right and wrong answers, refusals, and how well confidence separates."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.eval.sets import Asked


@dataclass(frozen=True, slots=True)
class Guess:
    """What a matcher says: ids best first, its confidence, and whether it would answer."""

    ids: tuple[str, ...]
    confidence: float
    answers: bool


@dataclass(frozen=True, slots=True)
class Score:
    """Rates, 0 to 1. ``top1`` and ``top3`` look at the order alone, the others at the decision.

    ``right`` and ``wrong`` are answers given to questions in scope; ``refused`` is the share of
    the others that got no answer; ``auroc`` is the chance that a question in scope gets more
    confidence than one that is not.
    """

    asked: int
    outside: int
    top1: float
    top3: float
    right: float
    wrong: float
    refused: float
    auroc: float


def score(questions: Sequence[Asked], guesses: Sequence[Guess]) -> Score:
    """Return the rates of ``guesses`` for ``questions``."""
    pairs = list(zip(questions, guesses, strict=True))
    inside = [(asked, guess) for asked, guess in pairs if asked.in_scope]
    outside = [guess for asked, guess in pairs if not asked.in_scope]
    first = [(guess.answers, asked.accepts(guess.ids[:1])) for asked, guess in inside]
    return Score(
        asked=len(inside),
        outside=len(outside),
        top1=_share([good for _, good in first]),
        top3=_share([asked.accepts(guess.ids[:3]) for asked, guess in inside]),
        right=_share([answers and good for answers, good in first]),
        wrong=_share([answers and not good for answers, good in first]),
        refused=_share([not guess.answers for guess in outside]),
        auroc=auroc([g.confidence for _, g in inside], [g.confidence for g in outside]),
    )


def auroc(higher: Sequence[float], lower: Sequence[float]) -> float:
    """Return the chance that one of ``higher`` exceeds one of ``lower``; ties count half."""
    if not higher or not lower:
        return float("nan")
    ranked = sorted(lower)
    wins = sum(bisect_left(ranked, value) + bisect_right(ranked, value) for value in higher)
    return wins / (2 * len(higher) * len(lower))


def best_threshold(questions: Sequence[Asked], guesses: Sequence[Guess]) -> float:
    """Return the confidence from which answering gives the most right decisions."""
    ranked = sorted(zip(questions, guesses, strict=True), key=lambda pair: -pair[1].confidence)
    best, threshold, gain = 0, float("inf"), 0
    for asked, guess in ranked:
        gain += 1 if asked.accepts(guess.ids[:1]) else -1
        if gain > best:
            best, threshold = gain, guess.confidence
    return threshold


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else float("nan")
