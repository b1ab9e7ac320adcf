"""The shape of a model, against the models' published configs."""

from __future__ import annotations

import pytest

from calculators import Request, calculate
from calculators.errors import CalculatorError


def _block(heads_in_group: int) -> dict[str, object]:
    return {
        "attention": {"n_heads_in_group": heads_in_group, "no_op": False},
        "ffn": {"ffn_mult": 2.625, "no_op": False},
    }


UNEVEN = {
    "architectures": ["DeciLMForCausalLM"],
    "model_type": "nemotron-nas",
    "hidden_size": 4096,
    "num_attention_heads": 32,
    "num_hidden_layers": 2,
    "vocab_size": 32000,
    "block_configs": [_block(8), _block(16)],
}


@pytest.mark.parametrize(
    ("model", "dimension", "value"),
    [
        ("llama-2-70b", "layers", 80),  # arXiv 2307.09288 and its config.json
        ("llama-2-70b", "hidden", 8192),
        ("llama-2-70b", "kv_heads", 8),
        ("llama-2-70b", "inner", 28672),
        ("qwen2.5-7b", "heads", 28),
        ("llama-3-8b", "vocabulary", 128256),
        ("llama-3-8b", "context", 8192),
        ("gemma-2-9b", "head_dim", 256),
        ("mixtral-8x7b", "experts", 8),
        ("mixtral-8x7b", "experts_per_token", 2),
        ("deepseek-v3", "experts", 256),  # arXiv 2412.19437, section 4.2
        ("deepseek-v3", "expert_inner", 2048),
    ],
)
def test_a_dimension_is_that_of_the_config(model: str, dimension: str, value: int) -> None:
    found = calculate(Request(calculator="model_info", model=model, dimension=dimension))  # type: ignore[arg-type]
    assert (found.value, found.unit) == (value, None)
    assert f"{value:,}" in found.headline.en
    assert f"{value:,}" in found.headline.zh


def test_without_a_dimension_all_are_told_that_the_model_has() -> None:
    headline = calculate(Request(calculator="model_info", model="llama-2-7b")).headline
    assert "layers 32; hidden size 4,096; attention heads 32" in headline.en
    assert "层数 32；隐藏维度 4,096；注意力头数 32" in headline.zh
    assert "experts" not in headline.en


def test_layers_that_differ_are_told_apart() -> None:
    """Nemotron-NAS says for each block how many of its 32 heads share one key-value head."""
    found = calculate(Request(calculator="model_info", config=UNEVEN, dimension="kv_heads"))
    assert found.value == 4
    assert found.headline.en.endswith("2 or 4, by layer")
    assert found.headline.zh.endswith("2 或 4（因层而异）")


def test_what_a_model_lacks_is_none_of_it() -> None:
    found = calculate(Request(calculator="model_info", model="llama-2-7b", dimension="experts"))
    assert found.value == 0
    assert found.headline.en.endswith("routed experts: none")


def test_a_model_has_to_be_named() -> None:
    with pytest.raises(CalculatorError):
        calculate(Request(calculator="model_info"))
