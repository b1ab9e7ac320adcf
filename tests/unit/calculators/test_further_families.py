"""Configurations of what was refused before, and what stays refused."""

from __future__ import annotations

import pytest

from calculators import calculate, parse_request
from calculators.architecture import architecture_from_config
from calculators.errors import UnsupportedArchitecture

# Two layers of Qwen2: hidden 64, 4 heads of 16 with 2 KV heads, width 96, 100 tokens, head untied.
QWEN2_PART = {
    "model_type": "qwen2_5_omni_text",
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 96,
    "vocab_size": 100,
    "tie_word_embeddings": False,
}


def test_the_language_model_of_an_omni_models_thinker_is_counted() -> None:
    config = {
        "model_type": "qwen2_5_omni",
        "architectures": ["Qwen2_5OmniForConditionalGeneration"],
        "thinker_config": {"text_config": QWEN2_PART, "vision_config": {}},
        "talker_config": {},
    }
    # q 64·64+64, k and v 2·(32·64+32), o 64·64; gate, up, down 3·64·96; two norms of 64
    layer = 64 * 64 + 64 + 2 * (32 * 64 + 32) + 64 * 64 + 3 * 64 * 96 + 2 * 64
    assert architecture_from_config(config).parameters_total == 2 * 6400 + 2 * layer + 64


@pytest.mark.parametrize("family", ["gpt2", "xglm"])
def test_the_decoder_of_an_encoder_decoder_is_refused(family: str) -> None:
    with pytest.raises(UnsupportedArchitecture, match="add_cross_attention"):
        architecture_from_config({"model_type": family, "add_cross_attention": True})


def test_shared_layers_of_gemma_3n_keep_no_cache() -> None:
    """E2B: 20 of 30 layers keep 2·2·256 numbers a token; 4 see all of 2,048, 16 but 512."""
    request = parse_request(
        {"calculator": "kv_cache", "model": "gemma-3n-e2b", "seq": 2048, "micro_batch": 1}
    )
    expected = 2 * 2 * 256 * 2 * (4 * 2048 + 16 * 512)
    assert calculate(request).value_bytes == expected


def test_recomputed_layers_hold_the_windows_mask_through_backward() -> None:
    """Where the loss's backward is the peak, one boolean a pair of positions is on top."""
    config = {
        "model_type": "phi3", "hidden_size": 3072, "intermediate_size": 8192,
        "num_hidden_layers": 4, "num_attention_heads": 32, "num_key_value_heads": 32,
        "vocab_size": 32064, "max_position_embeddings": 131072, "sliding_window": 2047,
        "tie_word_embeddings": False,
    }  # fmt: skip
    options = {
        "calculator": "training", "config": config, "precision": "bf16", "micro_batch": 1,
        "optimizer": "adamw", "attention": "sdpa", "checkpointing": "full", "sharding": "none",
        "seq": 32768,
    }  # fmt: skip
    memory = calculate(parse_request(options)).memory
    assert memory is not None
    # replayed: 19,205.8 MB, of which the mask is 32768² bytes = 1,073.7 MB
    assert memory.moments["backward"] == pytest.approx(19_205_800_000, rel=0.001)
