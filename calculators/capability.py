"""What a card cannot run, though it was asked for: flash-attention, bf16 or fp8 on older ones."""

from __future__ import annotations

from calculators.case import Case
from calculators.errors import ContradictoryRequest
from calculators.hardware import Gpu
from calculators.text import Text

WIDEST_FLASH_HEAD = 256
"""FlashAttention-2's largest head (github.com/Dao-AILab/flash-attention, README)."""


def what_cannot_run(case: Case) -> tuple[Text, ...]:
    """Return why the card cannot run what was explicitly asked for, empty when it can."""
    return case.known("what cannot run", lambda: _what_cannot_run(case))


def _what_cannot_run(case: Case) -> tuple[Text, ...]:
    gpu = case.gpu
    reasons = _beyond_flash(case) if case.request.attention == "flash" else []
    if gpu is None:
        return tuple(reasons)
    if case.request.attention == "flash" and gpu.flash_attention_version is None:
        reasons.append(
            Text(
                f"flash-attention does not run on {gpu.name} (it needs Turing or newer); "
                "memory-efficient attention (SDPA) does.",
                f"{gpu.name} 不支持 flash-attention（需要 Turing 及以上架构），"
                "可改用 memory-efficient attention（SDPA）。",
            )
        )
    asked = (case.request.precision or "", case.request.weight_dtype or "")
    if _fp8_weights_only(case, gpu):
        case.caveat(
            f"{gpu.name} has no fp8 tensor cores: fp8 weights save memory there, but are computed "
            "with in 16 bits.",
            f"{gpu.name} 没有 fp8 计算单元：fp8 权重只省显存，计算仍用 16 位。",
        )
        asked = (asked[0], "")
    if not gpu.supports_bf16 and any("bf16" in name for name in asked):
        reasons.append(
            Text(
                f"{gpu.name} has no bf16 tensor cores, only fp16 ones.",
                f"{gpu.name} 不支持 bf16，只支持 fp16。",
            )
        )
    if not gpu.supports_fp8 and any("fp8" in name for name in asked):
        reasons.append(
            Text(
                f"{gpu.name} has no fp8 tensor cores; a 16-bit format or int8 weights run.",
                f"{gpu.name} 不支持 fp8，可改用 16 位格式或 int8 权重。",
            )
        )
    return tuple(reasons)


def _beyond_flash(case: Case) -> list[Text]:
    """Return why flash-attention runs on no card: it takes 16 bits and narrow heads only."""
    reasons = []
    stored = case.request.precision if case.mode == "train" else case.request.weight_dtype
    if stored == "fp32" and case.request.method != "qlora":
        reasons.append(
            Text(
                "flash-attention runs in 16 bits only, not in fp32; use sdpa or a 16-bit recipe.",
                "flash-attention 只支持 16 位，不支持 fp32；请改用 sdpa 或 16 位精度。",
            )
        )
    widths = [layer.attention.head_dim for layer, _ in case.architecture.groups]
    if max(widths, default=0) > WIDEST_FLASH_HEAD:
        reasons.append(
            Text(
                f"flash-attention takes heads of {WIDEST_FLASH_HEAD} at most, not {max(widths)}; "
                "use sdpa.",
                f"flash-attention 的 head_dim 最大为 {WIDEST_FLASH_HEAD}，不支持 {max(widths)}；"
                "请改用 sdpa。",
            )
        )
    return reasons


def refuse_what_cannot_run(case: Case) -> None:
    """Raise ContradictoryRequest where the question was not whether it fits."""
    for reason in what_cannot_run(case):
        raise ContradictoryRequest(reason, field="gpu")


def _fp8_weights_only(case: Case, gpu: Gpu) -> bool:
    """Whether fp8 only stores the weights: engines do so from Ampere on (weight-only kernels)."""
    stored = "fp8" in (case.request.weight_dtype or "")
    return stored and gpu.supports_bf16 and not gpu.supports_fp8
