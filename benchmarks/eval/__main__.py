"""``python -m benchmarks.eval``: the question sets through the ranker and the baselines.

The development half may be tuned on, the test half never; they are printed apart. ``--missed``
lists what went wrong on the development half. ``--quick`` leaves the baselines out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from benchmarks.eval import numeric
from benchmarks.eval.matchers import (
    Matcher,
    answer_matcher,
    fts_matcher,
    ranker_matcher,
    tfidf_matcher,
    with_threshold,
)
from benchmarks.eval.measures import Guess, score
from benchmarks.eval.sets import HALVES, Asked, load_questions
from knowledge.matching import default_ranker
from knowledge.matching.builtin import builtin_examples

COLUMNS = "asked  top-1  top-3  right  wrong  other  refused  AUROC"


def main(arguments: Sequence[str]) -> None:
    """Print every table."""
    questions = load_questions()
    dev = [asked for asked in questions if asked.half == "dev"]
    ours = ranker_matcher(default_ranker())
    matchers: dict[str, Matcher] = {"vrambot": ours, "vrambot, whole answer": answer_matcher()}
    if "--quick" not in arguments:
        examples = builtin_examples()
        matchers["FTS5"] = with_threshold(fts_matcher(examples), dev)
        whose, tfidf = tfidf_matcher(examples)
        matchers[f"TF-IDF + LR ({whose})"] = with_threshold(tfidf, dev)
    for half in HALVES:
        chosen = [asked for asked in questions if asked.half == half]
        print(f"== {half}: {len(chosen)} questions")
        guesses = {name: _guesses(name, matcher, chosen) for name, matcher in matchers.items()}
        _compare(chosen, guesses)
        _details(chosen, guesses["vrambot"])
        if half == "dev" and "--missed" in arguments:
            _missed(chosen, guesses["vrambot"])
    numeric.main(arguments)


def _guesses(name: str, matcher: Matcher, questions: Sequence[Asked]) -> list[Guess]:
    started = time.perf_counter()
    guesses = [matcher(asked.text) for asked in questions]
    each_ms = (time.perf_counter() - started) / max(len(questions), 1) * 1e3
    print(f"   {name}: {each_ms:.2f} ms a question")
    return guesses


def _compare(questions: Sequence[Asked], guesses: dict[str, list[Guess]]) -> None:
    print(f"\n{'':24}{COLUMNS}")
    for name, made in guesses.items():
        _row(name, questions, made)


def _details(questions: Sequence[Asked], guesses: Sequence[Guess]) -> None:
    groups: tuple[tuple[str, Callable[[Asked], str]], ...] = (
        ("set", lambda asked: asked.set),
        ("kind", lambda asked: asked.kind),
        ("language", lambda asked: asked.lang),
        ("difficulty", lambda asked: asked.difficulty),
    )
    for title, key in groups:
        print(f"\n by {title:<20}{COLUMNS}")
        for value in sorted({key(asked) for asked in questions}):
            inside = [i for i, asked in enumerate(questions) if key(asked) == value]
            _row(f"  {value}", [questions[i] for i in inside], [guesses[i] for i in inside])
    print()


def _row(name: str, questions: Sequence[Asked], guesses: Sequence[Guess]) -> None:
    s = score(questions, guesses)
    rates = (s.top1, s.top3, s.right, s.wrong)
    shown = "".join(f"{_percent(rate):>7}" for rate in rates)
    print(f"{name:<24}{s.asked:>5}{shown}{s.outside:>7}{_percent(s.refused):>9}{s.auroc:>7.3f}")


def _percent(rate: float) -> str:
    return "-" if rate != rate else f"{rate:.1%}"


def _missed(questions: Sequence[Asked], guesses: Sequence[Guess]) -> None:
    for asked, guess in zip(questions, guesses, strict=True):
        right = guess.answers and asked.accepts(guess.ids[:1])
        if right if asked.in_scope else not guess.answers:
            continue
        verdict = "answered" if guess.answers else "refused"
        print(f"   {asked.id} {asked.text!r}: expected {asked.expect}, {verdict}", end=" ")
        print(f"{guess.ids[:2]} at {guess.confidence:.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
