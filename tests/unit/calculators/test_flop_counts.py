"""The other ways in which FLOPs are counted, against figures that their authors print."""

from __future__ import annotations

import pytest

from calculators import calculate
from calculators.requests import Request
from calculators.results import Calculation

GPT_1T = {
    "model_type": "gpt2",
    "n_embd": 25600,
    "n_layer": 128,
    "n_head": 160,
    "vocab_size": 51200,
    "n_positions": 2048,
}


def causal_tflops(answer: Calculation) -> float:
    (line,) = [c for c in answer.conventions if "Megatron-Core" in c.text.en]
    assert "因果" in line.text.zh
    return float(line.value) / 100 * answer.details["peak_tflops"]


@pytest.mark.parametrize(
    ("model", "seq", "tokens_per_s_gpu", "tflops"),
    [
        # NVIDIA-NeMo/Megatron-Bridge, docs/performance-summary.md, 067f987d
        ("qwen3-30b-a3b", 4096, 44544, 1029),
        ("qwen3-235b-a22b", 4096, 8816, 1306),
        # its archive, DGX-H100
        ("llama-3-70b", 8192, 1633, 734),
        ("llama-3.1-405b", 8192, 326, 822),
        # InternLM/xtuner, docs/en/benchmark/megatron_moe_benchmark.md
        ("qwen3-235b-a22b", 4096, 1540.68, 228.09),
        # DeepSeek, arXiv 2505.09343, table 2: 250 and 155 GFLOPs a token
        ("deepseek-v3", 4096, 1000, 250),
        ("deepseek-v2", 4096, 1000, 155),
    ],
)
def test_causal_attention_is_counted_at_half_by_others(
    model: str, seq: int, tokens_per_s_gpu: float, tflops: float
) -> None:
    answer = calculate(
        Request(
            calculator="utilization_throughput",
            model=model,
            seq=seq,
            tokens_per_s_gpu=tokens_per_s_gpu,
            gpu="h100",
        )
    )
    assert causal_tflops(answer) == pytest.approx(tflops, rel=0.01)


def test_a_window_is_seen_whole_but_for_its_start() -> None:
    """Mistral-7B at 8,192 tokens, window 4,096: token i sees min(i, 4096), 3,072.25 on average."""
    answer = calculate(
        Request(
            calculator="utilization_throughput",
            model="mistral-7b-v0.1",
            seq=8192,
            tokens_per_s_gpu=1000,
            gpu="h100",
        )
    )
    params, width = 7241732096 - 32000 * 4096, 32 * 32 * 128
    mean = sum(min(i, 4096) for i in range(1, 8193)) / 8192
    assert causal_tflops(answer) == pytest.approx((6 * params + 12 * width * mean) * 1e3 / 1e12)


def test_no_line_where_attention_hardly_counts() -> None:
    answer = calculate(
        Request(
            calculator="utilization_throughput",
            model="mamba-2.8b",
            seq=8192,
            tokens_per_s_gpu=1000,
            gpu="h100",
        )
    )
    assert not [c for c in answer.conventions if "Megatron" in c.text.en]


def test_the_hours_if_the_flops_count_the_recompute() -> None:
    """Megatron-LM's end-to-end estimate: 1T parameters, 450B tokens, 3,072 A100 at 163 TFLOP/s
    that count the recompute: 84 days (arXiv 2104.04473, section 5.1)."""
    answer = calculate(
        Request(
            calculator="training_time",
            config=GPT_1T,
            seq=2048,
            total_tokens=450e9,
            tflops_gpu=163,
            gpu="a100-80gb",
            gpu_count=3072,
        )
    )
    (line,) = answer.conventions
    assert line.value / 24 == pytest.approx(84, rel=0.02)
    assert "(85 days)" in line.text.en
    assert "（85 天）" in line.text.zh


def test_no_such_line_without_recompute_or_given_flops() -> None:
    given = {
        "calculator": "training_time",
        "model": "llama-7b",
        "total_tokens": 1e9,
        "gpu": "a100-80gb",
        "gpu_count": 8,
    }
    for more in ({}, {"tflops_gpu": 150, "checkpointing": "none"}, {"tokens_per_s_gpu": 3000}):
        assert not calculate(Request(**given, **more)).conventions
