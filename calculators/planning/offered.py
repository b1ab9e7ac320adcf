"""One way that would work: what it changes, in words, what it costs, and its working."""

from __future__ import annotations

from typing import Any

from calculators.cached import find_gpu
from calculators.hardware import Gpu
from calculators.planning.costs import relative_cost
from calculators.planning.demand import Demand, demand
from calculators.planning.usable import host_words, serving_degrees
from calculators.planning.verdict import WORDS
from calculators.planning.wording import describe_changes
from calculators.requests import Request
from calculators.results import Alternative
from calculators.text import Text
from calculators.units import format_bytes

Changes = dict[str, Any]


def consistent(request: Request, changes: Changes) -> Changes:
    """Return the changes with the fields that they make meaningless cleared."""
    cleared: Changes = {}
    if "gpu_count" in changes:
        cleared["dp"] = None
    if "gpu" in changes:
        cleared["gpu_memory_bytes"] = None
    if changes.get("method") == "qlora":
        cleared["weight_dtype"] = None
    return {**cleared, **changes}


def card_id(request: Request, changes: Changes) -> str | None:
    """Return the card that the changed request names, None when it names none."""
    chosen = changes.get("gpu", request.gpu)
    return find_gpu(chosen).id if chosen is not None else None


def alternative(request: Request, demanded: Demand, changes: Changes) -> Alternative:
    """Return changes under which the work fits, in words, with their cost and their working."""
    full = consistent(request, changes)
    result = demand(request, full, working=demanded.case.working)
    said = _said(demanded, changes, result)
    text, split = describe_changes(said), _split_words(demanded, changes, result)
    host = host_words(result)
    need, word = format_bytes(result.per_gpu_bytes), WORDS[result.verdict]
    return Alternative(
        text=Text(
            f"{text.en}{split.en}: {need} per card{host.en} ({word.en.lower()})",
            f"{text.zh}{split.zh}：每卡 {need}{host.zh}（{word.zh}）",
        ),
        changes={field: value for field, value in said.items() if value is not None},
        verdict=result.verdict,
        per_gpu_bytes=result.per_gpu_bytes,
        relative_cost=_compared(request, demanded, changes, result),
        working=result.case.trail.steps,
    )


def _said(demanded: Demand, changes: Changes, result: Demand) -> Changes:
    """Return the changes, with the sharding that follows from them where it is another one."""
    sharding = result.case.get("sharding")
    if demanded.case.mode == "infer" or sharding == demanded.case.get("sharding"):
        return changes
    return {**changes, "sharding": sharding}


def _split_words(demanded: Demand, changes: Changes, result: Demand) -> Text:
    """Return how more cards would divide the model for serving, where nobody said it."""
    case, asked = result.case, demanded.case.gpu
    if "gpu" in changes and asked is not None and _loses_links(asked, case.card, result.cards):
        return Text(" (cards linked by PCIe only)", "（卡间只有 PCIe 互联）")
    if case.mode == "train" or "gpu_count" not in changes or result.cards == 1:
        return Text("", "")
    split = serving_degrees(case.architecture, result.cards)
    if split is None or case.request.tp is not None or case.request.pp is not None:
        return Text("", "")
    tensor, stages = split
    if stages == 1:
        return Text(" by tensor parallelism", "（张量并行）")
    return Text(
        f" by tensor parallelism {tensor} × {stages} pipeline stages",
        f"（张量并行 {tensor} × 流水线 {stages} 级）",
    )


def _loses_links(asked: Gpu, offered: Gpu, cards: int) -> bool:
    """Whether several cards would no longer be joined by more than their slots."""
    return cards > 1 and offered.link.en.startswith("PCIe") and not asked.link.en.startswith("PCIe")


def _compared(request: Request, demanded: Demand, changes: Changes, result: Demand) -> float | None:
    """Return the cost in times what was asked costs; None for cards without a price."""
    asked = relative_cost(card_id(request, {}), demanded.cards, {})
    cost = relative_cost(card_id(request, changes), result.cards, changes)
    return None if asked is None or cost is None else round(cost / asked, 3)
