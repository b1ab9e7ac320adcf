"""The same step under other conventions, whose total stands beside the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from calculators.architecture import Architecture
from calculators.memory.reserve import SEGMENT_BYTES
from calculators.memory.training.plan import FULL, Plan, resolve
from calculators.memory.training.stage import CardStep, heaviest_counts, heaviest_stage
from calculators.memory.training.states import bytes_per_parameter
from calculators.requests import Request
from calculators.results import Convention, Memory
from calculators.text import Text

FRAGMENTS = 0.03
"""Share of what comes and goes within a step that the caching allocator cannot reuse."""

BYTES_A_PARAMETER = "bytes a parameter"
"""What a convention says that counts other bytes: it stands beside however near it is."""

NOTICEABLE = 0.01
"""Share by which an older loss must raise the total to be worth a line."""
OLDER_LOSS = Text(
    "with transformers 4's loss, which copies the fp32 logits once more",
    "使用 transformers 4 的损失（fp32 logits 再多一份拷贝）",
)


def allocator_bytes(step: CardStep) -> int:
    """Return the allocator's segments, and fragments among what comes and goes within a step."""
    gradients = step.parts[step.peak_moment].get("gradients", 0.0)
    moving = step.peak_bytes - step.states.resident - gradients
    return SEGMENT_BYTES + round(FRAGMENTS * moving)


def conventions_of(
    request: Request, model: Architecture, plan: Plan, memory: Memory
) -> tuple[Convention, ...]:
    """Return the totals of the same step with another width, code, loss or engine."""
    found = [
        Convention(text, _total(model, other, memory), "bytes")
        for text, other in _others(request, model, plan)
    ]
    older = Convention(OLDER_LOSS, _total(model, _shifting(plan), memory), "bytes")
    if plan.code == "transformers" and older.value > (1 + NOTICEABLE) * memory.total_bytes:
        found.append(older)
    return tuple(found)


def _shifting(plan: Plan) -> Plan:
    def shifting(stock: Plan) -> Plan:
        return replace(stock, recipe=replace(stock.recipe, shifted_logits=True))

    return plan.varied("shifting", shifting)


def _others(request: Request, model: Architecture, plan: Plan) -> Iterator[tuple[Text, Plan]]:
    if plan.widths.master and plan.method == "full":
        yield _other_gradients(request, model, plan)
    stock = plan.code == "transformers"
    text = (
        Text("with fused kernels (Megatron-class)", "使用融合算子（Megatron 类）")
        if stock
        else Text("with stock transformers code", "使用 transformers 原版实现")
    )
    other = request.model_copy(update={"code": "fused" if stock else "transformers"})
    yield text, resolve(other, model)
    if plan.method == "qlora" and plan.precision in ("bf16", "fp16", "mixed_bf16", "mixed_fp16"):
        half = "amp_bf16" if plan.precision.endswith("bf16") else "amp_fp16"
        text = Text(
            "after peft's prepare_model_for_kbit_training, which keeps the stream and what is "
            "not quantised in fp32",
            "使用 peft 的 prepare_model_for_kbit_training（残差流与未量化部分为 fp32）",
        )
        yield text, resolve(request.model_copy(update={"precision": half}), model)
    yield from _other_engines(request, model, plan)


def _other_gradients(request: Request, model: Architecture, plan: Plan) -> tuple[Text, Plan]:
    short = plan.widths.gradient == 4
    half = "bf16" if "bf16" in plan.precision or plan.precision == "fp8" else "fp16"
    other = resolve(request.model_copy(update={"grad_dtype": half if short else "fp32"}), model)
    each = _bytes_in_words(model, other)
    if short:
        return Text(f"with 16-bit gradients ({each.en})", f"梯度为 16 位（{each.zh}）"), other
    return Text(f"with fp32 gradients ({each.en})", f"梯度为 fp32（{each.zh}）"), other


def _other_engines(
    request: Request, model: Architecture, plan: Plan
) -> Iterator[tuple[Text, Plan]]:
    if plan.precision == "fp8":
        text = Text(
            "with torchao's dynamic fp8, which keeps weights and inputs in 16 bits alone",
            "使用 torchao 的动态 fp8（权重与输入只保留 16 位）",
        )
        yield text, resolve(request.model_copy(update={"precision": "mixed_bf16"}), model)
    if plan.replicated and plan.method == "full":
        text = Text(
            "with DistributedDataParallel's defaults, which hold the gradients twice",
            "使用 DistributedDataParallel 默认设置（梯度存两份）",
        )
        yield text, plan.varied("twice", lambda p: replace(p, twice=True))
    if plan.by_deepspeed:
        text = Text(
            "by FSDP2, which keeps fp32 shards and gathers a layer at a time",
            "使用 FSDP2（fp32 分片，逐层聚合）",
        )
        yield text, resolve(request.model_copy(update={"sharding": "fsdp2"}), model)
    wide = plan.widths.master > 0 and plan.widths.gradient == FULL and plan.method == "full"
    if plan.stage == 1 and wide and plan.pp == 1 and plan.offload == "none":
        text = Text(
            "by DeepSpeed's ZeRO-1, which keeps 16-bit gradients beside the fp32 ones",
            "使用 DeepSpeed 的 ZeRO-1（fp32 梯度之外另存 16 位梯度）",
        )
        yield text, in_both_widths(plan)
    if plan.sharding == "zero2" and plan.stage == 2 and plan.offload == "none":
        text = Text(
            "by FSDP2 without resharding after the forward pass (SHARD_GRAD_OP)",
            "使用 FSDP2 且前向后不重新分片（SHARD_GRAD_OP）",
        )
        yield text, unresharded(request, model)


def in_both_widths(plan: Plan) -> Plan:
    """Return the plan of DeepSpeed's ZeRO-1 with fp32 gradients."""
    return plan.varied("both widths", lambda p: replace(p, both_widths=True))


def unresharded(request: Request, model: Architecture) -> Plan:
    """Return the plan of FSDP2 with ``reshard_after_forward=False``."""
    sharded = request.model_copy(update={"sharding": "fsdp2"})
    plan = resolve(sharded, model)
    return plan.varied("unresharded", lambda p: replace(p, unresharded=True))


def _bytes_in_words(model: Architecture, plan: Plan) -> Text:
    counts = heaviest_counts(model, plan)
    shown = f"{round(bytes_per_parameter(plan, counts), 1):g}"
    return Text(f"{shown} {BYTES_A_PARAMETER}", f"每参数 {shown} 字节")


def _total(model: Architecture, plan: Plan, memory: Memory) -> int:
    return _with_reserve(heaviest_stage(model, plan), memory)


def _with_reserve(step: CardStep, memory: Memory) -> int:
    kept = memory.context_bytes + memory.workspace_bytes
    return round(step.peak_bytes) + allocator_bytes(step) + kept
