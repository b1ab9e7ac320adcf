"""Configurations as their makers publish them, counts as transformers' classes have them."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import calculate
from calculators.requests import Request

QWEN3_CODER: dict[str, Any] = {
    "architectures": ["Qwen3MoeForCausalLM"],
    "model_type": "qwen3_moe",
    "decoder_sparse_step": 1,
    "head_dim": 128,
    "hidden_size": 6144,
    "intermediate_size": 8192,
    "max_position_embeddings": 262144,
    "moe_intermediate_size": 2560,
    "num_attention_heads": 96,
    "num_experts": 160,
    "num_experts_per_tok": 8,
    "num_hidden_layers": 62,
    "num_key_value_heads": 8,
    "qkv_bias": False,
    "shared_expert_intermediate_size": 0,
    "sliding_window": None,
    "tie_word_embeddings": False,
    "vocab_size": 151936,
}
MINIMAX_M1: dict[str, Any] = {
    "architectures": ["MiniMaxM1ForCausalLM"],
    "model_type": "minimax_m1",
    "attn_type_list": [0, 0, 0, 0, 0, 0, 0, 1] * 10,
    "head_dim": 128,
    "hidden_size": 6144,
    "intermediate_size": 9216,
    "max_position_embeddings": 10240000,
    "num_attention_heads": 64,
    "num_experts_per_tok": 2,
    "num_hidden_layers": 80,
    "num_key_value_heads": 8,
    "num_local_experts": 32,
    "rotary_dim": 64,
    "shared_intermediate_size": 0,
    "tie_word_embeddings": False,
    "vocab_size": 200064,
}
TEXT_01 = {
    **MINIMAX_M1,
    "architectures": ["MiniMaxText01ForCausalLM"],
    "model_type": "minimax_text_01",
}


@pytest.mark.parametrize(
    ("config", "parameters"),
    [(QWEN3_CODER, 480_154_875_392), (MINIMAX_M1, 456_089_655_296), (TEXT_01, 456_089_655_296)],
    ids=["no shared expert", "MiniMax-M1", "MiniMax-Text-01"],
)
def test_the_parameters_of_a_published_config(config: dict[str, Any], parameters: int) -> None:
    answer = calculate(Request(calculator="file_size", config=config, weight_dtype="bf16"))
    assert answer.parameters is not None
    assert answer.parameters.total == parameters


def test_lightning_layers_keep_a_state_and_the_others_a_cache() -> None:
    """Ten of 80 layers attend: 2 × 8 × 128 a token; 70 keep 64 states of 128 × 128 in fp32."""
    answer = calculate(Request(calculator="kv_cache", config=MINIMAX_M1, seq=1_000_000))
    cache = 10 * 2 * 8 * 128 * 1_000_000 * 2
    assert answer.value_bytes == cache + 70 * 64 * 128 * 128 * 4


def test_layers_that_attend_and_recur_keep_both() -> None:
    """Falcon-H1-7B: 44 layers, each 2 × 2 × 128 a token, 24 states of 128 × 256 in fp32 and four
    steps of a convolution over 3,072 + 2 × 256 channels, at two sequences of 1,000 tokens."""
    answer = calculate(
        Request(calculator="kv_cache", model="falcon-h1-7b", seq=1000, micro_batch=2)
    )
    cache = 44 * 2 * 2 * 128 * 1000 * 2
    states = 44 * (24 * 128 * 256 * 4 + 4 * (3072 + 512) * 2)
    assert answer.value_bytes == 2 * (cache + states)
