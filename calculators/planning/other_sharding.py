"""The same training step under FSDP2, where ZeRO-3 was assumed, or asked for and does not fit."""

from __future__ import annotations

from calculators.case import Case
from calculators.errors import CalculatorError
from calculators.planning.demand import Demand, demand
from calculators.planning.verdict import WORDS
from calculators.text import Text
from calculators.units import format_bytes

ALIKE = (0.9, 1.7)
"""Shares of a card outside which the two engines agree on whether a dense model trains in full."""
LEAST = 0.4
"""The same for adapters, whose frozen weights FSDP2 shards in fp32, and for padded experts."""


def by_fsdp2(demanded: Demand) -> Demand | None:
    """Return the demand of the same step under FSDP2; None where it shares nothing there."""
    case = demanded.case
    shares = (case.get("dp") or 1) * (case.get("cp") or 1) > 1
    staged = (case.get("pp") or 1) > 1
    if case.mode != "train" or not shares or staged or demanded.reasons:
        return None
    try:
        return demand(case.completed, {"sharding": "fsdp2"})
    except CalculatorError:
        return None


def note_other_sharding(case: Case, demanded: Demand) -> None:
    """Say so where the sharding that was assumed decides whether the work fits."""
    if case.given("sharding") or case.mode != "train":
        return
    share = demanded.per_gpu_bytes / demanded.capacity_bytes
    experts = max((layer.feed_forward.experts for layer, _ in case.architecture.groups), default=0)
    least = LEAST if experts or case.get("method") != "full" else ALIKE[0]
    if 0 < experts < demanded.cards:
        least = 0.0  # padded to as many experts as there are cards
    if not least <= share <= ALIKE[1]:
        return
    other = by_fsdp2(demanded)
    if other is None or other.fits == demanded.fits:
        return
    here, there = (_judged(one) for one in (demanded, other))
    case.caveat(
        f"The sharding decides, and is assumed: by DeepSpeed's ZeRO-3 {here.en}; by FSDP2 "
        f"{there.en}.",
        f"结论取决于分片方式，而此处为假定：按 DeepSpeed ZeRO-3 {here.zh}；按 FSDP2 {there.zh}。",
    )


def _judged(one: Demand) -> Text:
    need, word = format_bytes(one.per_gpu_bytes), WORDS[one.verdict]
    return Text(f"{need} per card ({word.en.lower()})", f"每卡 {need}（{word.zh}）")
