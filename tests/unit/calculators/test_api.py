"""The entrance: JSON in, JSON out, every error one clear sentence in both languages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from calculators import CalculatorError, Request, calculate, calculate_json, parse_request

LLAMA = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "vocab_size": 32000,
    "max_position_embeddings": 2048,
    "tie_word_embeddings": False,
}
ASKED: list[dict[str, Any]] = [
    {"calculator": "file_size", "params": 7e9},
    {"calculator": "file_size", "model": "llama-7b", "weight_dtype": "int4-g128"},
    {"calculator": "inference", "params": 7e9},
    {"calculator": "inference", "model": "llama-2-13b", "gpu": "A100", "gpu_count": 2},
    {"calculator": "inference", "config": LLAMA, "seq": 4096, "new_tokens": 512},
    {"calculator": "training", "params": 7e9},
    {"calculator": "training", "params": 6e9, "precision": "int8"},
    {"calculator": "training", "model": "llama-7b", "gpu": "A100", "gpu_count": 8},
    {"calculator": "training", "model": "llama-7b", "gpu": "V100", "gpu_count": 8},
    {"calculator": "fit", "params": 65e9, "mode": "train", "gpu": "V100 32G", "gpu_count": 4},
    {"calculator": "fit", "params": 7e9, "gpu_memory_bytes": 24_000_000_000},
    {"calculator": "max_batch", "params": 6e9, "precision": "int8", "gpu": "A100 80GB"},
    {"calculator": "max_batch", "params": 7e9, "mode": "infer", "gpu": "A100 80GB"},
    {"calculator": "max_context", "model": "llama-7b", "gpu": "A100 80GB"},
    {"calculator": "max_params", "mode": "train", "gpu": "A100 80GB", "gpu_count": 8},
    {"calculator": "max_params", "mode": "infer", "gpu": "4090"},
    {"calculator": "min_gpus", "params": 65e9, "mode": "infer", "gpu": "V100 32G"},
    {"calculator": "min_gpus", "model": "llama-7b", "mode": "train", "gpu": "A100"},
    {"calculator": "kv_cache", "model": "llama-7b", "seq": 4096, "micro_batch": 4},
    {"calculator": "activation", "params": 6e9, "precision": "int8"},
    {"calculator": "optimizer_memory", "params": 7e9},
    {"calculator": "gradient_memory", "model": "llama-7b"},
    {"calculator": "cuda_overhead"},
    {"calculator": "utilization_flops", "tflops_gpu": 100, "gpu": "A100"},
    {"calculator": "utilization_throughput", "examples_per_s": 3, "gpu_count": 4, "seq": 2048},
    {"calculator": "utilization_throughput", "tokens_per_s_gpu": 3000, "params": 7e9,
     "gpu": "A100"},
    {"calculator": "throughput", "model": "llama-7b", "gpu": "A100"},
    {"calculator": "training_time", "params": 7e9, "gpu": "A100", "total_tokens": 1e12,
     "gpu_count": 512},
    {"calculator": "gpu_info", "gpu": "4090"},
    {"calculator": "compare_gpu", "gpus": ["A100", "H100"]},
    {"calculator": "dtype_bits", "weight_dtype": "tf32"},
    {"calculator": "convert", "quantity": 80, "from_unit": "GB", "to_unit": "GiB"},
    {"calculator": "max_rank", "model": "llama-7b", "gpu": "A100", "gpu_count": 2},
    {"calculator": "plan", "model": "llama-7b", "gpu": "A100"},
    {"calculator": "communication", "model": "llama-7b", "gpu": "A100", "gpu_count": 8},
    {"calculator": "latency", "model": "llama-7b", "gpu": "A100", "seq": 2048, "new_tokens": 128},
]  # fmt: skip


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked["calculator"])
def test_the_request_of_an_answer_gives_the_same_answer(asked: dict[str, Any]) -> None:
    first = calculate_json(asked)
    assert "error" not in first, first
    again = calculate_json(json.loads(json.dumps(first["request"])))
    for field in ("value", "unit", "verdict", "lead", "value_bytes", "breakdown", "memory",
                  "total_bytes", "parameters", "rule_of_thumb", "request"):  # fmt: skip
        assert again.get(field) == first.get(field), field


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked["calculator"])
def test_every_answer_is_json_with_the_fields_of_the_contract(asked: dict[str, Any]) -> None:
    for language in ("en", "zh"):
        answer = calculate_json(asked, language=language)  # type: ignore[arg-type]
        json.dumps(answer, allow_nan=False)
        assert set(answer) >= {
            "calculator", "request", "value", "unit", "verdict", "breakdown", "working",
            "assumptions", "alternatives", "rule_of_thumb", "caveats", "sources",
        }  # fmt: skip
        assert answer["headline"]
        assert all(step["symbolic"] and step["substituted"] and step["result"]
                   for step in answer["working"])  # fmt: skip
        if answer["unit"] in ("MB", "GB", "MiB", "GiB") and asked["calculator"] != "gpu_info":
            assert isinstance(answer["value_bytes"], int)


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked["calculator"])
def test_without_working_the_numbers_are_the_same(asked: dict[str, Any]) -> None:
    shown, bare = calculate_json(asked), calculate_json(asked, working=False)
    assert bare["working"] == []
    assert (bare["value"], bare["verdict"]) == (shown["value"], shown["verdict"])


def test_inference_carries_its_peak_and_reserve() -> None:
    answer = calculate_json({"calculator": "inference", "model": "llama-7b"})
    assert answer["peak_moment"] == "prefill"
    assert answer["context_bytes"] == 1_300_000_000
    parts = answer["context_bytes"] + answer["allocator_bytes"] + answer["workspace_bytes"]
    assert answer["reserve_bytes"] == parts
    assert answer["total_bytes"] == answer["peak_allocated_bytes"] + parts
    assert answer["parameters"]["total"] == 6_738_415_616
    assert sum(part["bytes"] for part in answer["breakdown"]) == answer["value_bytes"]


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({}, "invalid_request", "calculator"),
    ({"calculator": "trainin", "params": 7e9}, "unknown_name", "calculator"),
    ({"calculator": "training", "param": 7e9}, "unknown_name", "param"),
    ({"calculator": "training", "params": 0}, "invalid_request", "params"),
    ({"calculator": "training", "params": -7e9}, "invalid_request", "params"),
    ({"calculator": "training", "params": 1e39}, "invalid_request", "params"),
    ({"calculator": "training", "params": float("nan")}, "invalid_request", "params"),
    ({"calculator": "training", "params": "many"}, "invalid_request", "params"),
    ({"calculator": "training", "params": 7e9, "gpu_count": 0}, "invalid_request", "gpu_count"),
    ({"calculator": "training", "params": 7e9, "gpu_count": 2.5}, "invalid_request", "gpu_count"),
    ({"calculator": "training", "params": 7e9, "seq": 10**12}, "invalid_request", "seq"),
    ({"calculator": "training", "params": 7e9, "optimizer": "adam"}, "unknown_name", "optimizer"),
    ({"calculator": "training", "params": 7e9, "method": "lora", "lora": {"rank": 0}},
     "invalid_request", "lora.rank"),
    ({"calculator": "training", "params": 7e9, "method": "lora", "lora": {"ranks": 8}},
     "unknown_name", "lora.ranks"),
    ({"calculator": "training", "params": 7e9, "lora": {"rank": 8}, "method": "full"},
     "contradictory_request", "lora"),
    ({"calculator": "training"}, "missing_value", "params"),
    ({"calculator": "training", "model": "llama-7b", "config": LLAMA},
     "contradictory_request", "config"),
    ({"calculator": "training", "model": "llama-7b", "tp": 5, "gpu_count": 5},
     "contradictory_request", "tp"),
    ({"calculator": "training", "model": "llama-7b", "pp": 33, "gpu_count": 33},
     "contradictory_request", "pp"),
    ({"calculator": "training", "model": "llama-7b", "tp": 2, "gpu_count": 3},
     "contradictory_request", "gpu_count"),
    ({"calculator": "training", "model": "llama-7b", "dp": 2, "gpu_count": 3},
     "contradictory_request", "gpu_count"),
    ({"calculator": "training", "model": "llama-7b", "gpu": "V100", "precision": "mixed_bf16"},
     "contradictory_request", "gpu"),
    ({"calculator": "training", "model": "llama-7b", "gpu": "V100", "attention": "flash"},
     "contradictory_request", "gpu"),
    ({"calculator": "inference", "model": "no-such-model-9b"}, "unknown_name", "model"),
    ({"calculator": "inference", "model": "llama-7b", "gpu": "Z9000"}, "unknown_name", "gpu"),
    ({"calculator": "inference", "model": "llama-7b", "weight_dtype": "int5000"},
     "unknown_name", "weight_dtype"),
    ({"calculator": "inference", "model": "llama-7b", "seq": 10, "new_tokens": 11},
     "contradictory_request", "new_tokens"),
    ({"calculator": "fit", "params": 7e9}, "missing_value", "gpu"),
    ({"calculator": "min_gpus", "params": 7e9}, "missing_value", "gpu"),
    ({"calculator": "throughput", "params": 7e9}, "missing_value", "gpu"),
    ({"calculator": "latency", "params": 7e9}, "missing_value", "gpu"),
    ({"calculator": "training_time", "params": 7e9, "gpu": "A100"},
     "missing_value", "total_tokens"),
    ({"calculator": "training_time", "params": 7e9, "total_tokens": 1e12}, "missing_value", "gpu"),
    ({"calculator": "utilization_flops", "gpu": "A100"}, "missing_value", "tflops_gpu"),
    ({"calculator": "utilization_flops", "tflops_gpu": 100}, "missing_value", "gpu"),
    ({"calculator": "utilization_throughput", "gpu": "A100"},
     "missing_value", "tokens_per_s_gpu"),
    ({"calculator": "compare_gpu", "gpus": ["A100"]}, "missing_value", "gpus"),
    ({"calculator": "convert", "quantity": 1, "from_unit": "parsec"}, "invalid_request", "unit"),
    ({"calculator": "max_rank", "model": "llama-7b", "method": "full", "gpu": "A100"},
     "contradictory_request", "method"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "code", "field"), BAD, ids=lambda value: str(value)[:60])
def test_what_cannot_be_meant_is_said_in_one_sentence(
    asked: dict[str, Any], code: str, field: str
) -> None:
    for language in ("en", "zh"):
        answer = calculate_json({"id": 7, **asked}, language=language)  # type: ignore[arg-type]
        assert answer["id"] == 7
        assert answer["error"]["code"] == code, answer
        assert answer["error"]["field"] == field
        message = answer["error"]["message"]
        assert "pydantic" not in message
        assert "Traceback" not in message
        assert len(message) < 400


def test_an_unknown_field_is_named_with_the_nearest_valid_one() -> None:
    answer = calculate_json({"calculator": "training", "params": 7e9, "gpu_cout": 4})
    assert answer["error"]["nearest"][0] == "gpu_count"
    assert "gpu_count" in answer["error"]["message"]


def test_what_is_not_an_object_is_refused() -> None:
    with pytest.raises(CalculatorError):
        parse_request(["training"])  # type: ignore[arg-type]


def test_zero_on_one_card_is_answered_with_a_caveat() -> None:
    answer = calculate(Request(calculator="training", model="llama-7b", sharding="zero3"))
    assert any("no effect" in text.en for text in answer.caveats)


def test_context_beyond_the_limit_is_answered_with_a_caveat() -> None:
    answer = calculate(Request(calculator="kv_cache", model="llama-7b", seq=4096))
    assert any("2,048" in text.en for text in answer.caveats)
