"""Cases of more than one card beside plain FSDP2: tensor and pipeline parallel, hybrid sharding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.accuracy.truth.case import case, reduced

MODELS = ("llama-7b", "llama-3-8b", "qwen2.5-7b", "mistral-7b", "qwen3-4b", "yi-6b")
RECIPES: tuple[dict[str, Any], ...] = (
    {"seq": 2048},
    {"seq": 4096, "checkpointing": "full"},
    {"seq": 1024, "micro_batch": 4, "precision": "amp_bf16"},
    {"seq": 512, "micro_batch": 2, "precision": "fp32", "checkpointing": "full"},
    {"seq": 768, "attention": "eager", "grad_accumulation": 2},
)


def layouts() -> Iterator[dict[str, Any]]:
    """All of them."""
    yield from tensor_parallel()
    yield from pipelines()
    yield from hybrid()
    yield from sharded_pipelines()


def tensor_parallel() -> Iterator[dict[str, Any]]:
    """Every recipe over two or four cards, with the sequence split every other time."""
    for place, model in enumerate(MODELS):
        for turn, recipe in enumerate(RECIPES):
            sequence = {"sequence_parallel": True} if (place + turn) % 2 else {}
            tp = 2 if turn % 2 else 4
            yield case(model, 4, tp=tp, **sequence, **reduced(recipe))


def pipelines() -> Iterator[dict[str, Any]]:
    """Two to eight stages, with more micro-batches than stages and with fewer."""
    for place, model in enumerate(MODELS):
        for turn, recipe in enumerate(RECIPES):
            pp = (2, 4, 8)[(place + turn) % 3]
            steps = (2 * pp, pp, 2)[turn % 3]
            options = {**reduced(recipe), "grad_accumulation": steps}
            yield case(model, max(8, pp), pp=pp, **options)


def hybrid() -> Iterator[dict[str, Any]]:
    """Sharded within groups, with copies of the groups."""
    recipes: tuple[dict[str, Any], ...] = (
        {"precision": "mixed_bf16", "seq": 2048},
        {"precision": "mixed_bf16", "seq": 4096, "checkpointing": "full"},
        {"precision": "fp32", "seq": 512},
        {"seq": 1024, "checkpointing": "full", "grad_accumulation": 2},
    )
    for place, model in enumerate((*MODELS, "mixtral-8x7b")):
        for turn, recipe in enumerate(recipes):
            group = (2, 4, 8)[(place + turn) % 3]
            sharded = {"sharding": "hybrid", "dp": group * (2 + turn), "shard_group": group}
            yield case(model, 4, **sharded, **reduced(recipe))


def sharded_pipelines() -> Iterator[dict[str, Any]]:
    """Stages that FSDP2 shards, under 1F1B and interleaved, with many micro-batches and few."""
    recipes: tuple[tuple[int, int, int, dict[str, Any]], ...] = (
        (2, 1, 4, {"seq": 2048, "checkpointing": "full"}),
        (4, 1, 4, {"seq": 1024, "micro_batch": 2, "checkpointing": "full"}),
        (2, 2, 4, {"seq": 4096, "checkpointing": "full"}),
        (4, 1, 8, {"seq": 1024}),
        (2, 1, 2, {"seq": 512, "precision": "fp32"}),
    )
    for place, model in enumerate(("llama-7b", "llama-3-8b", "qwen2.5-7b", "mistral-7b", "yi-6b")):
        for turn, (pp, chunks, steps, recipe) in enumerate(recipes):
            if (place + turn) % 5 == 4:
                continue
            dp = (2, 8, 4)[(place + turn) % 3]
            spread = {"sharding": "fsdp2", "dp": dp, "pp": pp, "grad_accumulation": steps}
            spread |= {"virtual_pp": chunks} if chunks > 1 else {}
            options = {"precision": "mixed_bf16", **recipe}
            yield case(model, 3 * pp * chunks, **spread, **reduced(options))
