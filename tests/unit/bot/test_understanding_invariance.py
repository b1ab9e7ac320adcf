"""Spaces, case and width say nothing: they must not change a reading, and nothing may raise."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from understanding_score import rows

from bot.understanding import Understood, to_context, understand
from bot.understanding.normalize import MAX_CHARACTERS

MESSAGES = [row["text"] for row in rows("understanding_dev") + rows("understanding_blind_first")]
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
_WIDE = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)} | {" ": "\u3000"}
# A gigabit is written with a small b; everywhere else case is free.
_CASE_MATTERS = ("Gb", "Mb", "GB", "GiB", "MB", "MiB", "gb", "mb")


def reading(text: str) -> tuple[Any, ...]:
    found = understand(text)
    problems = [problem.code for problem in found.problems]
    return found.calculator, found.special, found.inputs, found.request, problems


def widen(text: str) -> str:
    return "".join(_WIDE.get(c, c) for c in text)


def spread(text: str) -> str:
    return "  " + text.replace(" ", " \u00a0 ").replace("，", "， ") + "\t\n"


def changed_by(change: Callable[[str], str], texts: list[str] = MESSAGES) -> list[str]:
    """Return the messages whose reading another spelling changes."""
    return [text for text in texts if reading(change(text)) != reading(text)]


def space_out(text: str) -> str:
    """Put a space wherever Chinese and Latin letters meet."""
    return "".join(
        f"{a} " if a.isascii() != b.isascii() and " " not in (a, b) else a
        for a, b in zip(text, text[1:] + " ", strict=True)
    )


def test_full_width_forms_read_the_same() -> None:
    assert changed_by(widen) == []


def test_more_spaces_read_the_same() -> None:
    assert changed_by(spread) == []


def test_spaces_between_chinese_and_latin_read_the_same() -> None:
    assert changed_by(space_out) == []


def test_case_reads_the_same() -> None:
    plain = [text for text in MESSAGES if not any(unit in text for unit in _CASE_MATTERS)]
    assert changed_by(str.upper, plain) == []
    assert changed_by(str.lower, plain) == []


def test_invisible_characters_between_letters_are_not_there() -> None:
    assert changed_by("\u200b".join) == []


@QUICK
@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    assert isinstance(understand(text), Understood)


_PIECES = [
    "7b",
    "70亿",
    "4",
    "x",
    "×",
    "A100",
    "80g",
    "-",
    "token",
    "/s",
    "每秒",
    "batch",
    "=",
    "8k",
    "两台",
    "卡",
    "能不能",
    "训练",
    "?",
    "int8",
    "10**9",
    ",",
    "GiB",
    "in",
    "llama",
    "1e30",
    "几张",
    "zero3",
    "最大",
    "0",
    "with",
    "呢",
    "T",
    "tflops",
    "利用率",
    "per",
    "how",
    "many",
    "gpu",
]


def _jumbles(size: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(_PIECES), max_size=size)


@QUICK
@given(_jumbles(14), _jumbles(5))
def test_no_jumble_of_the_fields_words_raises(first: list[str], then: list[str]) -> None:
    before = understand(" ".join(first))
    context = json.loads(json.dumps(to_context(before)))
    for text in (" ".join(then), "".join(then)):
        found = understand(text, context)
        json.dumps(found.inputs)
        json.dumps(found.request)


def test_random_mutations_never_raise() -> None:
    generator = random.Random(7)
    for text in MESSAGES:
        letters = list(text)
        for _ in range(4):
            place = generator.randrange(len(letters))
            letters[place] = generator.choice("7bB卡x* \u200d，.-GT0九")
        understand("".join(letters))


_LONG = ["能用4张V100训65B吗 " * 2_000, "9" * 40_000, "llama-" * 7_000, "十" * 40_000, "." * 40_000]
_LONG += ["{" * 40_000, "10**" * 10_000, "<@" * 20_000, " GPU0" * 8_000, "1MiB / " * 6_000]


@pytest.mark.parametrize("text", _LONG)
def test_of_forty_thousand_characters_only_the_ends_are_read(text: str) -> None:
    assert len(understand(text).text) <= MAX_CHARACTERS + 1


def test_question_at_the_end_of_a_long_message_is_read() -> None:
    found = understand("日志很长 " * 8_000 + " 四张V100 32G能训65B吗")
    assert found.calculator == "fit"
    assert found.inputs["gpu_count"] == 4


@pytest.mark.parametrize(
    "text",
    [
        "65B 训 1.4T token，A100，380 token/s/GPU，多少卡时",
        "65B 训 1.4T token，A100，３８０ token/s/GPU，多少卡时",
        "65B 训 1.4T token，A100\u200b，380 token/s/GPU，多少卡时",
        "65B 训 1.4T token,A100,380 token/s/GPU,多少卡时",
    ],
)
def test_a_comma_behind_a_cards_name_makes_no_thousands(text: str) -> None:
    found = understand(text)
    assert found.inputs["gpu"] == "A100"
    assert found.inputs["tokens_per_s_gpu"] == 380
