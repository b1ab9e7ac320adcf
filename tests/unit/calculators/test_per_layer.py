"""Configs whose single layers have settings of their own, as transformers 5.23 writes Gemma 4's."""

from __future__ import annotations

from typing import Any

import pytest

from calculators.architecture import architecture_from_config
from calculators.errors import UnsupportedArchitecture

SAVED: dict[str, Any] = {
    "model_type": "gemma4_text",
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "vocab_size": 100,
    "vocab_size_per_layer_input": 100,
    "hidden_size_per_layer_input": 0,
    "num_kv_shared_layers": 0,
    "enable_moe_block": False,
    "attention_k_eq_v": False,
    "tie_word_embeddings": True,
    "layer_types": ["sliding_attention", "full_attention"],
    "per_layer_config": {"1": {"head_dim": 32}},
}


def projections(heads: int, kv_heads: int, width: int) -> int:
    """Queries, keys, values, output, and a norm of the head's width on queries and keys."""
    return 64 * width * (2 * heads + 2 * kv_heads) + 2 * width


def test_a_full_layers_own_head_width_is_read():
    # each layer: attention, a gated MLP of 3 · 64 · 96 and four norms of 64; two heads widths
    layers = projections(4, 2, 16) + projections(4, 2, 32) + 2 * (3 * 64 * 96 + 4 * 64)
    model = architecture_from_config(SAVED)
    assert model.parameters_total == 100 * 64 + layers + 64


def test_it_says_the_same_as_the_name_that_the_class_takes():
    given = {key: value for key, value in SAVED.items() if key != "per_layer_config"}
    alike = architecture_from_config({**given, "global_head_dim": 32})
    assert architecture_from_config(SAVED).parameters_total == alike.parameters_total


@pytest.mark.parametrize(
    "changed",
    [
        {"per_layer_config": {"0": {"head_dim": 32}}},
        {"per_layer_config": {"1": {"intermediate_size": 32}}},
        {"model_type": "llama"},
    ],
    ids=["another layer", "another setting", "another family"],
)
def test_what_is_not_understood_is_refused(changed):
    with pytest.raises(UnsupportedArchitecture):
        architecture_from_config({**SAVED, **changed})
