"""What a rate comes to in the time that a question names."""

import pytest

from bot.answering import Answerer
from bot.question import Question


@pytest.mark.parametrize(
    ("text", "seconds", "sequences"),
    [
        ("tokens per day on one 4090 serving llama-3-8b in int4?", 86_400, 1),
        ("单张 4090 跑 qwen2.5-7b int4 一天能生成多少 token", 86_400, 1),
        ("一小时能生成多少 token，A100 跑 llama-3-8b，batch 16", 3_600, 16),
    ],
)
def test_the_tokens_of_a_day_are_given(text, seconds, sequences):
    answer = Answerer().answer(Question(text=text))
    rate = 1 / answer.calculation.details["time_per_token_s"]  # of one sequence
    (within,) = answer.compared
    assert f"{rate * sequences * seconds:,.0f}" in within
