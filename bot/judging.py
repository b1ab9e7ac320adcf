"""The verdict on a share of the peak, from the figures of the entry on utilisation."""

from __future__ import annotations

from bot.messages import say
from bot.question import Language
from calculators.results import Calculation
from calculators.units import format_number

UTILIZATION = "gpu-utilization"
"""The entry that has the figures."""
_POOR, _GOOD, _HIGHEST = 20, 40, 60


def verdict_on_result(made: Calculation, language: Language, *, asked: bool) -> tuple[str, ...]:
    """Return the verdict on a calculated share where it is asked for, or beyond published runs."""
    share = made.details.get("mfu_percent")
    share = made.value if made.calculator == "utilization_flops" else share
    if not isinstance(share, int | float) or not 0 < share <= 100:
        return ()
    shown = float(format_number(float(share)))
    return (verdict_on(shown, language),) if asked or share > _HIGHEST else ()


def verdict_on(percent: float, language: Language) -> str:
    """Return in one sentence what an MFU of so many per cent says of a training run."""
    key = "share_poor" if percent < _POOR else "share_middling" if percent < _GOOD else "share_good"
    key = "share_high" if percent > _HIGHEST else key
    return say(key, language, percent=f"{percent:g}")
