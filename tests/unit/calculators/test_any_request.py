"""Any request whatever gets an answer or one clear sentence, never an exception."""

from __future__ import annotations

import json
import random
from typing import Any, get_args

import pytest

from calculators import calculate_json
from calculators.requests import (
    AttentionKernel,
    Attribute,
    CalculatorName,
    Checkpointing,
    Code,
    Method,
    Offload,
    Optimizer,
    Precision,
    Sharding,
)

COUNTS = [1, 2, 3, 4, 8, 16, 64, 0, -1, 10**7]
RATES = [0.5, 3, 1536, 100.0, 1e9, 0, -2]
CHOICES: dict[str, list[Any]] = {
    "model": ["llama-7b", "llama-65b", "deepseek-v3", "gemma-2-9b", "mixtral-8x7b", "nonsense"],
    "params": [7e9, 6e9, 65e9, 1.3e8, 1, 1e15, 0, -1],
    "mode": ["train", "infer"],
    "precision": list(get_args(Precision)),
    "grad_dtype": ["fp32", "bf16", "fp16"],
    "weight_dtype": ["fp16", "bf16", "int8", "int4", "q4_k_m", "nf4-dq", "fp8", "int5000"],
    "kv_dtype": ["fp16", "int8", "fp8", "q8_0"],
    "optimizer": list(get_args(Optimizer)),
    "method": list(get_args(Method)),
    "lora": [{"rank": 8}, {"rank": 10**6}, {"targets": "all-linear"}, {}, {"rank": 0}],
    "attention": list(get_args(AttentionKernel)),
    "checkpointing": list(get_args(Checkpointing)),
    "code": list(get_args(Code)),
    "micro_batch": COUNTS,
    "seq": [1, 512, 2048, 8192, 131072, 0],
    "new_tokens": [0, 1, 512, 4096],
    "grad_accumulation": COUNTS,
    "tokens_per_s_gpu": RATES,
    "examples_per_s": RATES,
    "step_s": RATES,
    "global_batch": COUNTS,
    "tflops_gpu": RATES,
    "peak_tflops": RATES,
    "total_tokens": [1e9, 1e12, 0],
    "sharding": list(get_args(Sharding)),
    "dp": COUNTS,
    "tp": COUNTS,
    "pp": COUNTS,
    "cp": COUNTS,
    "ep": COUNTS,
    "virtual_pp": COUNTS,
    "sequence_parallel": [True, False],
    "gpu": ["A100", "V100 32G", "4090", "H100", "T4", "MI300X", "no such card"],
    "gpus": [["A100", "H100"], ["A100"], ["V100", "nothing"]],
    "gpu_count": COUNTS,
    "nodes": COUNTS,
    "gpu_memory_bytes": [24_000_000_000, 80_000_000_000, 1],
    "offload": list(get_args(Offload)),
    "headroom": [True],
    "per_gpu": [True],
    "attribute": list(get_args(Attribute)),
    "quantity": [80, 0, 1.5],
    "from_unit": ["GB", "Gb", "parsec"],
    "to_unit": ["GiB", "bits"],
}


def request(chance: random.Random, *, sane: bool) -> dict[str, Any]:
    """Return a random request; a sane one has a model and no impossible values."""
    fields: dict[str, Any] = {"calculator": chance.choice(get_args(CalculatorName))}
    if sane:
        name = chance.choice(["model", "params"])
        fields[name] = chance.choice(CHOICES[name][:4])
        fields["gpu"] = chance.choice(CHOICES["gpu"][:6])
        fields["gpu_count"] = chance.choice([1, 2, 4, 8])
    for name in chance.sample(list(CHOICES), chance.randint(0, 4)):
        values = CHOICES[name]
        if sane:
            values = [v for v in values if not isinstance(v, int | float) or 0 < v < 100 or v > 1e8]
        fields[name] = chance.choice(values or CHOICES[name])
    return fields


@pytest.mark.parametrize("seed", range(8))
def test_any_request_is_answered(seed: int) -> None:
    chance = random.Random(seed)
    answered = 0
    for number in range(40):
        fields = request(chance, sane=number % 4 > 0)
        answer = calculate_json(fields)
        json.dumps(answer, allow_nan=False)
        if "error" in answer:
            assert answer["error"]["code"] != "calculator_error", fields
            assert answer["error"]["message"], fields
        else:
            assert answer["headline"], fields
            answered += 1
    assert answered > 5
