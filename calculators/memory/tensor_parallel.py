"""What serving by tensor parallelism takes where an even split of everything was counted."""

from __future__ import annotations

from calculators.case import Case
from calculators.errors import CalculatorError
from calculators.memory.inference import InferenceEstimate, estimate_inference
from calculators.planning.heads import note_heads
from calculators.planning.verdict import verdict_of
from calculators.text import Text
from calculators.units import format_bytes

NOTICEABLE = 0.01
"""Share of the even split by which tensor parallelism must differ to be worth a line."""


def split_evenly(case: Case, cards: int) -> bool:
    """Whether so many cards were taken to share all evenly, since nobody said how they do."""
    given = any(case.given(name) for name in ("tp", "pp", "dp"))
    return not (case.mode != "infer" or case.bare or given or cards == 1)


def note_tensor_parallel(case: Case, estimate: InferenceEstimate) -> None:
    """Say what tensor parallelism over the cards would take, or that its heads do not divide."""
    cards = estimate.cards
    note_heads(case, cards)
    if not split_evenly(case, cards) or _divides(case, cards):
        return
    request = case.completed.model_copy(update={"tp": cards, "pp": None, "dp": None})
    try:
        need = estimate_inference(Case(request, working=False), note=False).memory.total_bytes
    except CalculatorError:
        return
    even = estimate.memory.total_bytes
    if need <= (1 + NOTICEABLE) * even:
        return
    kept, shown, capacity = kept_heads(case, cards), format_bytes(need), case.capacity_bytes
    end = Text(f", not {format_bytes(even)}", f"，而不是 {format_bytes(even)}")
    if capacity is not None and verdict_of(need, capacity) == "no" != verdict_of(even, capacity):
        end = Text(f"{end.en}, which does not fit", f"{end.zh}，放不下")
    case.caveat(
        f"With tensor parallelism over {cards} cards each {kept.en}: {shown} per card{end.en}.",
        f"若在 {cards} 张卡上做张量并行，每张卡都要保存{kept.zh}：每卡 {shown}{end.zh}。",
    )


def _divides(case: Case, cards: int) -> bool:
    """Whether the cards share every layer's KV heads alike, so that there is nothing to say."""
    return all(
        layer.attention.kind != "mla" and layer.attention.kv_heads % cards == 0
        for layer, _ in case.architecture.groups
    )


def kept_heads(case: Case, cards: int) -> Text:
    """Return what of the cache each of the cards keeps under tensor parallelism, in words."""
    attention = case.architecture.attention
    if attention.kind == "mla":
        return Text("keeps the whole latent cache", "完整的潜在（MLA）缓存")
    heads, each = attention.kv_heads, -(-attention.kv_heads // cards)
    return Text(
        f"keeps the cache of {each} of the {heads} KV heads",
        f" {heads} 个 KV 头中 {each} 个头的缓存",
    )
