"""Options, parts and shares by their names, and words that only look like one."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "calculator", "expected"),
    [
        # The options of ``vrambot calc`` themselves.
        (
            "kv-cache qwen2.5-7b --seq 32768 --batch 2",
            "kv_cache",
            {"model": "qwen2.5-7b", "seq": 32768, "batch": 2},
        ),
        (
            "--params 7B --gpu 3090 --count 4 --method lora",
            "fit",
            {"params": 7e9, "gpu": "RTX 3090", "gpu_count": 4, "method": "lora"},
        ),
        ("gpu=v100-32g n=8 model=llama-13b full", "fit", {"gpu_count": 8, "method": "full"}),
        # ``gpu h`` is no card hour where a card's name begins with the letter.
        ("gpu h100 memory", "gpu_info", {"gpu": "H100", "attribute": "memory"}),
        ("decode mistral-7b int4 3090", "latency", {"model": "mistral-7b", "dtype": "int4"}),
        (
            "How long is one decode step of Llama 3 70B fp8 on an H200?",
            "latency",
            {"model": "llama-3-70b", "dtype": "fp8"},
        ),
        ("gradient mem for 13b in bf16 pls", "gradient_memory", {"dtype": "bf16"}),
        ("the act memory for llama 2 7b mbs 1 seq 4096", "activation", {"seq": 4096}),
        # Both formats are described; all of inference is asked.
        (
            "7B weights in int8 but KV cache in fp16, 4096 tokens: inference memory?",
            "inference",
            {"dtype": "int8", "kv_dtype": "fp16", "seq": 4096},
        ),
        ("VRAM for 13B inference w/o KV cache, fp16?", "inference", {"params": 13e9}),
        (
            "MFU of 45% on 8 H100 with a 7B model: tokens per second per GPU?",
            "throughput",
            {"utilization_percent": 45, "gpu_count": 8},
        ),
        (
            "what fraction of an H100's peak is 250 TFLOP/s in fp8?",
            "utilization_flops",
            {"tflops_gpu": 250, "dtype": "fp8"},
        ),
        ("H100 fp8 跑到 250 TFLOPS，占峰值的百分之几", "utilization_flops", {"tflops_gpu": 250}),
        (
            "my run does 140 tflops on the a100s (rank 0). what's the utilization",
            "utilization_flops",
            {"tflops_gpu": 140, "lora_rank": None},
        ),
        # A quarter of a year is no format of weights.
        (
            "Q3 planning: 20 nodes x 8 h800, 70b, 2T tokens, mfu 45%. how many days?",
            "training_time",
            {"dtype": None, "gpu_count": 160},
        ),
        ("13b q3 gguf file size", "file_size", {"dtype": "q3_k_m"}),
        # 64 sequences over all eight cards; twice 4,096 tokens.
        (
            "batch 64 over 8 GPUs, llama-2-7b zero3 training memory per GPU?",
            "training",
            {"global_batch": 64, "gpu_count": 8},
        ),
        ("twice the context of 4096 for llama-3-8b kv cache", "kv_cache", {"seq": 8192}),
        ("8b with 20 ppl in parallel, 4k each, how much vram", "inference", {"batch": 20}),
        # Half of 8,192; four sequences of 100,000 tokens; 1.5 T tokens.
        ("if I halve the length from 8192, llama-3-8b kv cache?", "kv_cache", {"seq": 4096}),
        (
            "100k tokens per sequence, 4 sequences, Llama-3-70B cache in fp8?",
            "kv_cache",
            {"seq": 100_000, "batch": 4},
        ),
        (
            "one and a half trillion tokens, 34B, 1024 H100, MFU 0.42, weeks?",
            "training_time",
            {"total_tokens": 1.5e12, "utilization_percent": 42, "dtype": None},
        ),
        # A lone share beside a whole run is that of the peak.
        ("time llama-2-7b 2B tokens 8xA100 40%", "training_time", {"utilization_percent": 40}),
        # 24 in all, over three nodes; 8 on each of two.
        ("full finetune 30b zero3 on 24 x A100-40 (3 nodes)", "fit", {"gpu_count": 24, "nodes": 3}),
        ("30b zero3 full finetune 8 x A100 x 2 nodes", "fit", {"gpu_count": 16, "nodes": 2}),
        # Eight sequences, each of 2,048 tokens.
        (
            "does training a 3B with a batch of 8 sequences of 2048 fit on an 80 GB card?",
            "fit",
            {"batch": 8, "seq": 2048},
        ),
        ("2x the context (16k now) on llama-3-8b, kv cache?", "kv_cache", {"seq": 32768}),
        (
            "memory of Llama 3 70B in int8, weights and a 4k KV cache?",
            "inference",
            {"dtype": "int8", "seq": 4096},
        ),
        ("7B int8 权重和 4k KV cache 一共多少显存", "inference", {"dtype": "int8", "seq": 4096}),
        # What a node does is done by each of the two; what each card does, by all four.
        (
            "12 samples/s per node, 2 nodes of 8, len 512: tokens/s/gpu",
            "throughput",
            {"examples_per_s": 24, "gpu_count": 16},
        ),
        (
            "each of 4 cards does 1,200 tok/s on a 13B, A100: MFU?",
            "utilization_throughput",
            {"tokens_per_s_gpu": 1200},
        ),
        ("weights only, no activations or cache: mixtral-8x22b bf16", "file_size", {}),
        ("mixtral-8x22b bf16, 只算权重", "file_size", {}),
        ("fp32 master weights of a 7B take how much?", "file_size", {"dtype": "fp32"}),
        ("7B 的 fp32 主权重占多少", "file_size", {"dtype": "fp32"}),
        ("optimizer=lion 7b train", "training", {"optimizer": "lion"}),
        ("13b fp16 -> int4 inference memory?", "inference", {"dtype": "int4"}),
        ("Not the 70B, the 8B Llama 3: inference memory 8k?", "inference", {"seq": 8192}),
        (
            "12 tok/s on 3090 w/ 33b, whats the theoretical decode speed at int4",
            "latency",
            {"dtype": "int4"},
        ),
        # Counts of parameters, of a model or of its adapters.
        ("how many parameters does mixtral 8x7b have?", "parameters", {"model": "mixtral-8x7b"}),
        ("llama-2-7b lora r=8 可训练参数有多少", "parameters", {"lora_rank": 8}),
        ("params llama-2-13b", "parameters", {"model": "llama-2-13b"}),
        ("how many parameters can a 24GB card run in int4?", "max_params", {"dtype": "int4"}),
        ("one-and-a-half billion parameters bf16 size", "file_size", {"params": 1.5e9}),
        (
            "lora on 65b needs 8 cards they say, how many a100-80 do i need for lora 65b",
            "min_gpus",
            {"gpu_count": None, "method": "lora"},
        ),
    ],
)
def test_what_is_named_is_read(text: str, calculator: str, expected: dict[str, Any]) -> None:
    found = understand(text)
    assert found.problems == ()
    assert found.calculator == calculator
    assert {name: found.inputs.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("a 7B on 5 potatoes?", "potatoes"),
        ("can a 7B run on a Foobar 9000?", "Foobar 9000"),
        ("llama-3-8b 能在 2 张 quokka 上跑吗", "quokka"),
    ],
)
def test_an_unknown_thing_to_run_on_is_named(text: str, card: str) -> None:
    found = understand(text)
    assert [(problem.code, problem.text) for problem in found.problems] == [("unknown_gpu", card)]


def test_what_a_model_is_trained_on_is_no_card() -> None:
    assert understand("can i finetune a 7b on 3 datasets?").problems == ()


def test_a_later_number_that_counts_nothing_is_asked_back() -> None:
    found = understand("we had 16 cards, now it's 32. llama-2-70b full ft zero3 on A100: fits?")
    assert [(problem.code, problem.field) for problem in found.problems] == [
        ("contradiction", "gpu_count")
    ]
