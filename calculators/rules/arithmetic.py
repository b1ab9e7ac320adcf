"""The FAQ's arithmetic applied to a case; each function notes its steps on ``case.rule``."""

from __future__ import annotations

from dataclasses import dataclass

from calculators.architecture.typical import Shape, best_known_shape
from calculators.case import Case
from calculators.layout import sharding_ranks
from calculators.results import Component
from calculators.rules import cards, training, weights
from calculators.text import Text

RULE_BYTES: dict[str, float] = {
    "fp32": 4,
    "tf32": 4,
    "fp16": 2,
    "bf16": 2,
    "fp8": 1,
    "int8": 1,
    "int4": 0.5,
}
"""Bytes per parameter that the FAQ gives (and its halving carried on to fp8 and int4)."""

WEIGHTS = Text("Weights", "权重")
GRADIENTS = Text("Gradients", "梯度")
OPTIMIZER = Text("Optimizer states", "优化器状态")
CUDA = Text("CUDA context", "CUDA 上下文")
HEADROOM_BYTES = 20
MASTER_BYTES = MOMENT_BYTES = 4


@dataclass(frozen=True, slots=True)
class RuleMemory:
    """Memory by the FAQ over all cards, and its parts; ``context_bytes`` is there per card."""

    total_bytes: int
    parts: tuple[Component, ...]
    context_bytes: int = 0


def weight_bytes(case: Case, bytes_per_weight: float) -> int:
    """Return n times the bytes of a weight: 2n GB for fp16."""
    return case.rule.bytes(weights.WEIGHTS, n=case.nominal, b_w=bytes_per_weight)


def by_parts(precision: str | None) -> bool:
    """Whether the FAQ's part-by-part sum applies: int8 or fp32 was asked for."""
    return precision in ("int8", "fp32")


def training_rule_applies(case: Case) -> bool:
    """Whether the FAQ has a rule: full training with AdamW, nothing offloaded."""
    request = case.request
    plain = request.optimizer in (None, "adamw") and request.offload in (None, "none")
    return request.method in (None, "full") and plain


def training_memory(case: Case) -> RuleMemory:
    """Return 16n (20n with headroom), or the part-by-part sum for int8 and fp32."""
    precision = case.request.precision
    if by_parts(precision):
        return _parts(case, RULE_BYTES[precision or "fp32"])
    n = case.nominal
    if case.request.headroom:
        total = case.rule.bytes(training.HEADROOM, n=n, b_t=HEADROOM_BYTES)
        base = round(16 * n)
        spare = Component("headroom", Text("Headroom", "余量"), total - base)
        return RuleMemory(total, (*_mixed_parts(n), spare))
    total = case.rule.bytes(training.TRAINING, n=n, b_w=2, b_g=2, b_o=12)
    return RuleMemory(total, _mixed_parts(n))


def _mixed_parts(n: float) -> tuple[Component, ...]:
    return (
        Component("weights", WEIGHTS, round(2 * n)),
        Component("gradients", GRADIENTS, round(2 * n)),
        Component("optimizer", OPTIMIZER, round(12 * n)),
    )


def _parts(case: Case, width: float) -> RuleMemory:
    n, rule = case.nominal, case.rule
    loaded = rule.bytes(weights.WEIGHTS, n=n, b_w=width)
    gradients = rule.bytes(training.GRADIENTS, n=n, b_g=width)
    moments = rule.bytes(training.MOMENTS, n=n, b_m=width)
    context = cards.CUDA_CONTEXT_BYTES * case.cards
    total = rule.bytes(training.PARTS, M_w=loaded, M_g=gradients, M_o=moments, M_cuda=context)
    parts = (
        Component("weights", WEIGHTS, loaded),
        Component("gradients", GRADIENTS, gradients),
        Component("optimizer", OPTIMIZER, moments),
        Component("cuda", CUDA, context),
    )
    return RuleMemory(total, parts, context)


def per_card(case: Case, total_bytes: int) -> int:
    """Return the share of one of the case's cards, noting the step."""
    return case.rule.bytes(cards.PER_CARD, M=total_bytes, k=case.cards)


_WHOLE = {
    "none": ("weights", "gradients", "optimizer", "headroom"),
    "zero1": ("weights", "gradients"),
    "zero2": ("weights",),
}
"""What each data-parallel rank keeps whole, by the way of sharding."""


@dataclass(frozen=True, slots=True)
class Share:
    """How the rule's memory comes to one card; CUDA contexts are each card's own."""

    whole: tuple[str, ...]
    copies_of: int
    split_over: int

    def of(self, part: Component, cards: int) -> int:
        """Return one card's bytes of a part of the memory of all ``cards``."""
        if part.id == "cuda":
            return part.bytes // cards
        return -(-part.bytes // (self.copies_of if part.id in self.whole else self.split_over))


def share_of(case: Case) -> Share:
    """Return how the case's sharding divides the rule: over all its cards, left open."""
    sharding, model = case.get("sharding"), (case.get("tp") or 1) * (case.get("pp") or 1)
    ranks = max(1, case.cards // model)
    if sharding == "hybrid":
        ranks = sharding_ranks(sharding, ranks, case.get("shard_group"))
    whole = _WHOLE.get(sharding or "", ())
    return Share(whole if ranks > 1 else (), model, ranks * model)


def training_per_card(case: Case, memory: RuleMemory) -> int:
    """Return one card's memory by the rule, noting the step."""
    share, states = share_of(case), memory.total_bytes - memory.context_bytes
    kept = sum(part.bytes for part in memory.parts if part.id in share.whole)
    if kept:
        one = case.rule.bytes(
            cards.PER_CARD_PARTLY,
            M_a=kept,
            m=share.copies_of,
            M_b=states - kept,
            k=share.split_over,
        )
    else:
        one = case.rule.bytes(cards.PER_CARD, M=states, k=share.split_over)
    return one + memory.context_bytes // case.cards


def fewest_cards(case: Case, total_bytes: int, capacity_bytes: int) -> int:
    """Return the cards that hold ``total_bytes``, rounded up."""
    return int(case.rule.run(cards.FEWEST, M=total_bytes, C=capacity_bytes))


def instance_bytes(case: Case, tokens: int, bytes_per_value: float) -> int:
    """Return the activations of one instance: (h + i) · s · L times the bytes of a value."""
    shape = faq_shape(case)
    return case.rule.bytes(
        training.INSTANCE,
        h=shape.hidden,
        i=shape.width,
        s=tokens,
        L=shape.layers,
        b_a=bytes_per_value,
    )


def faq_shape(case: Case) -> Shape:
    """Return hidden size, feed-forward width and layers for the FAQ's activation formula.

    For a bare size it is the known dense shape nearest to it; the FAQ's LLaMA-6B so has
    LLaMA-7B's shape, as in the FAQ.
    """
    if case.bare:
        return best_known_shape(case.nominal)
    model = case.architecture
    widths = [layer.feed_forward.active_width for layer in model.layers]
    width = round(sum(widths) / len(widths))
    return Shape("", case.nominal, model.hidden, model.layer_count, 0, 0, width)
