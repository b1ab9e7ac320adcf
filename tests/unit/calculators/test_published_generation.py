"""Generation of single streams as others measured it: never above the bound, seldom far below.

Each row: model, weights, card, layout, prompt, generated tokens, measured tokens/s. The bound is
of the whole answer, its context growing.
"""

from __future__ import annotations

from statistics import median
from typing import Any

import pytest

from calculators import Calculation, Request, calculate

# github.com/pytorch-labs/gpt-fast, README (A100 at 330 W, prompts of five tokens)
GPT_FAST: list[tuple[str, str, str, dict[str, int], int, int, float]] = [
    ("llama-2-7b", "fp16", "A100 80GB", {}, 5, 200, 104.9),
    ("llama-2-7b", "int8", "A100 80GB", {}, 5, 200, 155.58),
    ("llama-2-7b", "int4-g32", "A100 80GB", {}, 5, 200, 196.8),
    ("llama-2-70b", "int8", "A100 80GB", {}, 5, 200, 19.13),
    ("llama-2-70b", "int4-g32", "A100 80GB", {}, 5, 200, 25.25),
    ("llama-2-7b", "fp16", "A100 80GB", {"tp": 2}, 5, 200, 168.84),
    ("llama-2-7b", "fp16", "A100 80GB", {"tp": 4}, 5, 200, 254.02),
    ("llama-2-70b", "fp16", "A100 80GB", {"tp": 2}, 5, 200, 21.32),
    ("llama-2-70b", "fp16", "A100 80GB", {"tp": 8}, 5, 200, 62.5),
    ("mixtral-8x7b", "int8", "A100 80GB", {}, 5, 200, 97.92),
    ("mixtral-8x7b", "fp16", "A100 80GB", {"tp": 2}, 5, 200, 96.67),
]
# github.com/XiongjieDai/GPU-Benchmarks-on-LLM-Inference, README: llama.cpp, layers split over cards
LLAMA_CPP = [
    ("llama-3-8b", "fp16", "RTX 3090", {}, 1, 512, 47.4),
    ("llama-3-8b", "fp16", "RTX 4090", {}, 1, 512, 54.84),
    ("llama-3-8b", "fp16", "RTX 4090", {}, 1, 8192, 50.88),
    ("llama-3-8b", "fp16", "RTX 3090", {}, 1, 8192, 42.62),
    ("llama-3-8b", "fp16", "RTX 4080", {}, 1, 1024, 40.29),
    ("llama-3-8b", "q4_k_m", "RTX 3090", {}, 1, 512, 115.42),
    ("llama-3-8b", "q4_k_m", "RTX 4090", {}, 1, 512, 130.58),
    ("llama-3-8b", "q4_k_m", "RTX 3080", {}, 1, 512, 109.57),
    ("llama-3-8b", "q4_k_m", "RTX 3070", {}, 1, 512, 72.79),
    ("llama-3-8b", "q4_k_m", "RTX 4070 Ti", {}, 1, 512, 83.5),
    ("llama-3-70b", "q4_k_m", "RTX 4090", {"pp": 2}, 1, 512, 19.22),
    ("llama-3-70b", "q4_k_m", "RTX 3090", {"pp": 2}, 1, 512, 16.57),
    ("llama-3-70b", "fp16", "RTX 3090", {"pp": 6}, 1, 512, 5.85),
    ("llama-3-70b", "fp16", "RTX 4090", {"pp": 8}, 1, 512, 6.47),
    ("llama-2-7b", "q4_0", "A100 80GB", {}, 1, 512, 136.24),
    ("llama-2-7b", "fp16", "RTX A6000", {}, 1, 512, 44.01),
    ("llama-2-7b", "fp16", "H100 PCIe", {}, 1, 512, 83.32),
    ("llama-2-7b", "fp16", "RTX 6000 Ada", {}, 1, 512, 50.56),
]
OTHERS = [
    # ggml-org/llama.cpp, pull request 4766: a card whose fp16 arithmetic is 1/64 of its fp32
    ("llama-2-7b", "q4_0", "P40", {}, 1, 128, 56.79),
    # mlc-ai/llm-perf-bench, MLC LLM
    ("llama-2-7b", "int4-g32", "RTX 3090 Ti", {}, 7, 256, 186.7),
    ("llama-2-7b", "int4-g32", "RTX 4090", {}, 7, 256, 204.8),
    ("llama-2-13b", "int4-g32", "RTX 4090", {}, 7, 256, 113.5),
    # pytorch-labs/gpt-fast, issue 27; InternLM/lmdeploy, docs/en/benchmark/a100_fp16.md
    ("llama-2-7b", "fp16", "RTX 4090", {}, 5, 200, 65.0),
    ("llama-2-7b", "fp16", "A100 80GB", {}, 1, 128, 100.02),
    # CambrianTech/continuum, pull request 1627
    ("qwen3-8b", "q4_k_m", "RTX 5090", {}, 100, 256, 221.7),
]
MEASURED = GPT_FAST + LLAMA_CPP + OTHERS


def answer_of(row: tuple[str, str, str, dict[str, int], int, int, float]) -> Calculation:
    model, weights, card, layout, prompt, generated, _ = row
    fields: dict[str, Any] = {"model": model, "weight_dtype": weights, "gpu": card, **layout}
    return calculate(
        Request(calculator="latency", seq=prompt + generated, new_tokens=generated, **fields)
    )


@pytest.mark.parametrize("row", MEASURED, ids=lambda row: "-".join(map(str, row[:4])))
def test_no_measurement_is_above_the_bound(row: Any) -> None:
    bound = answer_of(row).details["answer_tokens_per_s"]
    assert 0.2 * bound < row[-1] < bound


def test_what_is_measured_is_two_thirds_of_the_bound() -> None:
    shares = [row[-1] / answer_of(row).details["answer_tokens_per_s"] for row in MEASURED]
    assert sum(share >= 0.3 for share in shares) >= len(shares) - 1
    assert 0.6 < median(shares) < 0.75
