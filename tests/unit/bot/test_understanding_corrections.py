"""Messages that take something back: what is said last of a thing counts."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("train 7b on 8, no, 4 cards A100", {"gpu_count": 4, "gpu": "A100", "params": 7e9}),
        ("用 8 张 A100 训 7B,不对,是 4 张", {"gpu_count": 4, "gpu": "A100", "params": 7e9}),
        ("用 8 张 A100 训 7B，哦不对，13B，够吗", {"gpu_count": 8, "params": 13e9}),
        ("can 8 A100 train 7b? sorry, I mean 13b", {"gpu_count": 8, "params": 13e9}),
        ("7b inference batch 8, no 16, memory?", {"batch": 16, "params": 7e9}),
        ("7b fp16, actually int8, memory?", {"dtype": "int8", "params": 7e9}),
        ("train 7b on 8 A100, no wait, H100", {"gpu_count": 8, "gpu": "H100"}),
        ("7b on 8×A100 — make that 4×A100 — train?", {"gpu_count": 4, "gpu": "A100"}),
    ],
)
def test_the_last_value_counts(text: str, inputs: dict[str, Any]) -> None:
    found = understand(text)
    assert found.problems == ()
    assert {name: found.inputs.get(name) for name in inputs} == inputs


def test_a_bare_number_that_may_correct_the_cards_is_asked_back() -> None:
    (problem,) = understand("train 7b on 8 A100, no, 16").problems
    assert problem.code == "contradiction"
    assert problem.choices == ("8 GPUs", "16 GPUs")


@pytest.mark.parametrize(
    "text",
    [
        "7b, no checkpointing, 8 A100 train",
        "sorry to bother, can 8 A100 train 7b?",
        "is 8 A100 right for training 7b or not, no rush",
    ],
)
def test_other_uses_of_the_words_correct_nothing(text: str) -> None:
    assert understand(text).inputs["gpu_count"] == 8


def test_spans_stay_where_they_are_in_the_message() -> None:
    text = "train 7b on 8, no, 4 cards A100"
    found = understand(text)
    assert found.text == text
    assert all(text[span.start : span.end] == span.text for span in found.spans)
