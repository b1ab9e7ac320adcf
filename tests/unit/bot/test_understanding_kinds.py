"""What is asked, where a word could mean two things, and models of kinds that are not covered."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "calculator", "inputs"),
    [
        ("phi-4 fp16 size", "file_size", {"model": "phi-4", "dtype": "fp16"}),
        ("gguf q5_k_m size of yi-34b", "file_size", {"model": "yi-34b", "dtype": "q5_k_m"}),
        ("mistral-7b q8_0 gguf size", "file_size", {"dtype": "q8_0"}),
        ("batch size for 7B training on H100?", "max_batch", {"mode": "train"}),
        ("phi-4 fp16 显存", "inference", {"model": "phi-4", "dtype": "fp16"}),
        ("yi-34b fp16 VRAM", "inference", {"model": "yi-34b"}),
        (
            "vllm 0.6 with gpu_memory_utilization 0.9 llama-3-8b on L4, max concurrent 4k seqs?",
            "max_batch",
            {"seq": 4096, "gpu": "L4", "mode": "infer"},
        ),
        ("A100 80G 单卡训练能训多大的模型", "max_params", {"mode": "train", "gpu_count": 1}),
        (
            "2 A30 boxes (each 4 cards) can host Qwen2.5-72B in int4",
            "fit",
            {"nodes": 2, "gpu_count": 8, "dtype": "int4"},
        ),
        (
            "175B on A100-40G: how many for inference fp16?",
            "min_gpus",
            {"params": 175e9, "mode": "infer", "dtype": "fp16"},
        ),
        ("difference between V100 and A100 for bf16", "compare_gpu", {"attribute": "bf16"}),
        (
            "expected training throughput at 50 % MFU for 7B on A100",
            "throughput",
            {"mode": "train", "utilization_percent": 50},
        ),
        ("四零九零 能跑 7B 吗", "fit", {"gpu": "RTX 4090"}),
        ("三零九零两张训 7B lora 够吗", "fit", {"gpu": "RTX 3090", "gpu_count": 2}),
    ],
)
def test_what_is_asked(text: str, calculator: str, inputs: dict[str, Any]) -> None:
    found = understand(text)
    assert found.problems == ()
    assert found.calculator == calculator
    assert {name: found.inputs.get(name) for name in inputs} == inputs


def test_two_ways_of_sharding_are_both_calculated() -> None:
    for text, calculator in [
        ("ZeRO-2 vs ZeRO-3 communication 13B over PCIe 8 cards", "communication"),
        ("zero1 和 zero3 训 7B 8 卡 每卡差多少", "training"),
        ("zero2 跟 zero3 的通信量 7B 64 卡", "communication"),
        ("混合分片和 zero3 训 llama-2-7b 16 卡每卡显存差多少", "training"),
    ]:
        found = understand(text)
        assert found.calculator == calculator
        assert [one.request["sharding"] for one in found.compared] == ["zero3"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("flan-t5-xxl inference memory", "flan-t5-xxl"),
        ("bert-large memory for training", "bert-large"),
        ("bge-m3 显存", "bge-m3"),
        ("whisper-large-v3 vram", "whisper-large-v3"),
    ],
)
def test_a_model_of_another_kind_is_asked_back(text: str, name: str) -> None:
    assert [(p.code, p.text) for p in understand(text).problems] == [("not_decoder", name)]


@pytest.mark.parametrize(
    "text",
    [
        "what's the memory if I switch to adafactor for t5-11b?",
        "t5-11b 半精度推理显存",
        "bert-large 340M 微调显存",
        "can a 4090 run t5-11b",
    ],
)
def test_a_size_beside_such_a_name_makes_it_no_decoder(text: str) -> None:
    (problem,) = understand(text).problems
    assert problem.code == "not_decoder"
    for choice in problem.choices:
        assert not understand(choice).problems


def test_what_rests_on_the_parameters_alone_is_calculated() -> None:
    found = understand("t5-11b file size in fp16")
    assert found.calculator == "file_size"
    assert not found.problems
    assert found.unlisted == ("t5-11b",)


def test_speculative_decoding_is_asked_back() -> None:
    (problem,) = understand("speculative decoding memory for 70B + 1B draft?").problems
    assert problem.code == "speculative"
    assert problem.choices == ("70B inference memory", "1B inference memory")
