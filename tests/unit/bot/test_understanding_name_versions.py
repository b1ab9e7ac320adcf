"""The version at the end of a model's name chooses the model and is no number left over."""

from __future__ import annotations

import pytest

from bot.understanding.understand import understand


@pytest.mark.parametrize(
    ("written", "model"),
    [
        ("vllm serve mistralai/Mixtral-8x7B-Instruct-v0.1 on 2x A6000", "mixtral-8x7b"),
        ("vllm serve mistralai/Mistral-7B-Instruct-v0.2 on an A10", "mistral-7b-v0.2"),
        ("vicuna-13b-v1.5 on a 3090", "llama-2-13b"),
        ("vicuna-7b-v1.3 能在 3090 上跑吗", "llama-7b"),
    ],
)
def test_a_version_belongs_to_the_name(written: str, model: str) -> None:
    found = understand(written)

    assert (found.calculator, found.inputs["model"], found.ignored) == ("fit", model, ())
