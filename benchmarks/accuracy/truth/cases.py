"""The grid: named cases for each option, and a seeded draw over all of them.

``layers`` shortens some models so that activations weigh as much as states. Development and
held-out halves are drawn by the hash of the case's name.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from typing import Any

from benchmarks.accuracy.truth.case import CONFIGS, case, reduced
from benchmarks.accuracy.truth.combined import combined
from benchmarks.accuracy.truth.layouts import layouts
from benchmarks.accuracy.truth.spread import EXAMINED_SPREAD, spread
from benchmarks.accuracy.truth.unusual import EXAMINED_LONG, unusual

LATER = (
    "command-r-small", "olmoe-1b-7b", "granite-3-2b", "stablelm-2-1.6b", "gptj-6b", "mpt-7b",
    "starcoder-3b", "smollm3-3b", "glm-4-9b-0414", "ernie-4.5-0.3b",
    "mistral-nemo-12b", "olmo-7b", "phi-3.5-moe", "seed-oss-36b", "glm-4.5-air", "qwen2-72b",
    "nemotron-4-mini", "helium-2b", "hunyuan-7b",
)  # fmt: skip
"""Models that the first draw does not know, so that its cases stay the same."""
LINEAR_TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]

EXAMINED = (
    "gpt-oss-20b l6 micro_batch=8",
    "yi-6b l2 precision=amp_bf16 attention=eager micro_batch=6 seq=64 sharding=fsdp2 dp=2",
    *EXAMINED_SPREAD,
    *EXAMINED_LONG,
)
"""Held out once, then looked at and learned from."""


def held_out(name: str) -> bool:
    """The second draw, and half of the other cases by the hash of their name."""
    if name in EXAMINED or name in {c["name"] for c in special()}:
        return False
    if name in {c["name"] for c in drawn_again()}:
        return True
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 1


def cases() -> list[dict[str, Any]]:
    """Every case of the grid, in order, once."""
    sources = (
        named(), drawn(), drawn_adapters(), special(), drawn_again(), mixture_adapters(),
        sharded_adapters(), galore(), layouts(),
        standard_qlora(), spread(), combined(), unusual(),
    )  # fmt: skip
    unique = {c["name"]: c for source in sources for c in source}
    return list(unique.values())


def named() -> Iterator[dict[str, Any]]:
    """Every architecture with and without recompute; every recipe and optimizer on one model."""
    for model in CONFIGS:
        yield case(model, 4)
        yield case(model, 4, checkpointing="full", micro_batch=2, seq=512)
        yield case(model, 2, attention="eager", micro_batch=2, seq=512)
    for model in ("llama-7b", "llama-3-8b", "gpt2-xl", "qwen2.5-7b", "mixtral-8x7b"):
        yield case(model, 4, attention="eager")
        yield case(model, 4, precision="amp_bf16", seq=2048)
        yield case(model, 4, precision="amp_bf16", checkpointing="full", seq=4096)
        yield case(model, 4, precision="fp32", micro_batch=2)
        yield case(model, 4, sharding="fsdp2", dp=8, precision="mixed_bf16", seq=2048)
    for optimizer in ("sgd", "sgd_momentum", "adafactor", "adamw_8bit", "lion", "muon"):
        yield case("llama-3.2-1b", optimizer=optimizer, checkpointing="full", seq=256)
        yield case("qwen3-4b", 6, optimizer=optimizer, checkpointing="full", precision="fp32")
    yield case("llama-2-70b", sharding="fsdp2", dp=32, precision="mixed_bf16", checkpointing="full")
    yield case("llama-65b", sharding="fsdp2", dp=64, precision="mixed_bf16", checkpointing="full")


def drawn(count: int = 90, seed: int = 20261124) -> Iterator[dict[str, Any]]:
    """Full fine-tuning cases drawn over all options at once."""
    rng = random.Random(seed)
    for _ in range(count):
        model = rng.choice([name for name in CONFIGS if name not in LATER])
        options: dict[str, Any] = {
            "precision": rng.choice(["fp32", "bf16", "bf16", "fp16", "amp_bf16", "amp_bf16"]),
            "attention": rng.choice(["sdpa", "sdpa", "sdpa", "eager"]),
            "checkpointing": rng.choice(["none", "full"]),
            "micro_batch": rng.choice([1, 1, 2, 4, 8]),
            "seq": rng.choice([128, 512, 777, 1024]),
            "grad_accumulation": rng.choice([1, 1, 4]),
            "optimizer": rng.choice(["adamw"] * 4 + ["sgd", "sgd_momentum", "lion", "adamw_8bit"]),
        }
        if rng.random() < 0.3:
            options |= {"sharding": "fsdp2", "dp": rng.choice([2, 4, 8, 16, 64])}
            options["precision"] = rng.choice(["mixed_bf16", "mixed_bf16", "fp32", "bf16"])
            options["optimizer"] = "adamw"
        yield case(model, rng.choice([2, 6, 10, None]), **reduced(options))


def drawn_adapters(count: int = 50, seed: int = 1124) -> Iterator[dict[str, Any]]:
    """LoRA and QLoRA cases."""
    rng = random.Random(seed)
    models = [
        m for m, c in CONFIGS.items() if c["model_type"] in ("llama", "qwen2", "qwen3", "mistral")
    ]
    for _ in range(count):
        lora = {
            "rank": rng.choice([4, 8, 16, 64]),
            "targets": rng.choice(
                [
                    ["q_proj", "v_proj"],
                    ["q_proj", "k_proj", "v_proj", "o_proj"],
                    LINEAR_TARGETS,
                    "all-linear",
                ]
            ),
            "dropout": rng.choice([0.0, 0.05]),
            "adapter_dtype": rng.choice(["fp32", "fp32", "bf16"]),
        }
        options: dict[str, Any] = {
            "method": rng.choice(["lora", "lora", "qlora"]),
            "lora": lora,
            "precision": rng.choice(["bf16", "bf16", "amp_bf16"]),
            "checkpointing": rng.choice(["none", "full"]),
            "micro_batch": rng.choice([1, 2, 4]),
            "seq": rng.choice([256, 512, 1024, 2048]),
            "attention": rng.choice(["sdpa", "sdpa", "sdpa", "eager"]),
        }
        if options["method"] == "qlora":
            options["precision"] = "bf16"
        yield case(rng.choice(models), rng.choice([4, 8, None]), **reduced(options))


def special() -> Iterator[dict[str, Any]]:
    """What the draws leave out: saved modules, adapted experts, windows, accumulation on shards."""
    lora = {"rank": 16, "targets": ["q_proj", "v_proj"], "dropout": 0.0, "adapter_dtype": "fp32"}
    linear = {**lora, "targets": "all-linear"}
    sharded = {"sharding": "fsdp2", "precision": "mixed_bf16"}
    yield case("llama-7b", 4, method="lora", lora={**lora, "modules_to_save": ["lm_head"]})
    yield case("mixtral-8x7b", 2, method="lora", lora=linear)
    yield case("qwen3-30b-a3b", 3, method="qlora", lora=linear, checkpointing="full")
    yield case("gpt2-xl", 4, method="lora", lora={**lora, "targets": ["c_attn"]})
    yield case("phi-3-mini", 4, method="lora", lora={**linear, "dropout": 0.1})
    yield case("gemma-2b", 4, method="lora", lora=linear, precision="amp_fp16", seq=512)
    yield case("llama-3-8b", 4, method="lora", lora=lora, sharding="fsdp2", dp=8)
    yield case("llama-3-8b", 4, **sharded, dp=8, grad_accumulation=4)
    yield case("llama-3.2-1b", **sharded, dp=4, seq=256)
    yield case("mixtral-8x7b", 3, **sharded, dp=16, seq=512)
    yield case("llama-3.2-1b", 6, grad_accumulation=4, seq=256, precision="amp_bf16")
    yield case("qwen3-4b", 6, optimizer="adafactor", precision="amp_bf16", seq=128)
    yield case("mistral-7b", 2, seq=5000)
    yield case("mistral-7b", 2, seq=5000, checkpointing="full")
    yield case("gemma-3-1b", 7, seq=2048, micro_batch=2)
    yield case("phi-3-mini", 2, seq=3000, precision="fp32")


def drawn_again(count: int = 80, seed: int = 24112026) -> Iterator[dict[str, Any]]:
    """A second draw over all models and methods; the engine was corrected after it, too."""
    rng = random.Random(seed)
    for _ in range(count):
        model = rng.choice(list(CONFIGS))
        options: dict[str, Any] = {
            "precision": rng.choice(["bf16", "amp_bf16", "fp32", "fp16"]),
            "attention": rng.choice(["sdpa", "sdpa", "eager"]),
            "checkpointing": rng.choice(["none", "full"]),
            "micro_batch": rng.choice([1, 2, 3, 6]),
            "seq": rng.choice([64, 384, 1000, 1536]),
            "grad_accumulation": rng.choice([1, 1, 2]),
            "optimizer": rng.choice(["adamw", "adamw", "muon", "adafactor", "sgd_momentum"]),
        }
        method = rng.choice(["full", "full", "fsdp2", "lora", "lora"])
        if method == "fsdp2":
            precision = rng.choice(["mixed_bf16", "mixed_bf16", "amp_bf16", "bf16", "fp32"])
            options |= {"sharding": "fsdp2", "dp": rng.choice([2, 4, 8, 32])}
            options |= {"precision": precision, "optimizer": "adamw"}
        elif method == "lora":
            lora = {
                "rank": rng.choice([8, 32, 128]),
                "targets": "all-linear",
                "dropout": rng.choice([0.0, 0.1]),
                "adapter_dtype": "fp32",
            }
            options |= {"method": "lora", "lora": lora, "optimizer": "adamw"}
        yield case(model, rng.choice([2, 3, 5]), **reduced(options))


MIXTURES = (
    "qwen1.5-moe-a2.7b", "mixtral-8x7b", "olmoe-1b-7b", "glm-4.5-air", "deepseek-v2-lite",
    "deepseek-v3-tiny", "gpt-oss-20b", "qwen3-30b-a3b",
)  # fmt: skip


def mixture_adapters() -> Iterator[dict[str, Any]]:
    """Adapters on every linear layer of mixtures, in 16 and in 4 bits."""
    lora = {"rank": 8, "targets": "all-linear", "dropout": 0.0, "adapter_dtype": "fp32"}
    for model in MIXTURES:
        yield case(model, 3, method="lora", lora=lora, seq=512)
        yield case(model, 3, method="lora", lora=lora, checkpointing="full", micro_batch=2, seq=512)
        yield case(model, 3, method="qlora", lora=lora, seq=512)
        yield case(
            model, 3, method="qlora", lora=lora, checkpointing="full", micro_batch=2, seq=512
        )


def sharded_adapters() -> Iterator[dict[str, Any]]:
    """Adapters on a base that FSDP2 shards in fp32 and gathers in 16 bits, and in 16 bits."""
    few = {"rank": 16, "targets": ["q_proj", "v_proj"], "dropout": 0.0, "adapter_dtype": "fp32"}
    linear = {**few, "targets": "all-linear"}
    for model in ("llama-7b", "qwen2.5-7b", "llama-3.2-1b", "mistral-7b"):
        for lora, dp in ((few, 8), (linear, 2)):
            sharded = {"method": "lora", "lora": lora, "sharding": "fsdp2", "dp": dp}
            for recompute in ("none", "full"):
                for precision in ("mixed_bf16", "amp_bf16"):
                    options = {"precision": precision, "checkpointing": recompute, "seq": 512}
                    yield case(model, 4, **sharded, **reduced(options))


def galore() -> Iterator[dict[str, Any]]:
    """GaLore at rank 128, in 16 bits as its authors train and in fp32."""
    for model, layers in (("llama-3.2-1b", None), ("llama-7b", 4), ("qwen2.5-7b", 4), ("yi-6b", 6)):
        for precision in ("bf16", "fp32"):
            options = {"optimizer": "galore", "precision": precision, "checkpointing": "full"}
            yield case(model, layers, **reduced(options), seq=256)


def standard_qlora() -> Iterator[dict[str, Any]]:
    """QLoRA after peft's prepare_model_for_kbit_training: what is not packed is fp32."""
    lora = {"rank": 16, "targets": "all-linear", "dropout": 0.05, "adapter_dtype": "fp32"}
    for model in ("llama-7b", "llama-3-8b", "qwen2.5-7b", "mistral-7b", "qwen3-4b", "gemma-2b"):
        for options in (
            {"checkpointing": "full", "micro_batch": 2, "seq": 1024},
            {"seq": 512, "attention": "eager"},
        ):
            yield case(
                model, 4, method="qlora", precision="amp_bf16", lora=lora, **reduced(options)
            )
