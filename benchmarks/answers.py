"""Warm ``answer()``: a calculation with its working, and an entry of the knowledge base."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator

from benchmarks.eval.sets import DATA, read_lines
from benchmarks.timing import Times, measure, report

WARM_UP = 60


def main() -> None:
    """Measure both kinds of answer on the evaluation's questions, each asked once.

    A question asked again would be answered from a cache, which would measure nothing.
    """
    from bot.answering import Answerer
    from bot.garbage import spare_the_collector
    from bot.question import Question
    from bot.rendering import plain_text

    answerer = Answerer()
    texts: dict[str, list[str]] = {"calculation": [], "faq": []}
    for line in read_lines(DATA):
        expected = "calculation" if "calculator" in line else line["kind"]
        if expected in texts:
            texts[expected].append(line["text"])
    for name, kind, baseline_name, baseline in (
        ("a numeric question", "calculation", "sympy: subs and str", _sympy_call()),
        ("a question for an entry", "faq", "plain FTS5 OR query", _fts_call()),
    ):
        questions = texts[kind]
        random.Random(7).shuffle(questions)
        turn = iter(questions)

        def one(turn: Iterator[str] = turn) -> str:
            return plain_text(answerer.answer(Question(next(turn))))

        for _ in range(WARM_UP):
            one()
        spare_the_collector()  # as the service does once it is warm
        mine, other = measure(one, baseline, len(questions) - WARM_UP)
        print(f"warm answer(): {name}, {len(mine)} of them, each once")
        report(Times("vrambot: question to text", mine), Times(baseline_name, other))


def _sympy_call() -> Callable[[], object]:
    import sympy

    n, b = sympy.symbols("n b")
    expression = n * b + 13 * sympy.Integer(10) ** 8
    return lambda: (str(expression), str(expression.subs({n: 7 * 10**9, b: 16})))


def _fts_call() -> Callable[[], object]:
    from knowledge.loader import load_entries

    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE asked USING fts5(way)")
    ways = [(way,) for entry in load_entries() for way in (*entry.ask.en, *entry.ask.zh)]
    connection.executemany("INSERT INTO asked VALUES (?)", ways)
    query = '"nvlink" OR "topology" OR "server" OR "see" OR "the"'
    statement = "SELECT rowid FROM asked WHERE asked MATCH ? ORDER BY rank LIMIT 5"
    return lambda: connection.execute(statement, (query,)).fetchall()
