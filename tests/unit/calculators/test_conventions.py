"""The answer under another convention says what that convention is, for the recipe at hand."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Request, calculate


@pytest.mark.parametrize(
    ("fields", "each"),
    [
        # weight + gradient + master + states, gradients in 16 bits
        ({"optimizer": "adamw"}, "16"),  # 2 + 2 + 4 + 2 · 4
        ({"optimizer": "lion"}, "12"),  # 2 + 2 + 4 + 4
        ({"optimizer": "sgd"}, "8"),  # 2 + 2 + 4
        ({"optimizer": "adamw_8bit"}, "10"),  # 2 + 2 + 4 + 2 · (1 + 4 / 256) = 10.03
        ({"precision": "fp8", "optimizer": "adamw"}, "18"),  # both fp8 copies beside 16 bits
    ],
    ids=str,
)
def test_the_bytes_of_16_bit_gradients_are_those_of_the_recipe(
    fields: dict[str, Any], each: str
) -> None:
    answer = calculate(Request(calculator="training", model="llama-7b", **fields))
    texts = [convention.text for convention in answer.conventions]
    assert any(t.en.startswith(f"with 16-bit gradients ({each} bytes a parameter)") for t in texts)
    assert any(t.zh.startswith(f"梯度为 16 位（每参数 {each} 字节）") for t in texts)
