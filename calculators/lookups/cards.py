"""What the registry knows of a card."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from calculators.case import Case
from calculators.hardware import Gpu
from calculators.lookups.several import (
    ADDITIVE,
    at_a_share,
    counted_together,
    memory_of_all,
    sum_headline,
)
from calculators.results import Calculation, RuleOfThumb
from calculators.text import Text
from calculators.units import format_number


def _best_peak(gpu: Gpu) -> float | None:
    return gpu.peak_flops(gpu.training_format)


def asked_format(case: Case) -> str | None:
    """Return the format whose peak is asked for, None for the card's 16-bit one."""
    precision = case.request.precision
    if precision is not None:
        return precision.removeprefix("amp_").removeprefix("mixed_")
    return case.format("weight_dtype").id if case.given("weight_dtype") else None


def _yes(value: bool) -> str:
    return "yes" if value else "no"


READ: dict[str, Callable[[Gpu], Any]] = {
    "memory": lambda gpu: gpu.memory_mib,
    "flops": lambda gpu: None if (peak := _best_peak(gpu)) is None else peak / 1e12,
    "bandwidth": lambda gpu: gpu.bandwidth / 1e9,
    "compute_capability": lambda gpu: gpu.compute_capability,
    "nvlink": lambda gpu: 0 if gpu.nvlink is None else gpu.nvlink / 1e9,
    "tdp": lambda gpu: gpu.tdp_watts,
    "flash_attention": lambda gpu: _yes(gpu.flash_attention_version is not None),
    "flash_attention_2": lambda gpu: _yes((gpu.flash_attention_version or 0) >= 2),
    "flash_attention_3": lambda gpu: _yes((gpu.flash_attention_version or 0) >= 3),
    "bf16": lambda gpu: _yes(gpu.supports_bf16),
    "fp8": lambda gpu: _yes(gpu.supports_fp8),
}
_UNITS = {"memory": "MiB", "flops": "TFLOPS"}
NAMES = {
    "memory": Text("memory", "显存"),
    "flops": Text("dense 16-bit peak", "16 位稠密峰值算力"),
    "bandwidth": Text("memory bandwidth", "显存带宽"),
    "compute_capability": Text("compute capability", "计算能力"),
    "nvlink": Text("NVLink, both directions", "NVLink 双向带宽"),
    "tdp": Text("power", "功耗"),
    "flash_attention": Text("flash-attention", "flash-attention 支持"),
    "flash_attention_2": Text("flash-attention 2", "flash-attention 2 支持"),
    "flash_attention_3": Text("flash-attention 3", "flash-attention 3 支持"),
    "bf16": Text("bf16", "bf16 支持"),
    "fp8": Text("fp8", "fp8 支持"),
}
_SUFFIX = {"flops": " TFLOPS", "bandwidth": " GB/s", "nvlink": " GB/s", "tdp": " W"}


def facts(gpu: Gpu) -> dict[str, Any]:
    """Return a card's figures under names that carry their units."""
    return {
        "name": gpu.name,
        "memory_mib": gpu.memory_mib,
        "memory_gb_in_name": gpu.memory_gb,
        "peak_tflops": {name: peak / 1e12 for name, peak in gpu.peak.items()},
        "bandwidth_gb_per_s": gpu.bandwidth / 1e9,
        "compute_capability": gpu.compute_capability,
        "nvlink_gb_per_s": None if gpu.nvlink is None else gpu.nvlink / 1e9,
        "pcie_generation": gpu.pcie,
        "tdp_watts": gpu.tdp_watts,
        "bf16": gpu.supports_bf16,
        "fp8": gpu.supports_fp8,
        "flash_attention_version": gpu.flash_attention_version,
        "memory_efficient_attention": gpu.supports_efficient_attention,
    }


def shown_value(gpu: Gpu, attribute: str) -> Text:
    """Return an attribute of a card in words."""
    if attribute == "memory":
        both = f"{gpu.memory_gb} GB, {gpu.memory_mib:,} MiB"
        return Text(f"{both} as the driver reports", f"{both}（驱动报告）")
    if attribute == "flash_attention":
        return _flash_words(gpu)
    value = READ[attribute](gpu)
    if attribute.startswith("flash_attention") and value == "no":
        version = gpu.flash_attention_version
        if version is None:
            return _flash_words(gpu)
        return Text(f"no; up to version {version}", f"不支持；最高到第 {version} 版")
    if value is None:
        return Text("not published", "未公布")
    if attribute == "nvlink" and not value:
        return Text("none", "不支持")
    if isinstance(value, str):
        return Text(value, "支持" if value == "yes" else "不支持")
    if attribute == "compute_capability":
        return Text(f"{value:.1f}", f"{value:.1f}")
    text = f"{format_number(value)}{_SUFFIX.get(attribute, '')}"
    return Text(text, text)


def _flash_words(gpu: Gpu) -> Text:
    version = gpu.flash_attention_version
    if version is not None:
        return Text(f"yes, up to version {version}", f"支持，最高到第 {version} 版")
    if gpu.supports_efficient_attention:
        return Text(
            "no (Turing or newer is needed); memory-efficient attention runs",
            "不支持（需要 Turing 及以上架构）；可用 memory-efficient attention",
        )
    return Text("no", "不支持")


def gpu_info(case: Case) -> Calculation:
    """Return what is asked of a card: memory as its driver reports it unless said otherwise.

    Of several cards it is what they have together, unless each is asked for (``per_gpu``); with
    ``tflops_gpu`` it is that share of the peak.
    """
    gpu = case.card
    attribute = case.default("attribute", "memory", "its memory", "查询显存")
    value = READ[attribute](gpu)
    asked = asked_format(case) if attribute == "flops" else None
    if attribute == "flops" and case.given("tflops_gpu"):
        name = asked or gpu.training_format
        if (peak := gpu.peak_flops(name)) is not None:
            return at_a_share(case, gpu, peak, name, facts(gpu))
    if attribute == "memory" and counted_together(case, attribute):
        return memory_of_all(case, gpu, NAMES[attribute], facts(gpu))
    if asked is not None:
        return _peak_info(case, gpu, asked)
    rule = None
    extra: dict[str, Any] = {}
    if attribute == "memory":
        text = Text(
            f"By its name it counts as {gpu.memory_gb} GB; the driver reports "
            f"{gpu.memory_mib:,} MiB.",
            f"按型号名计为 {gpu.memory_gb} GB；驱动报告 {gpu.memory_mib:,} MiB。",
        )
        rule = RuleOfThumb(gpu.memory_gb, "GB", (), text)
        extra = {"value_bytes": gpu.capacity_bytes, "capacity_bytes": gpu.capacity_bytes}
    headline = _headline(gpu, attribute)
    if value in ("yes", "no"):
        extra = {"verdict": value}
        headline = _supports(gpu, attribute, runs=value == "yes")
    elif value is not None and counted_together(case, attribute):
        headline = sum_headline(gpu, case.cards, NAMES[attribute], value, ADDITIVE[attribute])
        value *= case.cards
    return case.finish(
        value=value,
        unit=_UNITS.get(attribute),
        headline=headline,
        rule=rule,
        details=facts(gpu),
        **extra,
    )


def _headline(gpu: Gpu, attribute: str) -> Text:
    if attribute == "nvlink" and gpu.nvlink is None:
        return Text(f"{gpu.name} has no NVLink", f"{gpu.name} 没有 NVLink")
    name, shown = NAMES[attribute], shown_value(gpu, attribute)
    return Text(f"{gpu.name}, {name.en}: {shown.en}", f"{gpu.name} {name.zh}：{shown.zh}")


def _supports(gpu: Gpu, attribute: str, *, runs: bool) -> Text:
    """Return whether a card supports something: the verdict first, then what there is to add."""
    name, shown = NAMES[attribute].en, shown_value(gpu, attribute)
    if runs:
        more = Text(shown.en.removeprefix("yes"), shown.zh.removeprefix("支持"))
        return Text(
            f"Yes: {gpu.name} supports {name}{more.en}", f"可以：{gpu.name} 支持 {name}{more.zh}"
        )
    more = Text(shown.en.removeprefix("no"), shown.zh.removeprefix("不支持"))
    return Text(
        f"No: {gpu.name} does not support {name}{more.en}",
        f"不能：{gpu.name} 不支持 {name}{more.zh}",
    )


def _peak_info(case: Case, gpu: Gpu, name: str) -> Calculation:
    peak = gpu.peak_flops(name)
    if peak is not None and counted_together(case, "flops"):
        title = Text(f"dense {name} peak", f"{name} 稠密峰值")
        return case.finish(
            value=peak / 1e12 * case.cards,
            unit="TFLOPS",
            headline=sum_headline(gpu, case.cards, title, peak / 1e12, ADDITIVE["flops"]),
            details=facts(gpu),
        )
    shown = Text("none", "无") if peak is None else Text(*[f"{peak / 1e12:g} TFLOPS"] * 2)
    return case.finish(
        value=None if peak is None else peak / 1e12,
        unit="TFLOPS",
        headline=Text(
            f"{gpu.name}, dense {name} peak: {shown.en}", f"{gpu.name} {name} 稠密峰值：{shown.zh}"
        ),
        details=facts(gpu),
    )
