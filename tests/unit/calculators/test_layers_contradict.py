"""Configs whose lists of layers do not agree with the number of layers are refused."""

from __future__ import annotations

from typing import Any

import pytest

from calculators.architecture import architecture_from_config
from calculators.errors import ContradictoryRequest
from calculators.registry import find_model

ZAMBA2 = {
    "model_type": "zamba2", "vocab_size": 32000, "hidden_size": 2560, "num_attention_heads": 32,
}  # fmt: skip
KIMI = {
    "model_type": "kimi_linear", "vocab_size": 1000, "hidden_size": 256, "num_hidden_layers": 4,
    "num_attention_heads": 4, "intermediate_size": 512, "moe_intermediate_size": 128,
    "num_experts": 8, "num_experts_per_token": 2, "kv_lora_rank": 64, "qk_nope_head_dim": 32,
    "qk_rope_head_dim": 16, "v_head_dim": 32,
}  # fmt: skip
LFM2 = {
    "model_type": "lfm2_moe", "vocab_size": 65536, "hidden_size": 2048, "num_hidden_layers": 24,
    "num_attention_heads": 32, "intermediate_size": 7168, "moe_intermediate_size": 1792,
    "num_experts": 32, "num_experts_per_tok": 4,
}  # fmt: skip


def refused(config: dict[str, Any], said: str) -> None:
    with pytest.raises(ContradictoryRequest, match=said):
        architecture_from_config(config)


@pytest.mark.parametrize("layers", [10, 81])
def test_zamba2_of_another_depth_says_which_layers_are_hybrid(layers: int) -> None:
    refused({**ZAMBA2, "num_hidden_layers": layers}, "layers_block_type")
    types = ["hybrid" if i % 5 == 4 else "mamba" for i in range(layers)]
    listed = {**ZAMBA2, "num_hidden_layers": layers, "layers_block_type": types}
    assert architecture_from_config(listed).layer_count == layers


def test_zamba2_of_the_usual_depth_needs_no_list() -> None:
    assert architecture_from_config({**ZAMBA2, "num_hidden_layers": 54}).layer_count == 54


@pytest.mark.parametrize(
    ("full", "delta", "said"),
    [
        ([3, 4], [1, 2, 3], "layer 3 is in both"),
        ([4], [1, 2], "layer 3 is in neither"),
        ([4], [1, 2, 3, 99], "layer 99 is outside 1 to 4"),
        ([0, 4], None, "layer 0 is outside 1 to 4"),
    ],
)
def test_kimi_lists_each_layer_once(full: list[int], delta: list[int] | None, said: str) -> None:
    lists = {"full_attn_layers": full, "kda_layers": delta}
    refused({**KIMI, "linear_attn_config": lists}, said)


@pytest.mark.parametrize(
    "lists",
    [
        {"full_attn_layers": [4], "kda_layers": [1, 2, 3]},
        {"full_attn_layers": [4]},
        {"kda_layers": [1, 2, 3]},
    ],
)
def test_either_list_of_kimi_says_all(lists: dict[str, list[int]]) -> None:
    made = architecture_from_config({**KIMI, "linear_attn_config": lists})
    assert [layer.attention.kind for layer in made.layers] == [*["linear"] * 3, "mla"]


def test_no_more_layers_are_dense_than_there_are() -> None:
    refused({**LFM2, "num_dense_layers": 40}, "first 40 layers are dense, but there are 24")
    dense = architecture_from_config({**LFM2, "num_dense_layers": 24})
    assert not any(layer.feed_forward.experts for layer in dense.layers)


def test_the_published_lists_of_kimi_linear_are_taken() -> None:
    layers = find_model("kimi-linear-48b-a3b").architecture.layers
    assert sum(layer.attention.kind == "mla" for layer in layers) == 7
