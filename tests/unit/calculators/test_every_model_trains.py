"""Every model of the registry gets a training estimate, or one of the project's own errors."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import calculate
from calculators.errors import CalculatorError, UnsupportedArchitecture
from calculators.registry import models
from calculators.requests import Request

SETUPS: list[dict[str, Any]] = [
    {},
    {"method": "lora"},
    {"pp": 2, "dp": 2, "sharding": "fsdp2"},
]


@pytest.mark.parametrize("setup", SETUPS, ids=["full", "lora", "pipeline"])
def test_no_model_of_the_registry_breaks_the_estimate(setup: dict[str, Any]) -> None:
    answered = 0
    for model in models():
        try:
            result = calculate(Request(calculator="training", model=model.id, **setup))
        except CalculatorError:
            continue
        assert result.value > 0, model.id
        answered += 1
    assert answered > len(models()) * 0.9


@pytest.mark.parametrize("model", ["gemma-3n-e2b", "gemma-3n-e4b"])
@pytest.mark.parametrize("setup", [*SETUPS, {"tp": 2, "dp": 2, "sharding": "zero3"}])
def test_layers_with_the_keys_and_values_of_another_train(
    model: str, setup: dict[str, Any]
) -> None:
    assert calculate(Request(calculator="training", model=model, **setup)).value > 0


ZAMBA = {
    "model_type": "zamba", "vocab_size": 32000, "hidden_size": 3712, "num_hidden_layers": 76,
    "num_attention_heads": 16,
}  # fmt: skip
ZAMBA2 = {
    "model_type": "zamba2", "vocab_size": 32000, "hidden_size": 2560, "num_hidden_layers": 54,
    "num_attention_heads": 32,
}  # fmt: skip


@pytest.mark.parametrize("config", [ZAMBA, ZAMBA2], ids=["zamba", "zamba2"])
def test_blocks_that_layers_share_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedArchitecture, match="share"):
        calculate(Request(calculator="training", config=config))
    assert calculate(Request(calculator="inference", config=config)).value > 0
