"""Cases drawn blind of what earlier draws left out: further families, long texts, vocabularies.

Torch's Adafactor and GaLore's projection do not run on FSDP2's shards, so there is no truth of
them there; VaultGemma has no SDPA.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.accuracy.truth.case import FURTHER, case, reduced

LONG = (
    "llama-3-8b", "qwen2.5-7b", "mistral-7b", "gemma-3-1b", "qwen3-4b", "qwen3-30b-a3b",
    "gemma-2-2b", "olmo2-7b", "phi-3-mini",
)  # fmt: skip
NAMED = (
    "gemma-2-2b", "gemma-3-1b", "gemma-3-4b", "qwen3-30b-a3b", "gpt-oss-20b", "qwen3-30b-a3b",
)  # fmt: skip
MIXTURES = (
    "mixtral-8x7b", "qwen3-30b-a3b", "olmoe-1b-7b", "glm-4.5-air", "deepseek-v2-lite",
    "gpt-oss-20b",
)  # fmt: skip
TARGETS: tuple[Any, ...] = (
    ["q_proj", "v_proj"],
    ["q_proj", "k_proj", "v_proj", "o_proj"],
    "all-linear",
    ["gate_proj", "up_proj", "down_proj"],
)
EXAMINED_LONG = tuple(f"phi-3-mini l4 seq={seq} checkpointing=full" for seq in (32768, 65536))
"""Held out once, then looked at and learned from."""


def unusual() -> Iterator[dict[str, Any]]:
    """All of them."""
    for model in FURTHER:
        sized = "vocab-" in model
        rng = random.Random(("v-" if sized else "unseen-") + model)
        for _ in range(4 if sized else 3):
            layers = rng.choice([2, 6, 12] if sized else [3, 6])
            yield case(model, layers, **_options(rng))
    yield from long()
    rng = random.Random("named families")
    for _ in range(18):
        model = rng.choice(NAMED)
        yield case(model, rng.choice([2, 4]), **_options(rng, (256, 512, 1024, 2048)))
    yield from expert_adapters()


def _options(
    rng: random.Random, lengths: Sequence[int] = (512, 1024, 2048, 4096)
) -> dict[str, Any]:
    options = {
        "precision": rng.choice(["bf16", "bf16", "fp32", "amp_bf16"]),
        "checkpointing": rng.choice(["none", "full"]),
        "micro_batch": rng.choice([1, 1, 2, 4]),
        "seq": rng.choice(lengths),
        "optimizer": rng.choice(["adamw"] * 4 + ["sgd_momentum", "adamw_8bit", "lion"]),
        "grad_accumulation": rng.choice([1, 1, 2]),
    }
    if rng.random() < 0.4:
        options |= {"sharding": "fsdp2", "dp": rng.choice([2, 4, 8, 16])}
        options["precision"] = rng.choice(["mixed_bf16", "mixed_bf16", "bf16"])
        options["optimizer"] = "adamw"
    return reduced(options)


def long() -> Iterator[dict[str, Any]]:
    """Sequences of 32k to 64k tokens; Gemma 2, whose attention is written out, of 8k."""
    rng = random.Random("long")
    for _ in range(14):
        model = rng.choice(LONG)
        options: dict[str, Any] = {
            "seq": rng.choice([32768, 49152, 65536]),
            "checkpointing": rng.choice(["full", "full", "none"]),
        }
        if rng.random() < 0.5:
            options |= {"sharding": "fsdp2", "dp": rng.choice([4, 8]), "precision": "mixed_bf16"}
        if model == "gemma-2-2b":
            options["seq"] = 8192
        yield case(model, rng.choice([2, 4]), **options)


def expert_adapters() -> Iterator[dict[str, Any]]:
    """LoRA on mixtures, on attention alone or on the experts too."""
    rng = random.Random("moe lora")
    for _ in range(12):
        model = rng.choice(MIXTURES)
        lora = {
            "rank": rng.choice([8, 16, 32]),
            "targets": rng.choice(TARGETS),
            "dropout": 0.0,
            "adapter_dtype": rng.choice(["fp32", "bf16"]),
        }
        options: dict[str, Any] = {
            "method": "lora",
            "lora": lora,
            "seq": rng.choice([512, 2048]),
            "checkpointing": rng.choice(["none", "full"]),
        }
        if rng.random() < 0.35:
            options |= {"sharding": "fsdp2", "dp": 4, "precision": "mixed_bf16"}
        yield case(model, rng.choice([2, 3]), **options)
