"""What several cards come to, and what a card does at a share of its peak."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calculators.case import Case
from calculators.hardware import Gpu
from calculators.results import Calculation, RuleOfThumb
from calculators.text import Text
from calculators.units import decimal_bytes, format_number

ADDITIVE: Mapping[str, str] = {"memory": " MiB", "flops": " TFLOPS", "bandwidth": " GB/s",
                               "tdp": " W"}  # fmt: skip
"""What the cards of a job have together, with the unit of the figure; a link they only share."""


def counted_together(case: Case, attribute: str) -> bool:
    """Whether more than one card is asked about, and their sum, not each one alone."""
    return case.cards > 1 and attribute in ADDITIVE and not case.request.per_gpu


def sum_headline(gpu: Gpu, cards: int, name: Text, each: float, unit: str) -> Text:
    """Return the sum over ``cards`` and the one card's figure beside it, both in ``unit``."""
    whole, one = f"{_shown(each * cards)}{unit}", f"{_shown(each)}{unit}"
    return Text(
        f"{cards} × {gpu.name}, {name.en}: {whole} in all; {one} each",
        f"{cards} × {gpu.name} {name.zh}：合计 {whole}；每张 {one}",
    )


def memory_of_all(case: Case, gpu: Gpu, name: Text, details: dict[str, Any]) -> Calculation:
    """Return the memory of all cards, by their name and as the driver reports it."""
    cards = case.cards
    mib, whole, one = gpu.memory_mib * cards, gpu.nominal_bytes * cards, gpu.memory_gb
    shown = decimal_bytes(whole)
    text = Text(
        f"By their name {cards} cards count as {whole // 10**9:,} GB; the driver reports "
        f"{mib:,} MiB.",
        f"按型号名 {cards} 张卡计为 {whole // 10**9:,} GB；驱动报告 {mib:,} MiB。",
    )
    return case.finish(
        value=mib,
        unit="MiB",
        headline=Text(
            f"{cards} × {gpu.name}, {name.en}: {shown} in all, {mib:,} MiB as the driver "
            f"reports; {one} GB each",
            f"{cards} × {gpu.name} {name.zh}：合计 {shown}（驱动报告 {mib:,} MiB）；每张 {one} GB",
        ),
        rule=RuleOfThumb(whole / 1e9, "GB", (), text),
        details=details | {"memory_mib_in_all": mib, "memory_gb_in_all": whole / 1e9},
        value_bytes=gpu.capacity_bytes * cards,
        capacity_bytes=gpu.capacity_bytes,
    )


def at_a_share(
    case: Case, gpu: Gpu, peak: float, name: str, details: dict[str, Any]
) -> Calculation:
    """Return the FLOPS that each card achieves at the stated share of its dense ``peak``."""
    achieved = float(case.get("tflops_gpu"))
    share = format_number(100 * achieved * 1e12 / peak, 3)
    cards = case.cards if counted_together(case, "flops") else 1
    figure = f"{_shown(achieved * cards)} TFLOPS"
    of = f"{peak / 1e12:g} TFLOPS"
    many = f"{cards} × " if cards > 1 else ""
    each = f"{_shown(achieved)} TFLOPS"
    beside = (f" in all; {each} each", f"；每张 {each}") if cards > 1 else ("", "")
    return case.finish(
        value=achieved * cards,
        unit="TFLOPS",
        headline=Text(
            f"{many}{gpu.name} at {share} % utilisation: {figure}{beside[0]}, of a dense {name} "
            f"peak of {of}{' a card' if cards > 1 else ''}",
            f"{many}{gpu.name} 利用率 {share} %：{'合计 ' if cards > 1 else ''}{figure}{beside[1]}"
            f"（{'单卡 ' if cards > 1 else ''}{name} 稠密峰值 {of}）",
        ),
        details=details | {"tflops_gpu": achieved, "peak_tflops_gpu": peak / 1e12},
    )


def _shown(value: float) -> str:
    return format_number(value) if value < 1000 else f"{round(value):,}"
