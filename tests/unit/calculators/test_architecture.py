"""Parameter counts and caches of architectures.

Expected counts come from benchmarks/truth/parameters.jsonl (transformers' own classes on the
meta device), from counts that makers publish, or from the arithmetic beside the test.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.architecture import (
    architecture_from_config,
    kv_bytes_per_token,
    kv_cache_bytes,
    linear_state_bytes,
    typical_architecture,
    uncompressed_kv_bytes,
)
from calculators.errors import InvalidRequest
from calculators.registry import find_model, models

TRUTH = Path(__file__).parents[3] / "benchmarks" / "truth" / "parameters.jsonl"
CASES = [json.loads(line) for line in TRUTH.read_text(encoding="utf-8").splitlines()[1:]]
GIB = 2**30


def test_every_family_counts_like_transformers() -> None:
    wrong = []
    for case in CASES:
        if "config" in case:
            made = architecture_from_config(case["config"])
            if (made.parameters_total, made.parameters_active) != (case["total"], case["active"]):
                wrong.append((case, made.parameters_total, made.parameters_active))
    assert not wrong
    assert len({case["config"]["model_type"] for case in CASES if "config" in case}) >= 60


@pytest.mark.parametrize(
    "case", [case for case in CASES if "model" in case], ids=lambda c: c["model"]
)
def test_registry_models_count_like_transformers(case: dict[str, object]) -> None:
    made = find_model(str(case["model"])).architecture
    assert (made.parameters_total, made.parameters_active) == (case["total"], case["active"])


def test_counts_that_makers_publish_come_out() -> None:
    published = [model for model in models() if model.published_params is not None]
    assert len(published) >= 140
    wrong = {
        model.id: model.architecture.parameters_total - int(model.published_params or 0)
        for model in published
        if model.architecture.parameters_total != model.published_params
    }
    assert wrong == {}


def test_modules_add_up_to_the_total() -> None:
    for model in models():
        made = model.architecture
        assert sum(module.parameters for module in made.modules()) == made.parameters_total


def test_llama_7b_by_hand() -> None:
    # 2 embeddings of 32000 x 4096; 32 layers of 4 x 4096^2 + 3 x 4096 x 11008 + 2 x 4096; a norm.
    expected = 2 * 32000 * 4096 + 32 * (4 * 4096**2 + 3 * 4096 * 11008 + 2 * 4096) + 4096
    assert find_model("llama-7b").architecture.parameters_total == expected == 6_738_415_616


def test_tied_embeddings_count_once() -> None:
    made = find_model("qwen2.5-0.5b").architecture
    assert made.tied_embeddings
    assert made.head_parameters == 0
    assert made.embedding_parameters == 151936 * 896


def test_active_parameters_leave_out_skipped_experts_only() -> None:
    # Mixtral 8x7B: of 8 experts of 3 x 4096 x 14336 in 32 layers a token skips 6.
    made = find_model("mixtral-8x7b").architecture
    assert made.parameters_total - made.parameters_active == 32 * 6 * 3 * 4096 * 14336


def test_caches_hold_what_transformers_keeps() -> None:
    # transformers keeps a window less one token; the next token brings its own.
    lines = TRUTH.with_name("kv_cache.jsonl").read_text(encoding="utf-8").splitlines()
    tokens = json.loads(lines[0])["tokens"]
    for case in map(json.loads, lines[1:]):
        made = architecture_from_config(case["config"])
        elements = 0
        for layer, count in made.groups:
            window = layer.attention.window
            kept = tokens if window is None else min(tokens, window - 1)
            elements += layer.attention.kv_elements_per_token * kept * count
        assert elements == case["elements"], case["config"]["model_type"]


def test_grouped_query_cache() -> None:
    # Llama-3-8B at 131,072 tokens: 32 layers x 2 x 8 heads x 128 x 2 bytes (peers.md I04: 16 GiB).
    made = find_model("llama-3-8b").architecture
    assert kv_cache_bytes(made, 131072) == 16 * GIB
    assert kv_bytes_per_token(made.layers[0]) == 2 * 8 * 128 * 2


def test_latent_cache_is_the_compressed_one() -> None:
    # DeepSeek-V3: 61 layers x (512 + 64) elements x 2 bytes a token (arXiv 2405.04434, table 1).
    made = find_model("deepseek-v3").architecture
    assert kv_cache_bytes(made, 1) == 61 * 576 * 2 == 70272
    assert uncompressed_kv_bytes(made, 1) == 61 * 128 * (192 + 128) * 2


def test_sliding_layers_keep_their_window() -> None:
    # Gemma-3-27B at 128k: 10 full layers of 62, 52 of 1,024 tokens; 16 heads x 128.
    made = find_model("gemma-3-27b").architecture
    per_token = 2 * 16 * 128 * 2
    assert kv_cache_bytes(made, 131072) == per_token * (10 * 131072 + 52 * 1024)
    assert kv_cache_bytes(made, 512) == per_token * 62 * 512


def test_hybrid_layers_keep_a_fixed_state() -> None:
    # Qwen3-Next: 12 of 48 layers keep 2 heads x 256; the rest 32 states of 128 x 128 in fp32
    # and a convolution window of 4 x (2 x 16 x 128 + 32 x 128) in 16 bits.
    made = find_model("qwen3-next-80b-a3b").architecture
    assert kv_cache_bytes(made, 1) == 12 * 2 * 2 * 256 * 2
    assert linear_state_bytes(made) == 36 * (32 * 128 * 128 * 4 + 8192 * 4 * 2)


def test_multi_query_cache() -> None:
    # Falcon-7B shares one head of 64 among 71 query heads, in 32 layers.
    assert kv_cache_bytes(find_model("falcon-7b").architecture, 1) == 32 * 2 * 64 * 2


@given(st.floats(min_value=1e7, max_value=1e13), st.floats(min_value=1.0, max_value=3.0))
def test_a_larger_bare_size_is_never_a_smaller_model(params: float, factor: float) -> None:
    larger = min(params * factor, 1e13)
    assert (
        typical_architecture(larger).parameters_total
        # LLaMA-33B (32.53 B) goes by the larger name of the two beside Qwen2.5-32B (32.76 B)
        >= typical_architecture(params).parameters_total * 0.992
    )


@given(st.floats(min_value=1e7, max_value=1e13))
def test_a_bare_size_gives_about_that_many_parameters(params: float) -> None:
    made = typical_architecture(params)
    assert abs(made.parameters_total / params - 1) < 0.09
    assert made.notes


def test_a_bare_7b_has_the_shape_of_llama_7b() -> None:
    made = typical_architecture(7e9)
    assert (made.hidden, made.layer_count, made.attention.heads) == (4096, 32, 32)
    assert made.parameters_total == 6_738_415_616


def test_a_bare_30b_is_no_llama_of_32_and_a_half() -> None:
    assert typical_architecture(30e9).parameters_total == pytest.approx(30e9, rel=0.005)


@pytest.mark.parametrize(
    ("params", "layers", "heads", "kv_heads"),
    [
        # config.json of the model that each size is known by
        (8e9, 32, 32, 8),  # Llama 3 8B
        (13e9, 40, 40, 40),  # LLaMA-13B
        (32e9, 64, 40, 8),  # Qwen2.5-32B
        (33e9, 60, 52, 52),  # LLaMA-33B
        (34e9, 48, 64, 8),  # Code Llama 34B
        (40e9, 60, 128, 8),  # Falcon-40B
        (65e9, 80, 64, 64),  # LLaMA-65B
        (70e9, 80, 64, 8),  # Llama 2 70B
        (72e9, 80, 64, 8),  # Qwen2.5-72B
        (110e9, 80, 64, 8),  # Qwen1.5-110B
        (175e9, 96, 96, 96),  # GPT-3, arXiv 2005.14165, table 2.1
        (180e9, 80, 232, 8),  # Falcon-180B
        (405e9, 126, 128, 8),  # Llama 3.1 405B
    ],
)
def test_a_bare_size_has_the_heads_of_the_model_it_is_known_by(
    params: float, layers: int, heads: int, kv_heads: int
) -> None:
    made = typical_architecture(params)
    assert (made.layer_count, made.attention.heads, made.attention.kv_heads) == (
        layers,
        heads,
        kv_heads,
    )
    grouped = kv_heads < heads
    assert ("grouped-query" in made.notes[0].en) == grouped
    assert ("GQA" in made.notes[0].zh) == grouped


def test_a_bare_8b_keeps_the_cache_of_llama_3_8b() -> None:
    # 2 × 32 layers × 8 heads × 128 × 2 bytes = 131,072 bytes a token; with 32 heads four times that
    made = typical_architecture(8e9)
    assert kv_cache_bytes(made, 8192) == 131_072 * 8192


@pytest.mark.parametrize("params", [0, -7e9, 1e6, 1e30, float("nan"), float("inf")])
def test_absurd_sizes_are_refused(params: float) -> None:
    with pytest.raises(InvalidRequest):
        typical_architecture(params)
