"""What cannot be meant is refused; what has no effect, or is not understood, is said."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import CalculatorError, calculate, calculate_json, parse_request

LLAMA = {
    "model_type": "llama",
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "intermediate_size": 14336,
    "vocab_size": 128256,
    "torch_dtype": "bfloat16",
}


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        # 4 ranks cannot hold 8 groups of experts
        ({"calculator": "training", "model": "mixtral-8x7b", "ep": 8, "dp": 4}, "ep"),
        ({"calculator": "communication", "model": "mixtral-8x7b", "ep": 8, "dp": 12}, "ep"),
        ({"calculator": "communication", "model": "gpt2", "nodes": 4, "gpu_count": 2}, "nodes"),
        (
            {"calculator": "training", "model": "gpt2", "method": "lora", "lora": {"targets": []}},
            "lora.targets",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(request_: dict[str, Any], field: str) -> None:
    with pytest.raises(CalculatorError) as raised:
        calculate(parse_request(request_))
    assert raised.value.field == field


@pytest.mark.parametrize("field", ["ep", "cp", "grad_accumulation"])
def test_a_field_of_training_is_said_to_have_no_effect_on_inference(field: str) -> None:
    plain = calculate_json({"calculator": "inference", "model": "mixtral-8x7b"})
    given = calculate_json({"calculator": "inference", "model": "mixtral-8x7b", field: 8})
    assert given["value_bytes"] == plain["value_bytes"]
    assert any(field in caveat for caveat in given["caveats"])
    assert not any("No effect" in caveat for caveat in plain["caveats"])


@pytest.mark.parametrize("quantization", [{"quant_method": "weird", "bits": 3}, "gptq"])
def test_a_quantisation_that_is_not_understood_is_said(quantization: Any) -> None:
    config = {**LLAMA, "quantization_config": quantization}
    found = calculate_json({"calculator": "inference", "config": config})
    assert found["request"]["weight_dtype"] == "bf16"
    assert any("quantization_config" in caveat for caveat in found["caveats"])
    chinese = calculate_json({"calculator": "inference", "config": config}, language="zh")
    assert any("未量化" in caveat for caveat in chinese["caveats"])


def test_a_mamba_config_states_its_inner_width() -> None:
    config = {
        "model_type": "mamba",
        "hidden_size": 768,
        "num_hidden_layers": 24,
        "vocab_size": 50280,
        "state_size": 16,
        "conv_kernel": 4,
        "time_step_rank": 48,
        "expand": 2,
        "intermediate_size": 1024,
    }
    found = calculate_json({"calculator": "file_size", "config": config})
    # a layer: in 768 × 2·1024, conv 4·1024 + bias, x 1024 × (48 + 2·16), dt 48 × 1024 + bias,
    # A 1024 × 16, D 1024, out 1024 × 768, norm 768; tied embedding, last norm
    layer = 768 * 2048 + 5 * 1024 + 1024 * 80 + 49 * 1024 + 1024 * 16 + 1024 + 1024 * 768 + 768
    assert found["parameters"]["total"] == 24 * layer + 50280 * 768 + 768
