"""Sizes said as a multiple of another one."""

from __future__ import annotations

import pytest

from bot.answering import Answerer
from bot.question import Question
from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("a model half the size of 70b, inference memory in bf16?", 35e9),
        ("inference memory for a model a third the size of 30b, fp16", 10e9),
        ("a model twice as big as llama-2-13b, how much to infer in fp16", 26e9),
        ("a model four times the size of 7b, int8 inference", 28e9),
        ("参数量只有 70B 一半的模型 bf16 推理要多少显存", 35e9),
        ("比 llama-2-13b 大一倍的模型 fp16 推理要多少显存", 26e9),
        ("4 倍于 7B 的模型 int8 推理显存", 28e9),
        ("7B 的两倍大的模型 fp16 推理要多少显存", 14e9),
    ],
)
def test_a_multiple_of_a_size_is_a_size(text: str, params: float) -> None:
    found = understand(text)
    assert found.problems == ()
    assert found.inputs["params"] == pytest.approx(params)
    assert "model" not in found.inputs


def test_the_size_that_was_reckoned_is_said() -> None:
    answer = Answerer().answer(Question(text="a model half the size of 70b, bf16 inference?"))
    assert any("35B" in caveat and "70b" in caveat for caveat in answer.caveats)


@pytest.mark.parametrize(
    "text", ["llama-2-7b with twice the context of 4096: kv cache?", "half precision 70b inference"]
)
def test_a_factor_of_something_else_leaves_the_size(text: str) -> None:
    assert understand(text).inputs["params"] in (7e9, 70e9)
