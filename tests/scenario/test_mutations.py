"""Real questions, mutated: nothing crashes, and what only looks different is answered alike."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from bot.answering import Answerer
from bot.question import Question
from bot.rendering import answer_json

DATA = Path(__file__).parents[2] / "benchmarks" / "eval" / "data"
FULL_WIDTH = {ord(char): ord(char) + 0xFEE0 for char in map(chr, range(0x21, 0x7F))}
NOISE = "\u200b\u200d\x00🙂<!channel>*`\"'%;-(）【　\\ \n9亿GBx×"


def questions(count: int, seed: int) -> list[str]:
    lines: list[dict[str, Any]] = []
    for path in sorted(DATA.glob("*.jsonl")):
        lines += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return random.Random(seed).sample([line["text"] for line in lines], count)


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return Answerer()


def essence(answerer: Answerer, text: str) -> tuple[Any, ...]:
    """Return what must not depend on spaces, case or width."""
    answer = answer_json(answerer.answer(Question(text)))
    calculation = answer["calculation"] or {}
    return (
        answer["kind"],
        answer["entry_id"],
        calculation.get("calculator"),
        calculation.get("value"),
        calculation.get("verdict"),
    )


def wider(text: str, chance: random.Random) -> str:
    return "".join(char + " " * chance.randint(1, 3) if char == " " else char for char in text)


@pytest.mark.parametrize("text", questions(120, seed=7))
def test_spaces_case_and_width_change_nothing(answerer: Answerer, text: str) -> None:
    expected = essence(answerer, text)
    assert essence(answerer, f"  {wider(text, random.Random(text))} ") == expected
    assert essence(answerer, text.upper()) == expected
    assert essence(answerer, text.translate(FULL_WIDTH)) == expected


@pytest.mark.parametrize("seed", range(10))
def test_random_mutations_are_answered_without_a_crash(answerer: Answerer, seed: int) -> None:
    chance = random.Random(seed)
    for text in questions(40, seed):
        chars = list(text)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(chars) + 1)
            match chance.randrange(3):
                case 0:
                    chars[place:place] = chance.choice(NOISE)
                case 1:
                    del chars[place : place + chance.randint(1, 4)]
                case _:
                    chance.shuffle(chars[place : place + 5])
        mutated = "".join(chars)
        answer = answer_json(answerer.answer(Question(mutated)))
        assert answer["text"].strip()
        assert json.loads(json.dumps(answer, allow_nan=False))["query"] == mutated
