"""Cases of several ways of spreading a step at once, and of what is seldom sharded.

Tensor parallelism under FSDP2, hybrid sharding and pipelines, copies of pipelines, adapters and
packed weights under each way, optimizers and fp8 on shards, and DeepSpeed with fp32 gradients.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.accuracy.truth.case import case, reduced

MODELS = ("llama-7b", "llama-3-8b", "qwen2.5-7b", "mistral-7b", "qwen3-4b", "llama-3.2-1b")
MIXTURES = ("mixtral-8x7b", "qwen3-30b-a3b", "olmoe-1b-7b")
PLAIN: dict[str, Any] = {"seq": 2048}
RECOMPUTED: dict[str, Any] = {"seq": 4096, "checkpointing": "full"}
ACCUMULATED: dict[str, Any] = {
    "seq": 512, "micro_batch": 2, "grad_accumulation": 2, "checkpointing": "full",
}  # fmt: skip
RECIPES = (PLAIN, RECOMPUTED, ACCUMULATED)
SHARDED: dict[str, Any] = {"sharding": "fsdp2", "precision": "mixed_bf16"}
FEW = {"rank": 16, "targets": ["q_proj", "v_proj"], "dropout": 0.0, "adapter_dtype": "fp32"}
LINEAR = {**FEW, "targets": "all-linear", "dropout": 0.05}


def combined() -> Iterator[dict[str, Any]]:
    """All of them."""
    yield from tensor_sharded()
    yield from tensor_pipelines()
    yield from copied_pipelines()
    yield from context_sharded()
    yield from experts_sharded()
    yield from accumulated()
    yield from offloaded()
    yield from adapters()
    yield from packed()
    yield from optimizers()
    yield from eight_bit()
    yield from wide_gradients()
    yield from wide_whole()
    yield from deepspeed_adapters()
    yield from deepspeed_accumulated()
    yield from optimizer_offloaded()
    yield from large_layers()


def _turns(*recipes: dict[str, Any]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield a running number, a model and one of ``recipes``, two recipes for each model."""
    for place, model in enumerate(MODELS):
        for turn in range(2):
            yield place + turn, model, recipes[(place + turn) % len(recipes)]


def tensor_sharded() -> Iterator[dict[str, Any]]:
    """Tensor parallelism within FSDP2 or hybrid sharding, a mesh of two or three dimensions."""
    for number, model, recipe in _turns(*RECIPES):
        tp, dp = ((2, 4), (4, 2), (2, 8))[number % 3]
        sequence = {"sequence_parallel": True} if number % 2 else {}
        yield case(model, 4, tp=tp, dp=dp, **sequence, **SHARDED, **recipe)
    for number, model in enumerate(MODELS):
        options = {"sharding": "hybrid", "shard_group": 2, "precision": "mixed_bf16"}
        yield case(model, 4, tp=2, dp=4, **options, **RECIPES[number % 3])


def tensor_pipelines() -> Iterator[dict[str, Any]]:
    """Pipeline stages whose layers are split over two or four cards."""
    for number, model, recipe in _turns(*RECIPES):
        pp, tp = ((2, 2), (4, 2), (2, 4))[number % 3]
        options = {**recipe, "grad_accumulation": (2 * pp, pp, 2)[number % 3]}
        yield case(model, 8, pp=pp, tp=tp, **options)


def copied_pipelines() -> Iterator[dict[str, Any]]:
    """Copies of a pipeline by DistributedDataParallel around each stage."""
    for number, model, recipe in _turns(*RECIPES):
        pp = (2, 4)[number % 2]
        options = {**recipe, "grad_accumulation": (2 * pp, pp)[number % 2]}
        yield case(model, 8, engine="ddp", pp=pp, dp=2, **options)


def context_sharded() -> Iterator[dict[str, Any]]:
    """Ring attention under FSDP2, with and without recompute, accumulated."""
    for number, model in enumerate(MODELS):
        recipe = ({"seq": 8192}, {"seq": 4096, "grad_accumulation": 2})[number % 2]
        cp, dp = ((2, 2), (4, 2), (2, 4))[number % 3]
        yield case(model, 4, cp=cp, dp=dp, **SHARDED, **recipe)
        yield case(model, 4, cp=cp, dp=dp, **SHARDED, **recipe, checkpointing="full")


def experts_sharded() -> Iterator[dict[str, Any]]:
    """Experts over cards under FSDP2, accumulated, and on more cards."""
    for number, model in enumerate(MIXTURES):
        for turn, recipe in enumerate((PLAIN, ACCUMULATED, {"seq": 1024, "micro_batch": 2})):
            ep, dp = ((4, 16), (2, 8), (8, 8))[(number + turn) % 3]
            yield case(model, 2, dp=dp, ep=ep, **SHARDED, **recipe)


def accumulated() -> Iterator[dict[str, Any]]:
    """Gradient accumulation on shards, with and without resharding."""
    for number, model in enumerate(MODELS):
        dp = (2, 8, 4)[number % 3]
        recipe = {"seq": 1024, "grad_accumulation": 2}
        if number % 2:
            recipe["checkpointing"] = "full"
        yield case(model, 4, **SHARDED, dp=dp, **recipe)
        yield case(
            model, 4, engine="fsdp2", sharding="zero2", precision="mixed_bf16", dp=dp, **recipe
        )


def offloaded() -> Iterator[dict[str, Any]]:
    """Shards on the host, accumulated, and under adapters."""
    for number, model in enumerate(MODELS):
        dp = (2, 8, 4)[number % 3]
        yield case(model, 4, **SHARDED, dp=dp, offload="parameters", **ACCUMULATED)
        if number % 2:
            options = {"method": "lora", "lora": LINEAR, "offload": "parameters"}
            yield case(model, 4, **SHARDED, dp=dp, **options, **RECIPES[number % 2])


def adapters() -> Iterator[dict[str, Any]]:
    """LoRA under hybrid sharding, copies, ring attention and accumulation."""
    ways: tuple[dict[str, Any], ...] = (
        {"sharding": "hybrid", "shard_group": 2, "dp": 4, "precision": "mixed_bf16"},
        {"engine": "ddp", "dp": 4},
        {"cp": 2, "dp": 2, **SHARDED},
        {**SHARDED, "dp": 4, "grad_accumulation": 2},
    )
    for number, model in enumerate(MODELS):
        for turn, way in enumerate(ways):
            if (number + turn) % 2:
                lora = (FEW, LINEAR)[(number // 2 + turn) % 2]
                recipe = (PLAIN, RECOMPUTED)[(number + turn // 2) % 2]
                yield case(model, 4, method="lora", lora=lora, **way, **recipe)


def packed() -> Iterator[dict[str, Any]]:
    """QLoRA whose packed weights FSDP2 shards as 16-bit numbers."""
    for number, model in enumerate(MODELS):
        for turn, recipe in enumerate((PLAIN, RECOMPUTED)):
            lora = (FEW, LINEAR)[(number + turn) % 2]
            dp = (2, 8, 4)[(number + turn) % 3]
            options = {"sharding": "fsdp2", "precision": ("bf16", "mixed_bf16")[number % 2]}
            yield case(model, 8, method="qlora", lora=lora, dp=dp, **options, **recipe)


def optimizers() -> Iterator[dict[str, Any]]:
    """Optimizers other than AdamW on shards; torch's Adafactor does not run there."""
    names = ("sgd_momentum", "lion", "adamw_8bit", "muon")
    for number, model in enumerate(MODELS):
        for turn, name in enumerate(names):
            dp = (2, 8, 4)[(number + turn) % 3]
            options = {"optimizer": name, "precision": ("mixed_bf16", "fp32", "bf16")[turn % 3]}
            yield case(model, 4, sharding="fsdp2", dp=dp, **options, seq=256, checkpointing="full")


def eight_bit() -> Iterator[dict[str, Any]]:
    """torchao's dynamic fp8 under FSDP2."""
    for number, model in enumerate(MODELS):
        dp = (2, 8, 4)[number % 3]
        yield case(model, 4, engine="torchao", **SHARDED, dp=dp, **RECIPES[number % 3])


def wide_gradients() -> Iterator[dict[str, Any]]:
    """ZeRO-1 and ZeRO-2 by DeepSpeed with fp32 gradients."""
    for number, model, recipe in _turns(*RECIPES):
        for sharding in ("zero1", "zero2"):
            dp = (8, 2, 32)[number % 3]
            options = {"precision": "mixed_bf16", "grad_dtype": "fp32"}
            yield case(model, 4, engine="deepspeed", sharding=sharding, dp=dp, **options, **recipe)


def wide_whole() -> Iterator[dict[str, Any]]:
    """ZeRO-3 by DeepSpeed with fp32 gradients, above and below what it keeps gathered."""
    for number, model, recipe in _turns(*RECIPES):
        options = {"precision": "mixed_bf16", "grad_dtype": "fp32", "dp": (8, 2, 16)[number % 3]}
        layers = (8, 4)[number % 2]
        yield case(model, layers, engine="deepspeed", sharding="zero3", **options, **recipe)


def deepspeed_adapters() -> Iterator[dict[str, Any]]:
    """LoRA under DeepSpeed's three stages, QLoRA under the third."""
    for number, model in enumerate(MODELS):
        for turn, sharding in enumerate(("zero1", "zero2", "zero3", "zero3")):
            method = "qlora" if turn == 3 else "lora"
            lora = {**(FEW, LINEAR)[(number + turn) % 2], "adapter_dtype": "bf16"}
            options = {"method": method, "lora": lora, "precision": "mixed_bf16"}
            options["dp"] = (2, 8, 4)[(number + turn) % 3]
            recipe = (PLAIN, RECOMPUTED)[(number + turn) % 2]
            yield case(model, 8, engine="deepspeed", sharding=sharding, **options, **recipe)


def deepspeed_accumulated() -> Iterator[dict[str, Any]]:
    """Gradient accumulation under DeepSpeed's ZeRO-3."""
    for number, model in enumerate(MODELS):
        options = {"precision": "mixed_bf16", "grad_dtype": "bf16", "dp": (8, 2, 16)[number % 3]}
        recipe = reduced({**ACCUMULATED, "checkpointing": ("full", "none")[number % 2]})
        yield case(model, 8, engine="deepspeed", sharding="zero3", **options, **recipe)


def optimizer_offloaded() -> Iterator[dict[str, Any]]:
    """ZeRO-Offload: master weights, moments and a rank's gradients on the host."""
    for number, model in enumerate(MODELS):
        for turn, sharding in enumerate(("zero1", "zero2", "zero3")):
            if (number + turn) % 3 == 2:
                continue
            options = {"precision": "mixed_bf16", "grad_dtype": "bf16", "offload": "optimizer"}
            options["dp"] = (8, 2, 4)[(number + turn) % 3]
            recipe = RECIPES[(number + turn) % 2]
            yield case(model, 8, engine="deepspeed", sharding=sharding, **options, **recipe)


def large_layers() -> Iterator[dict[str, Any]]:
    """ZeRO-3 by DeepSpeed of models whose single layer is near what it keeps gathered."""
    for number, model in enumerate(("llama-65b", "llama-2-70b", "qwen2-72b")):
        options = {"precision": "mixed_bf16", "grad_dtype": ("fp32", "bf16")[number % 2], "dp": 64}
        yield case(model, 3, engine="deepspeed", sharding="zero3", **options, **RECIPES[number % 2])
