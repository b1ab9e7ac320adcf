"""The request that an answer echoes, run again as JSON, gives the same answer to the byte."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from calculators import Lora, Request, calculate, calculate_json
from calculators.serialise import request_json

MODELS = ["llama-7b", "llama-3-8b", "qwen2.5-7b", "gpt2", "gemma-2-9b", "mixtral-8x7b", "bloom-7b1"]
ANY: dict[str, list[Any]] = {
    "gpu": ["A100 80GB", "V100 32GB", "RTX 4090", "H100"],
    "gpu_count": [1, 2, 4, 8],
    "seq": [512, 2048, 4096],
    "micro_batch": [1, 2, 3],
    "per_gpu": [True],
}
TRAINING: dict[str, list[Any]] = {
    "method": ["full", "lora", "qlora"],
    "lora": [{"rank": 8}, {"rank": 16}, {"dropout": 0.05}, {"targets": "all-linear"}, {}],
    "precision": ["mixed_fp16", "fp16", "amp_fp16", "fp32"],
    "grad_dtype": ["fp16", "fp32"],
    "optimizer": ["adamw", "adamw_8bit", "sgd", "lion", "muon", "adafactor"],
    "checkpointing": ["none", "full", "selective"],
    "sharding": ["none", "zero1", "zero2", "zero3", "fsdp2"],
    "offload": ["none", "optimizer"],
    "code": ["transformers", "fused"],
    "grad_accumulation": [1, 4],
    "global_batch": [8, 16],
}
SERVING: dict[str, list[Any]] = {
    "weight_dtype": ["fp16", "int8", "int4-g128", "q4_k_m", "nf4-dq"],
    "kv_dtype": ["fp16", "int8"],
    "new_tokens": [64, 500],
    "tp": [1, 2],
}
CALCULATORS: dict[str, dict[str, list[Any]]] = {
    "training": TRAINING,
    "activation": TRAINING,
    "gradient_memory": TRAINING,
    "optimizer_memory": TRAINING,
    "inference": SERVING,
    "kv_cache": SERVING,
    "file_size": SERVING,
}


def request(chance: random.Random) -> dict[str, Any]:
    """Return a random request for an amount of memory."""
    name = chance.choice([*CALCULATORS, "training", "training"])
    fields: dict[str, Any] = {"calculator": name, "model": chance.choice(MODELS)}
    if chance.random() < 0.2:
        fields["params"] = chance.choice([7e9, 13e9])
        del fields["model"]
    choices = ANY | CALCULATORS[name]
    for field in chance.sample(list(choices), chance.randint(0, 6)):
        fields[field] = chance.choice(choices[field])
    return fields


def test_two_hundred_valid_requests_run_again_to_the_same_bytes() -> None:
    chance, valid = random.Random(20), 0
    while valid < 200:
        fields = request(chance)
        first = calculate_json(fields, working=False)
        if "error" in first:
            continue
        valid += 1
        again = calculate_json(json.loads(json.dumps(first["request"])), working=False)
        assert again.get("value_bytes") == first["value_bytes"], (fields, first["request"])
        assert again["breakdown"] == first["breakdown"], fields
        assert again.get("total_bytes") == first.get("total_bytes"), fields


@pytest.mark.parametrize("model", ["gpt2", "llama-7b", "bloom-7b1"])
def test_adapters_are_echoed_in_full(model: str) -> None:
    # q_proj and v_proj at rank 16 are the class's defaults, and still what this answer rests on.
    lora = Lora(rank=16, targets="all-linear")
    answer = calculate(Request(calculator="training", model=model, method="lora", lora=lora))
    echoed = request_json(answer.request)["lora"]
    assert echoed == {
        "rank": 16,
        "targets": "all-linear",
        "adapter_dtype": "fp32",
        "dropout": 0.0,
        "modules_to_save": [],
    }


def test_default_targets_stay_when_they_were_asked_for() -> None:
    lora = Lora(rank=16, targets=("q_proj", "v_proj"))
    asked = Request(calculator="training", model="llama-7b", method="lora", lora=lora)
    assert request_json(asked)["lora"]["targets"] == ["q_proj", "v_proj"]
