"""What a card is taken to achieve of its peak when nothing was measured."""

from __future__ import annotations

from calculators.case import Case
from calculators.formula import Quantity, define
from calculators.peak_flops import peak_flops
from calculators.rules.utilization import ACHIEVED, PEAK
from calculators.speed.flops import PALM
from calculators.text import Text

SHARE_OF_PEAK = define(
    "achieved_flops",
    title=Text("Achieved FLOPS: a share of the peak", "可达算力：峰值的一部分"),
    result=ACHIEVED,
    symbols=(Quantity("u", Text("utilisation", "利用率"), "count"), PEAK),
    expression=lambda u, peak: u * peak,
    source=PALM,
)


def achieved_flops(case: Case, share: float) -> float:
    """Return the FLOP/s of a card: as given, else ``share`` of its peak, said as an assumption.

    Raises MissingValue when neither the FLOPS nor a card were given.
    """
    if not case.given("tflops_gpu"):
        achieved = float(case.trail.run(SHARE_OF_PEAK, u=share, F_peak=peak_flops(case)))
        shown = f"{achieved / 1e12:.4g} TFLOPS"
        case.default(
            "tflops_gpu",
            achieved / 1e12,
            f"MFU of {share:.0%}: {shown} per card",
            f"MFU 取 {share:.0%}：每卡 {shown}",
        )
    return float(case.get("tflops_gpu")) * 1e12
