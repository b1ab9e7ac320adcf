"""Warm ``answer()``: a calculation with its working, and an entry of the knowledge base."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable

from benchmarks.timing import Times, measure, report

CALCULATIONS = (
    "7b fp16 adamw",
    "can 4×V100 train 65B?",
    "llama-2-13b int4 ctx=8k batch 4",
    "四张V100 32G能训65B吗",
    "how many A100 80G do I need to train llama-2-70b",
    "3 examples/s on 4 A100, seq 2048, llama-7b, MFU?",
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
        turn = itertools.cycle(questions)
        return lambda: plain_text(answerer.answer(Question(next(turn))))

    for name, questions, baseline_name, baseline in (
        ("a calculation with its working", CALCULATIONS, "sympy: subs and str", _sympy_call()),
        ("an entry of the knowledge base", QUESTIONS, "plain FTS5 OR query", _fts_call()),
    ):
        call = ask(questions)
        for _ in questions:
            call()
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
