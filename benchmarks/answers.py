"""Warm ``answer()``: a calculation with its working, and an entry of the knowledge base."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable

from benchmarks.timing import Times, measure, report

# Filled with another number each time: an answer from a cache would measure nothing.
CALCULATIONS = (
    "{}.5b fp16 adamw",
    "can 4×V100 train {}B?",
    "llama-2-13b int4 ctx={} batch 4",
    "四张V100 32G能训{}B吗",
    "how many A100 80G do I need to train llama-2-70b with seq 1{}",
    "3 examples/s on 4 A100, seq 2{}, llama-7b, MFU?",
)
QUESTIONS = (
    "怎么看训练的通信开销",
    "how do I see the NVLink topology of my server?",
    "is my deepspeed environment set up right?",
    "多机训练的网速怎么看",
)


def main() -> None:
    """Measure both kinds of answer."""
    from bot.answering import Answerer
    from bot.question import Question
    from bot.rendering import plain_text

    answerer = Answerer()

    def ask(questions: tuple[str, ...]) -> Callable[[], object]:
        turn = itertools.count()
        count = len(questions)

        def one() -> str:
            number = next(turn)
            text = questions[number % count].format(100 + number)
            return plain_text(answerer.answer(Question(text)))

        return one

    for name, questions, baseline_name, baseline in (
        ("a calculation with its working", CALCULATIONS, "sympy: subs and str", _sympy_call()),
        ("an entry of the knowledge base", QUESTIONS, "plain FTS5 OR query", _fts_call()),
    ):
        call = ask(questions)
        for _ in range(2 * len(questions)):
            call()
        mine, other = measure(call, baseline, 400)
        print(f"warm answer(): {name}")
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
