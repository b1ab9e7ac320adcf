"""Whole answers as a reader sees them, in both languages: headline, working, rule, conventions."""

from __future__ import annotations

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from calculators import calculate_json
from calculators.text import Language

ASKED: dict[str, dict[str, Any]] = {
    "file of 7B": {"calculator": "file_size", "params": 7e9},
    "file of LLaMA-7B in GPTQ": {
        "calculator": "file_size",
        "model": "llama-7b",
        "weight_dtype": "int4-g128",
    },
    "inference with 65B": {"calculator": "inference", "params": 65e9},
    "inference with Llama 2 13B on two cards": {
        "calculator": "inference",
        "model": "llama-2-13b",
        "gpu": "V100 32G",
        "gpu_count": 2,
    },
    "inference with DeepSeek-V3, tensor parallel": {
        "calculator": "inference",
        "model": "deepseek-v3",
        "weight_dtype": "fp8",
        "gpu": "H200",
        "tp": 8,
        "seq": 32768,
        "new_tokens": 4096,
    },
    "cache of Gemma 3 27B": {"calculator": "kv_cache", "model": "gemma-3-27b", "seq": 32768},
    "fewest V100 for the weights of 65B": {
        "calculator": "min_gpus",
        "params": 65e9,
        "mode": "infer",
        "gpu": "V100 32G",
    },
    "largest int8 batch of LLaMA-6B": {
        "calculator": "max_batch",
        "params": 6e9,
        "precision": "int8",
        "gpu": "A100 80GB",
        "mode": "train",
    },
    "int8 training of LLaMA-6B": {
        "calculator": "training",
        "params": 6e9,
        "precision": "int8",
    },
    "training of 7B": {"calculator": "training", "params": 7e9},
    "training of LLaMA-7B on eight A100": {
        "calculator": "training",
        "model": "llama-7b",
        "gpu": "A100 80GB",
        "gpu_count": 8,
    },
    "QLoRA of LLaMA-65B": {
        "calculator": "training",
        "model": "llama-65b",
        "method": "qlora",
        "gpu": "A100 80GB",
    },
    "65B on four V100": {
        "calculator": "fit",
        "params": 65e9,
        "mode": "train",
        "gpu": "V100 32G",
        "gpu_count": 4,
    },
    "largest model for a 4090": {"calculator": "max_params", "mode": "infer", "gpu": "4090"},
    "utilisation by FLOPS": {"calculator": "utilization_flops", "tflops_gpu": 100, "gpu": "A100"},
    "utilisation by throughput": {
        "calculator": "utilization_throughput",
        "examples_per_s": 3,
        "gpu_count": 4,
        "seq": 2048,
    },
    "MFU": {
        "calculator": "utilization_throughput",
        "examples_per_s": 3,
        "gpu_count": 4,
        "seq": 2048,
        "model": "llama-7b",
        "gpu": "A100 80GB",
    },
    "decoding bound": {"calculator": "throughput", "model": "llama-7b", "gpu": "A100 80GB"},
    "latency": {
        "calculator": "latency",
        "model": "llama-7b",
        "gpu": "A100 80GB",
        "seq": 2048,
        "new_tokens": 256,
    },
    "training time": {
        "calculator": "training_time",
        "model": "llama-7b",
        "gpu": "A100 80GB",
        "gpu_count": 1024,
        "total_tokens": 1e12,
    },
    "communication over PCIe": {
        "calculator": "communication",
        "model": "llama-7b",
        "gpu": "4090",
        "gpu_count": 8,
    },
    "width of tf32": {"calculator": "dtype_bits", "weight_dtype": "tf32"},
    "memory of a V100": {"calculator": "gpu_info", "gpu": "V100 32G"},
    "A100 beside H100": {"calculator": "compare_gpu", "gpus": ["A100", "H100"]},
    "80 GB in GiB": {"calculator": "convert", "quantity": 80, "from_unit": "GB"},
}


def as_read(answer: dict[str, Any]) -> str:
    """Return the answer as lines of text."""
    lines = [answer["headline"], f"value: {answer['value']} {answer['unit']}"]
    if answer["verdict"]:
        lines.append(f"verdict: {answer['verdict']}")
    lines += [f"  {p['name']}: {p['bytes']:,}" for p in answer["breakdown"]]
    for step in answer["working"]:
        lines += [f"{step['title']}: {step['symbolic']}",
                  f"    = {step['substituted']}", f"    = {step['result']}"]  # fmt: skip
    if answer["rule_of_thumb"]:
        lines.append(f"rule: {answer['rule_of_thumb']['text']}")
    for name in ("conventions", "assumptions", "alternatives"):
        lines += [f"{name}: {item['text']}" for item in answer[name]]
    lines += [f"caveat: {text}" for text in answer["caveats"]]
    return "\n".join(lines)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ASKED)
def test_working(name: str, language: Language, snapshot: SnapshotAssertion) -> None:
    assert as_read(calculate_json(ASKED[name], language=language)) == snapshot
