"""What training and inference mean when the question leaves it open (design: Numbers)."""

from __future__ import annotations

from typing import Literal

from calculators.architecture import Architecture, Layer
from calculators.case import Case
from calculators.errors import ContradictoryRequest
from calculators.layout import (
    SHARDING_NAMES,
    Layout,
    check_experts,
    check_split,
    inference_layout,
    sharding_ranks,
    training_layout,
)
from calculators.requests import Lora, Mode
from calculators.results import Assumption
from calculators.text import Text

SEQ = 2048
STORED_AS = {name: name for name in ("fp32", "fp16", "bf16", "fp8", "int8")}
"""Precisions that also say how the weights of a model to be served are stored."""


def assume_tokens(case: Case) -> int:
    """Return the tokens per sequence, 2,048 when nobody said."""
    tokens: int = case.default("seq", SEQ, "2,048 tokens per sequence", "每个序列 2,048 个 token")
    return tokens


def assume_mode(case: Case) -> Mode:
    """Return what is asked about: training when any of its fields was given, else inference."""
    training = case.mode == "train"
    en, zh = ("training", "训练") if training else ("inference", "推理")
    mode: Mode = case.default("mode", case.mode, en, zh)
    return mode


def assume_sequence(case: Case) -> int:
    """Return the tokens per sequence, with a caveat beyond what the model is configured for."""
    tokens = assume_tokens(case)
    limit = case.architecture.max_context if not case.bare else None
    if limit is not None and tokens > limit:
        case.caveat(
            f"{tokens:,} tokens exceed the {limit:,} that the model is configured for.",
            f"{tokens:,} 个 token 超过了模型配置的上限 {limit:,}。",
        )
    return tokens


def note_windows(case: Case) -> None:
    """Say where layers keep only a window of the tokens asked about."""
    groups = case.architecture.groups
    windows = {
        layer.attention.window: sum(n for other, n in groups if _window(other) == _window(layer))
        for layer, _ in groups
        if layer.attention.window is not None and layer.attention.window < case.get("seq")
    }
    for window, layers in windows.items():
        case.caveat(
            f"{layers} of {case.architecture.layer_count} layers attend to a sliding window: "
            f"their cache never holds more than {window:,} tokens.",
            f"{case.architecture.layer_count} 层中有 {layers} 层使用滑动窗口注意力，"
            f"其缓存最多保留 {window:,} 个 token。",
        )


def _window(layer: Layer) -> int | None:
    return layer.attention.window


def assume_batch(case: Case) -> int:
    """Return the concurrent sequences: as given, else 1."""
    if case.given("global_batch"):
        case.complete(micro_batch=case.request.global_batch)
        return int(case.get("micro_batch"))
    batch: int = case.default("micro_batch", 1, "batch 1", "batch 为 1")
    return batch


def assume_inference(case: Case) -> Layout:
    """Fill in the defaults of inference and return its layout."""
    assume_weight_format(case)
    assume_sequence(case)
    note_windows(case)
    assume_batch(case)
    case.default("kv_dtype", "fp16", "16-bit KV cache", "KV 缓存为 16 位")
    layout = inference_layout(case)
    if not case.given("gpu_count"):
        case.default("gpu_count", layout.cards, "one card", "一张卡")
    if layout.even > 1:
        text = Text("weights and cache split evenly", "权重与缓存在各卡间均分")
        case.assumptions.append(Assumption("tp", None, text))
    check_split(case.architecture, layout, assumed=case.bare)
    return layout


def assume_weight_format(case: Case) -> str:
    """Return the format of the weights: as published where the config says so, else 16 bits.

    On a card without bf16 the 16-bit format is fp16.
    """
    if case.request.precision in STORED_AS:
        case.complete(weight_dtype=STORED_AS[case.request.precision])
        return str(case.get("weight_dtype"))
    quantised = None if case.bare else case.architecture.quantization
    published = None if case.bare else case.architecture.dtype
    no_bf16 = case.gpu is not None and not case.gpu.supports_bf16
    assumed = "bf16" if published == "bfloat16" and not no_bf16 else "fp16"
    if quantised is not None:
        assumed = quantised
    chosen: str = case.default(
        "weight_dtype", assumed, f"weights in {assumed}", f"权重为 {assumed}"
    )
    return chosen


def assume_training(case: Case) -> Layout:
    """Fill in the defaults of training and return its layout."""
    full = case.default("method", "full", "all parameters are trained", "全参数训练") == "full"
    _assume_precision(case, full=full)
    if full and case.get("precision").startswith(("mixed", "amp")):
        case.default("grad_dtype", "fp32", "fp32 gradients", "梯度为 fp32")
    _assume_adapters(case)
    case.default("optimizer", "adamw", "AdamW", "优化器为 AdamW")
    assume_sequence(case)
    case.default("checkpointing", "full", "every layer recomputed", "每层都重计算")
    case.default("attention", "sdpa", "SDPA attention", "SDPA 注意力")
    case.default("code", "transformers", "stock transformers code", "transformers 原版实现")
    case.complete(offload="none", grad_accumulation=1, tp=1, pp=1, cp=1, ep=1)
    layout = training_layout(case)
    check_experts(layout, case.get("ep"))
    _assume_sharding(case, layout)
    _assume_micro_batch(case, layout)
    check_split(case.architecture, layout, assumed=case.bare)
    return layout


def _assume_precision(case: Case, *, full: bool) -> None:
    """Assume 16-bit mixed precision, or what the format of frozen weights calls for."""
    half = "bf16" if case.gpu is None or case.gpu.supports_bf16 else "fp16"
    stored = case.format("weight_dtype") if case.given("weight_dtype") else None
    if full:
        if stored is not None:
            case.caveat(
                f"Weights in {stored.id} are frozen weights, under adapters; full training keeps "
                "its weights as the precision says.",
                f"{stored.id} 权重只用于冻结的权重（LoRA/QLoRA）；"
                "全参数训练的权重格式由训练精度决定。",
            )
        case.default(
            "precision",
            f"mixed_{half}",
            f"{half} mixed precision: 16-bit weights, fp32 master weights and moments",
            f"{half} 混合精度：16 位权重，fp32 主权重与动量",
        )
        return
    if stored is not None and stored.id in ("bf16", "fp16"):
        half = stored.id
    chosen = "fp32" if stored is not None and stored.id == "fp32" else f"mixed_{half}"
    shown = chosen.removeprefix("mixed_")
    case.default(
        "precision",
        chosen,
        f"computing in {shown}; frozen weights have no master copy, gradients or moments",
        f"以 {shown} 计算；冻结的权重没有主权重副本、梯度和动量",
    )


QUERY_VALUE = ("q_proj", "v_proj")
FUSED_ATTENTION = ("query_key_value", "qkv_proj", "c_attn", "W_pack", "wqkv", "Wqkv")


def usual_targets(architecture: Architecture) -> tuple[str, ...] | Literal["all-linear"]:
    """Return what LoRA is put on when nobody says: queries and values (arXiv 2106.09685, 4.2).

    Where they are one fused matrix it is that, and without either every linear layer.
    """
    names = {module.name for layer, _ in architecture.groups for module in layer.modules}
    if names.issuperset(QUERY_VALUE):
        return QUERY_VALUE
    fused = [name for name in FUSED_ATTENTION if name in names]
    return (fused[0],) if fused else "all-linear"


def _assume_adapters(case: Case) -> None:
    if case.get("method") == "full":
        if case.given("lora"):
            raise ContradictoryRequest(
                Text(
                    "Adapters were given, but the method is full training.",
                    "给出了 LoRA 参数，但训练方法是全参数。",
                ),
                field="lora",
            )
        return
    targets = usual_targets(case.architecture)
    given = case.request.lora
    if given is not None and "targets" not in given.model_fields_set:
        names = targets if isinstance(targets, str) else ", ".join(targets)
        case.override("lora", given.model_copy(update={"targets": targets}))
        text = Text(f"LoRA on {names}", f"LoRA 作用于 {names}")
        case.assumptions.append(Assumption("lora", case.completed.lora, text))
    lora = Lora(targets=targets)
    names = lora.targets if isinstance(lora.targets, str) else ", ".join(lora.targets)
    case.default(
        "lora",
        lora,
        f"LoRA rank {lora.rank} on {names}, adapters in {lora.adapter_dtype}",
        f"LoRA rank {lora.rank}，作用于 {names}，adapter 为 {lora.adapter_dtype}",
    )
    if case.get("method") == "qlora":
        case.default(
            "weight_dtype",
            "nf4-dq",
            "frozen weights in NF4 with double quantisation",
            "冻结权重为 NF4（双重量化）",
        )


OFFLOADING = frozenset({"zero2", "zero3", "fsdp2", "hybrid"})
"""Ways of sharding whose offloading takes the gradients too (arXiv 2101.06840, section 4)."""


def _assume_sharding(case: Case, layout: Layout) -> None:
    """Assume ZeRO-3, but ZeRO-1 with a pipeline.

    A stage needs its weights and sums its gradients in each micro-batch, so DeepSpeed refuses
    stages 2 and 3 there and Megatron-LM shards the optimizer alone.
    """
    ranks = layout.dp * layout.cp
    if ranks > 1:
        stage = "zero1" if layout.pp > 1 else "zero3"
        name = SHARDING_NAMES[stage]
        over = Text(f"{layout.cards} cards", f"{layout.cards} 张卡上")
        if ranks != layout.cards:
            over = Text(f"{ranks} data-parallel ranks", f"{ranks} 个数据并行 rank 之间")
        case.default("sharding", stage, f"{name.en} over the {over.en}", f"{over.zh}使用 {name.zh}")
        _assume_shard_group(case, ranks)
        return
    if case.get("offload") != "none":
        case.default(
            "sharding",
            "zero3",
            "ZeRO-3, which offloads gradients too",
            "使用 ZeRO-3，梯度也一并卸载",
        )
    case.complete(sharding="none")
    moved = case.get("offload") != "none" and case.get("sharding") in OFFLOADING
    if case.get("sharding") != "none" and not moved:
        name = SHARDING_NAMES[case.get("sharding")]
        case.caveat(
            f"{name.en} has no effect on a single data-parallel rank.",
            f"只有一个数据并行 rank 时，{name.zh} 不起作用。",
        )


def _assume_shard_group(case: Case, ranks: int) -> None:
    """Hybrid sharding shards within a node, and copies over the nodes."""
    if case.get("sharding") == "hybrid":
        group = sharding_ranks("hybrid", ranks, None)
        case.default(
            "shard_group",
            group,
            f"sharded over {group} cards, {ranks // group} such groups",
            f"每 {group} 张卡为一个分片组，共 {ranks // group} 组",
        )


def _say_whole_batch(case: Case, layout: Layout, accumulated: int) -> None:
    micro = case.get("micro_batch")
    whole = micro * accumulated * layout.dp
    case.caveat(
        f"Memory is that of {micro} sequence{'s' * (micro > 1)} at once on each card; with "
        f"{accumulated} accumulated micro-steps a step takes {whole:,} in all.",
        f"显存只取决于每张卡同时处理的 {micro} 个序列；累积 {accumulated} 个 micro step 后，"
        f"每步合计 {whole:,} 个序列。",
    )


def _assume_micro_batch(case: Case, layout: Layout) -> None:
    wanted, accumulated = case.get("global_batch"), case.get("grad_accumulation")
    if wanted is None or case.given("micro_batch"):
        case.default("micro_batch", 1, "micro batch 1", "micro batch 为 1")
        if accumulated > 1:
            _say_whole_batch(case, layout, accumulated)
        return
    steps = layout.dp * accumulated
    micro = -(-wanted // steps)
    case.complete(micro_batch=micro)
    if micro > 1 and not case.given("grad_accumulation"):
        text = Text(
            f"no gradient accumulation: {micro} sequences on each card at once",
            f"不做梯度累积：每张卡同时处理 {micro} 个序列",
        )
        case.assumptions.append(Assumption("grad_accumulation", 1, text))
    if wanted % steps:
        case.caveat(
            f"A global batch of {wanted} does not divide over {steps} micro-batches; "
            f"counted with {micro} each.",
            f"全局 batch {wanted} 不能被 {steps} 个 micro batch 整除，按每个 {micro} 计算。",
        )
