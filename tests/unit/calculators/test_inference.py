"""Inference: exact weights and caches, by hand and against published shapes."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, CalculatorError, Request, calculate, models
from calculators.architecture import kv_cache_bytes, linear_state_bytes

GIB = 2**30
BASE: dict[str, Any] = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "tie_word_embeddings": False,
}


def ask(**fields: Any) -> Calculation:
    return calculate(Request(**fields))


@pytest.mark.parametrize(
    ("model", "seq", "batch", "kv_dtype", "expected"),
    [
        # 2 × 32 layers × 32 heads × 128 × 2048 × 2 bytes = 1 GiB
        ("llama-7b", 2048, 1, "fp16", GIB),
        # 2 × 32 × 8 × 128 × 131072 × 2 = 16 GiB
        ("llama-3-8b", 131072, 1, "fp16", 16 * GIB),
        # 2 × 80 × 8 × 128 × 32768 × 8 sequences × 2 = 80 GiB
        ("llama-3-70b", 32768, 8, "fp16", 80 * GIB),
        # an 8-bit cache halves it
        ("llama-3-70b", 32768, 8, "fp8", 40 * GIB),
        # 2 × 28 × 4 × 128 × 32768 × 8 × 2 = 14 GiB
        ("qwen2.5-7b", 32768, 8, "fp16", 14 * GIB),
    ],
)
def test_the_cache_is_exact(model: str, seq: int, batch: int, kv_dtype: str, expected: int) -> None:
    answer = ask(calculator="kv_cache", model=model, seq=seq, micro_batch=batch, kv_dtype=kv_dtype)
    assert answer.value_bytes == expected


def test_latent_attention_keeps_the_compressed_vector_and_the_rotary_key() -> None:
    # DeepSeek-V3: 61 layers × (512 + 64) × 131072 tokens × 2 bytes = 9,210,691,584 = 8.578 GiB
    answer = ask(calculator="kv_cache", model="deepseek-v3", seq=131072)
    assert answer.value_bytes == 61 * 576 * 131072 * 2
    # Expanded into 128 heads of 192 + 128: 61 × 128 × 320 × 131072 × 2
    assert answer.conventions[0].value == pytest.approx(61 * 128 * 320 * 131072 * 2 / 1e9)


def test_sliding_layers_keep_their_window() -> None:
    # Gemma 3 27B: 62 layers, 16 KV heads of 128; every sixth is full (10), 52 see 1024 tokens
    answer = ask(calculator="kv_cache", model="gemma-3-27b", seq=131072)
    full = 10 * 2 * 16 * 128 * 131072 * 2
    sliding = 52 * 2 * 16 * 128 * 1024 * 2
    assert answer.value_bytes == full + sliding


def test_the_working_of_the_cache_agrees_with_every_architecture_layer_by_layer() -> None:
    for model in models():
        answer = ask(calculator="kv_cache", model=model.id, seq=5000, micro_batch=3)
        layers = kv_cache_bytes(model.architecture, 5000, 3, 2.0)
        states = linear_state_bytes(model.architecture, 3)
        assert answer.value_bytes == pytest.approx(layers + states, abs=1), model.id


def test_the_file_of_a_known_model_counts_every_parameter() -> None:
    answer = ask(calculator="file_size", model="llama-7b", weight_dtype="fp16")
    assert answer.value_bytes == 2 * 6_738_415_616
    assert answer.lead == "estimate"
    assert answer.rule_of_thumb is not None
    assert answer.rule_of_thumb.value == 14.0


def test_quantised_weights_keep_embeddings_and_head_in_16_bits() -> None:
    # LLaMA-7B: 32 × (4 × 4096² + 3 × 4096 × 11008) = 6,476,005,376 in the matrices;
    # groups of 128 share a 16-bit scale and a 4-bit zero point: 4 + 20/128 = 4.15625 bits
    answer = ask(calculator="file_size", model="llama-7b", weight_dtype="int4-g128")
    matrices = 32 * (4 * 4096**2 + 3 * 4096 * 11008)
    rest = 6_738_415_616 - matrices
    assert answer.value_bytes == matrices * 4.15625 / 8 + rest * 2


def test_gguf_types_cover_the_embeddings_too() -> None:
    # Q8_0 stores 32 weights in 34 bytes; the 65 norms of 4096 stay in fp32
    answer = ask(calculator="file_size", model="llama-7b", weight_dtype="q8_0")
    norms = 65 * 4096
    assert answer.value_bytes == pytest.approx((6_738_415_616 - norms) * 34 / 32 + norms * 4, abs=1)


def test_the_peak_is_the_prefill_when_all_is_prompt_and_may_be_decoding_otherwise() -> None:
    prompt = ask(calculator="inference", model="llama-7b", seq=4096)
    assert prompt.memory is not None
    assert prompt.memory.peak_moment == "prefill"
    talk = ask(calculator="inference", model="llama-7b", seq=4096, new_tokens=4000)
    assert talk.memory is not None
    assert talk.memory.peak_moment == "decode"
    assert talk.memory.peak_allocated_bytes < prompt.memory.peak_allocated_bytes


def test_the_parts_add_up_to_the_total_over_the_cards() -> None:
    for cards in (1, 2, 5):
        answer = ask(calculator="inference", model="llama-7b", gpu="A100", gpu_count=cards)
        assert answer.memory is not None
        assert answer.value_bytes == answer.memory.total_bytes * cards
        assert abs(sum(p.bytes for p in answer.breakdown) - answer.value_bytes) <= cards


def test_tensor_parallel_cards_share_whole_heads() -> None:
    # 8 KV heads: over 16 cards each keeps one head, so the cache is cut in 8 only
    def cache(tp: int) -> float:
        answer = ask(calculator="inference", config=BASE, tp=tp, seq=131072, gpu="H100")
        assert answer.memory is not None
        parts = {part.id: part.bytes for part in answer.breakdown}
        return parts["kv_cache"] / tp

    assert cache(8) == pytest.approx(2 * GIB, rel=1e-6)  # 16 GiB / 8
    assert cache(16) == pytest.approx(2 * GIB, rel=1e-6)


def test_a_latent_cache_is_on_every_tensor_parallel_card() -> None:
    one = ask(calculator="inference", model="deepseek-v3", tp=8, seq=131072)
    parts = {part.id: part.bytes for part in one.breakdown}
    assert parts["kv_cache"] == pytest.approx(8 * 61 * 576 * 131072 * 2, rel=1e-6)


def test_eager_attention_adds_the_scores() -> None:
    plain = ask(calculator="inference", model="llama-7b", seq=2048)
    eager = ask(calculator="inference", model="llama-7b", seq=2048, attention="eager")
    assert plain.memory is not None
    assert eager.memory is not None
    more = eager.memory.peak_allocated_bytes - plain.memory.peak_allocated_bytes
    assert more == 32 * 2048**2 * 8  # heads × s² × (2 + 4 + 2 bytes)


def test_a_model_is_judged_against_what_the_driver_reports() -> None:
    answer = ask(calculator="inference", model="llama-7b", gpu="RTX 4090")
    assert answer.capacity_bytes == 24564 * 2**20
    assert answer.verdict == "yes"


def test_heads_that_tensor_parallelism_does_not_divide_are_refused() -> None:
    with pytest.raises(CalculatorError):
        ask(calculator="inference", model="llama-7b", tp=3)


SMALL: dict[str, Any] = {
    **{k: v for k, v in BASE.items() if k not in ("num_key_value_heads", "vocab_size")},
    "hidden_size": 1024,
    "intermediate_size": 2816,
    "num_hidden_layers": 4,
    "num_attention_heads": 16,
    "vocab_size": 32000,
    "max_position_embeddings": 8192,
}
MIXTRAL: dict[str, Any] = {
    "model_type": "mixtral",
    "architectures": ["MixtralForCausalLM"],
    "hidden_size": 512,
    "intermediate_size": 1024,
    "num_hidden_layers": 3,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "num_local_experts": 4,
    "num_experts_per_tok": 2,
    "vocab_size": 32000,
    "max_position_embeddings": 8192,
    "tie_word_embeddings": False,
}
GPT2: dict[str, Any] = {
    "model_type": "gpt2",
    "architectures": ["GPT2LMHeadModel"],
    "n_embd": 768,
    "n_layer": 4,
    "n_head": 12,
    "n_positions": 2048,
    "vocab_size": 50257,
}


@pytest.mark.parametrize(
    ("config", "batch", "measured"),
    [
        # Peak bytes alive in real runs, 1,024 tokens in bf16 (benchmarks/truth/prefill.py,
        # transformers 5.23.0, torch 2.13.0)
        ({**SMALL, "num_key_value_heads": 16}, 1, 276_589_568),
        ({**SMALL, "num_key_value_heads": 16}, 2, 319_056_896),
        ({**SMALL, "num_key_value_heads": 4, "num_hidden_layers": 6}, 1, 298_617_856),
        (MIXTRAL, 1, 134_591_488),
        (GPT2, 1, 184_248_832),
    ],
)
def test_the_prefill_peaks_where_real_runs_do(
    config: dict[str, Any], batch: int, measured: int
) -> None:
    answer = ask(
        calculator="inference", config=config, seq=1024, micro_batch=batch, weight_dtype="bf16"
    )
    assert answer.memory is not None
    assert answer.memory.peak_allocated_bytes == pytest.approx(measured, rel=0.002)
