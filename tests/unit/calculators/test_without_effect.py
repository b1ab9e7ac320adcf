"""A field without effect is said so; fields that contradict each other are refused."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import calculate_json

TRAINING = {"calculator": "training", "model": "llama-7b"}
SERVING = {"calculator": "inference", "model": "llama-7b"}
SPEED = {"calculator": "throughput", "model": "llama-7b", "seq": 2048, "gpu_count": 8}
LORA = {"method": "lora", "lora": {"targets": ["q_proj", "nonexist"]}}
RATES = {"tokens_per_s_gpu": 3000, "examples_per_s": 11.7}  # 11.7 · 2,048 / 8 = 2,995

SAID: list[tuple[dict[str, Any], str, str]] = [
    ({**TRAINING, "virtual_pp": 2}, "virtual_pp has no effect", "virtual_pp 不起作用"),
    (
        {**TRAINING, "sequence_parallel": True},
        "sequence_parallel has no effect",
        "sequence_parallel 不起作用",
    ),
    ({**TRAINING, "offload": "parameters", "sharding": "none"}, "not of DDP", "DDP 没有"),
    (
        {**TRAINING, "offload": "parameters", "sharding": "zero1", "gpu_count": 4},
        "not of ZeRO-1",
        "ZeRO-1 没有",
    ),
    ({**TRAINING, "kv_dtype": "fp8"}, "kv_dtype has no effect", "kv_dtype 不起作用"),
    ({**TRAINING, **LORA}, "no linear layer named nonexist", "没有名为 nonexist"),
    ({**SERVING, "params": 13e9}, "counted exactly is the model", "精确估算按模型计算"),
    (
        {**SERVING, "gpu": "V100 32GB", "kv_dtype": "fp8"},
        "an fp8 KV cache saves memory there",
        "fp8 KV 缓存只省显存",
    ),
    ({**SPEED, **RATES}, "tokens_per_s_gpu is used", "使用 tokens_per_s_gpu"),
]


@pytest.mark.parametrize(("fields", "english", "chinese"), SAID)
def test_what_has_no_effect_is_said_once(
    fields: dict[str, Any], english: str, chinese: str
) -> None:
    for language, words in (("en", english), ("zh", chinese)):
        caveats = calculate_json(fields, language=language, working=False)["caveats"]
        assert sum(words in caveat for caveat in caveats) == 1, caveats


@pytest.mark.parametrize(
    "fields",
    [
        {**TRAINING, "virtual_pp": 2, "pp": 4},
        {**TRAINING, "sequence_parallel": True, "tp": 2},
        {**TRAINING, "offload": "parameters", "sharding": "zero3", "gpu_count": 4},
        {**TRAINING, "offload": "parameters"},
        {**TRAINING, "method": "lora", "lora": {"targets": ["q_proj"]}},
        {**SERVING, "params": 7e9},
        {**SERVING, "gpu": "H100", "kv_dtype": "fp8"},
        {**SERVING, "gpu": "V100 32GB", "kv_dtype": "int8"},
    ],
)
def test_what_has_an_effect_is_not_remarked(fields: dict[str, Any]) -> None:
    answer = calculate_json(fields, working=False)
    said = ("has no effect", "is a part of ZeRO-3", "no linear layer", "counted exactly", "fp8 KV")
    assert not [text for text in answer["caveats"] if any(words in text for words in said)]


@pytest.mark.parametrize(
    ("rates", "field"),
    [
        # 40 · 2,048 / 8 = 10,240 tokens/s a card
        ({"tokens_per_s_gpu": 3000, "examples_per_s": 40}, "tokens_per_s_gpu"),
        # 64 · 2,048 / (2 · 8) = 8,192
        ({"tokens_per_s_gpu": 3000, "step_s": 2, "global_batch": 64}, "tokens_per_s_gpu"),
        # 10 examples/s for 2 s are 20, not 64
        ({"examples_per_s": 10, "step_s": 2, "global_batch": 64}, "examples_per_s"),
    ],
)
@pytest.mark.parametrize("calculator", ["throughput", "utilization_throughput"])
def test_rates_that_contradict_each_other_are_refused(
    calculator: str, rates: dict[str, float], field: str
) -> None:
    error = calculate_json({**SPEED, "calculator": calculator, **rates})["error"]
    assert (error["code"], error["field"]) == ("contradictory_request", field)


def test_rates_that_agree_are_taken() -> None:
    # 64 sequences of 2,048 in 5.46 s on 8 cards: 3,001 tokens/s a card
    step = {"step_s": 5.46, "global_batch": 64}
    answer = calculate_json({**SPEED, "tokens_per_s_gpu": 3000, **step})
    assert answer["value"] == 3000


@pytest.mark.parametrize("calculator", ["inference", "kv_cache", "throughput"])
@pytest.mark.parametrize("name", ["q4_k_m", "Q5_K_S"])
def test_a_mix_of_weight_formats_is_none_of_a_cache(calculator: str, name: str) -> None:
    fields = {**SERVING, "calculator": calculator, "gpu": "A100 80GB", "kv_dtype": name}
    error = calculate_json(fields)["error"]
    assert (error["code"], error["field"]) == ("invalid_request", "kv_dtype")
    assert "fp16" in error["message"]
    assert "q8_0" in error["message"]


@pytest.mark.parametrize("sharding", ["zero1", "zero2", "zero3", "fsdp2"])
def test_a_caveat_has_one_sentence_and_the_usual_spelling(sharding: str) -> None:
    fields = {**TRAINING, "sharding": sharding, "seq": 8192}  # one card, past the 2,048 tokens
    caveats = calculate_json(fields, working=False)["caveats"]
    assert sum("has no effect" in text for text in caveats) == 1
    assert sum("8,192" in text for text in caveats) == 1
    assert not any(sharding in text for text in caveats)
