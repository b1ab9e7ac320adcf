"""Cases of what was long without truth: ZeRO-1 and -2, DDP, context and expert parallelism,
offloading to the host, interleaved pipelines, fp8, and experts over more cards than experts.

``engine`` says what runs: deepspeed, ddp, fsdp2 without resharding after forward, torchao.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.accuracy.truth.case import case, reduced

MODELS = ("llama-7b", "llama-3-8b", "qwen2.5-7b", "mistral-7b", "qwen3-4b", "llama-3.2-1b")
MIXTURES = ("mixtral-8x7b", "qwen3-30b-a3b", "olmoe-1b-7b")
RECIPES: tuple[dict[str, Any], ...] = (
    {"seq": 2048},
    {"seq": 4096, "checkpointing": "full"},
    {"seq": 512, "micro_batch": 2, "grad_accumulation": 2, "checkpointing": "full"},
)


ACCUMULATED = "seq=512 micro_batch=2 grad_accumulation=2 checkpointing=full"
EXAMINED_SPREAD = tuple(
    f"{model} l4 engine=deepspeed sharding=zero2 dp={dp} precision=mixed_{half} "
    f"grad_dtype={half} {rest}"
    for model, dp, half, rest in (
        ("llama-7b", 32, "bf16", ACCUMULATED),
        ("qwen2.5-7b", 8, "bf16", ACCUMULATED),
        ("mistral-7b", 8, "fp16", "seq=4096 checkpointing=full"),
        ("mistral-7b", 32, "fp16", ACCUMULATED),
        ("qwen3-4b", 2, "bf16", ACCUMULATED),
        ("llama-3.2-1b", 8, "bf16", ACCUMULATED),
    )
)
"""Held out once, then looked at and learned from."""


def spread() -> Iterator[dict[str, Any]]:
    """All of them."""
    yield from deepspeed()
    yield from deepspeed_whole()
    yield from unresharded()
    yield from replicas()
    yield from context()
    yield from experts()
    yield from offloaded()
    yield from interleaved()
    yield from eight_bit()
    yield from scattered_experts()


def deepspeed() -> Iterator[dict[str, Any]]:
    """ZeRO-1 and ZeRO-2 by DeepSpeed: 16-bit gradients, fp32 master weights."""
    for place, model in enumerate(MODELS):
        for turn, recipe in enumerate(RECIPES):
            for sharding in ("zero1", "zero2"):
                dp = (2, 8, 32)[(place + turn) % 3]
                half = "mixed_fp16" if place == 3 else "mixed_bf16"
                options = {"precision": half, "grad_dtype": half[6:], **reduced(recipe)}
                yield case(model, 4, engine="deepspeed", sharding=sharding, dp=dp, **options)


def deepspeed_whole() -> Iterator[dict[str, Any]]:
    """ZeRO-3 by DeepSpeed: models of more and of fewer parameters than it keeps gathered."""
    sizes = (
        ("llama-3.2-1b", None), ("qwen3-4b", 12), ("llama-7b", 16), ("mistral-7b", 8),
        ("qwen2.5-1.5b", None), ("llama-3-8b", 10), ("smollm3-3b", None),
    )  # fmt: skip
    for place, (model, layers) in enumerate(sizes):
        for turn, recipe in enumerate(RECIPES[:2]):
            dp = (8, 2, 16)[(place + turn) % 3]
            options = {"precision": "mixed_bf16", "grad_dtype": "bf16", **reduced(recipe)}
            yield case(model, layers, engine="deepspeed", sharding="zero3", dp=dp, **options)


def unresharded() -> Iterator[dict[str, Any]]:
    """FSDP2 that keeps what it gathered until backward, as ZeRO-2 does."""
    for place, model in enumerate(MODELS):
        for turn, recipe in enumerate(RECIPES[:2]):
            dp = (8, 2, 32)[(place + turn) % 3]
            options = {"precision": "mixed_bf16", **reduced(recipe)}
            yield case(model, 4, engine="fsdp2", sharding="zero2", dp=dp, **options)


def replicas() -> Iterator[dict[str, Any]]:
    """DistributedDataParallel, whose gradients are views of its buckets."""
    for place, model in enumerate(MODELS):
        for turn, recipe in enumerate(RECIPES):
            precision = ("bf16", "amp_bf16", "fp32")[(place + turn) % 3]
            options = {**reduced(recipe), **reduced({"precision": precision})}
            yield case(model, 4, engine="ddp", dp=8, **options)


def context() -> Iterator[dict[str, Any]]:
    """Ring attention by torch's context_parallel, alone and under FSDP2."""
    for place, model in enumerate(MODELS):
        cp = (2, 4, 8)[place % 3]
        for recipe in ({"seq": 8192}, {"seq": 16384, "checkpointing": "full"}):
            yield case(model, 4, cp=cp, **recipe)
        sharded = {"sharding": "fsdp2", "precision": "mixed_bf16", "seq": 16384}
        yield case(model, 4, cp=cp, dp=2, checkpointing="full", **sharded)


def experts() -> Iterator[dict[str, Any]]:
    """Experts over two to eight cards: dense parts copied, or sharded by FSDP2."""
    for place, model in enumerate(MIXTURES):
        for turn, recipe in enumerate(RECIPES[:2]):
            ep = (2, 4, 8)[(place + turn) % 3]
            yield case(model, 2, dp=ep, ep=ep, **reduced(recipe))
            sharded = {"sharding": "fsdp2", "precision": "mixed_bf16"}
            yield case(model, 3, dp=2 * ep, ep=ep, **sharded, **reduced(recipe))


def offloaded() -> Iterator[dict[str, Any]]:
    """FSDP2 with its shards, gradients and moments on the host."""
    for place, model in enumerate((*MODELS, "mixtral-8x7b")):
        for turn, recipe in enumerate(RECIPES[:2]):
            dp = (2, 8, 4)[(place + turn) % 3]
            options = {"sharding": "fsdp2", "dp": dp, "precision": "mixed_bf16"}
            if (place + turn) % 4 == 3:
                options["precision"] = "fp32"
            yield case(model, 4, offload="parameters", **options, **reduced(recipe))


def interleaved() -> Iterator[dict[str, Any]]:
    """Two to four chunks of layers on each of two to four stages."""
    for place, model in enumerate(MODELS):
        for turn, recipe in enumerate(RECIPES):
            pp, chunks = ((2, 2), (4, 2), (2, 4))[(place + turn) % 3]
            options = {**reduced(recipe), "grad_accumulation": (2 * pp, pp, 4 * pp)[turn]}
            yield case(model, 2 * pp * chunks, pp=pp, virtual_pp=chunks, **options)


def eight_bit() -> Iterator[dict[str, Any]]:
    """torchao's dynamic fp8 of every linear layer but the head, on bf16 weights."""
    for model in MODELS:
        for recipe in RECIPES[:2]:
            yield case(model, 8, engine="torchao", **recipe)
    yield case("llama-3-8b", 12, engine="torchao", seq=512)
    yield case("qwen2.5-7b", 12, engine="torchao", seq=512, micro_batch=4)


def scattered_experts() -> Iterator[dict[str, Any]]:
    """FSDP2 over more cards than a layer has experts, and over as many."""
    sharded = {"sharding": "fsdp2", "precision": "mixed_bf16"}
    for dp in (4, 8, 24, 64):
        yield case("mixtral-8x7b", 3, **sharded, dp=dp, seq=1024)
        yield case("mixtral-8x7b", 3, **sharded, dp=dp, checkpointing="full", seq=1024)
    for dp in (64, 128, 192):
        yield case("olmoe-1b-7b", 4, **sharded, dp=dp, checkpointing="full")
