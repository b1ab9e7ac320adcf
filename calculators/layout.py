"""How the cards are used: degrees of parallelism that multiply to the number of cards."""

from __future__ import annotations

from dataclasses import dataclass

from calculators.architecture import Architecture
from calculators.case import Case
from calculators.errors import ContradictoryRequest
from calculators.text import Text


@dataclass(frozen=True, slots=True)
class Layout:
    """Degrees of data, tensor, pipeline and context parallelism; their product is ``cards``.

    ``even`` is a number of cards over which everything is split evenly, whatever the way.
    """

    cards: int
    dp: int
    tp: int
    pp: int
    cp: int
    even: int = 1

    @property
    def shards(self) -> int:
        """The cards over which one copy of the weights is split for serving."""
        return self.tp * self.pp * self.even


CARDS_PER_NODE = 8
SHARDING_NAMES = {
    "none": Text("DDP", "DDP"),
    "zero1": Text("ZeRO-1", "ZeRO-1"),
    "zero2": Text("ZeRO-2", "ZeRO-2"),
    "zero3": Text("ZeRO-3", "ZeRO-3"),
    "fsdp2": Text("FSDP2", "FSDP2"),
    "hybrid": Text("hybrid sharding (HSDP)", "混合分片（HSDP）"),
}
"""What each way of dividing a model's states over data-parallel ranks is called."""


def sharding_ranks(sharding: str, ranks: int, group: int | None) -> int:
    """Return how many of ``ranks`` share one copy of what is sharded.

    Hybrid sharding left open takes the largest group within a node that divides the ranks.
    """
    if sharding != "hybrid":
        return ranks
    if group is None:
        return next(k for k in range(min(CARDS_PER_NODE, ranks), 0, -1) if ranks % k == 0)
    return min(group, ranks)


def cards_given(case: Case) -> int | None:
    """Return the cards as given; eight a node where only nodes were."""
    if case.get("gpu_count") is None and case.given("nodes"):
        count = CARDS_PER_NODE * case.get("nodes")
        case.default("gpu_count", count, "8 cards in each node", "每个节点 8 张卡")
    count = case.get("gpu_count")
    return None if count is None else int(count)


def training_layout(case: Case) -> Layout:
    """Return the layout of a training job: what is left of the cards is data-parallel.

    Raises ContradictoryRequest when the degrees do not multiply to the cards.
    """
    tp, pp, cp = case.get("tp") or 1, case.get("pp") or 1, case.get("cp") or 1
    group = tp * pp * cp
    dp, count = case.get("dp"), cards_given(case)
    if dp is None:
        count = count or group
        if count % group:
            raise _does_not_divide(count, tp, pp, cp)
        dp = count // group
    elif count is None:
        count = dp * group
    elif dp * group != count:
        raise ContradictoryRequest(
            Text(
                f"dp × tp × pp × cp = {dp} × {tp} × {pp} × {cp} = {dp * group} "
                f"is not the {count} cards given.",
                f"dp × tp × pp × cp = {dp} × {tp} × {pp} × {cp} = {dp * group}，"
                f"与给出的 {count} 张卡不符。",
            ),
            field="gpu_count",
        )
    case.complete(dp=dp, gpu_count=count)
    return Layout(count, dp, tp, pp, cp)


def inference_layout(case: Case) -> Layout:
    """Return the layout of serving: the weights are split over tp × pp, else over all cards.

    With degrees given, further cards are replicas (``dp``).
    """
    tp, pp, count = case.get("tp"), case.get("pp"), cards_given(case)
    if tp is None and pp is None:
        count = count or case.get("dp") or 1
        replicas = case.get("dp") or 1
        if count % replicas:
            raise _does_not_divide(count, 1, 1, replicas)
        return Layout(count, replicas, 1, 1, 1, count // replicas)
    group = (tp or 1) * (pp or 1)
    count = count or group * (case.get("dp") or 1)
    if count % group:
        raise _does_not_divide(count, tp or 1, pp or 1, 1)
    case.complete(gpu_count=count)
    return Layout(count, count // group, tp or 1, pp or 1, 1)


def check_split(architecture: Architecture, layout: Layout, *, assumed: bool = False) -> None:
    """Refuse a tensor-parallel degree that does not divide the heads, and too many stages.

    The heads of an ``assumed`` shape (a bare size) are nobody's: they refuse nothing.
    """
    heads = 0 if assumed else architecture.attention.heads
    if layout.tp > 1 and heads and heads % layout.tp:
        raise ContradictoryRequest(
            Text(
                f"tp = {layout.tp} does not divide the {heads} attention heads.",
                f"tp = {layout.tp} 不能整除 {heads} 个注意力头。",
            ),
            field="tp",
        )
    if layout.pp > architecture.layer_count:
        raise ContradictoryRequest(
            Text(
                f"pp = {layout.pp} stages for {architecture.layer_count} layers: "
                "some stages would be empty.",
                f"pp = {layout.pp} 个流水级多于 {architecture.layer_count} 层，会有空的流水级。",
            ),
            field="pp",
        )


def check_experts(layout: Layout, degree: int) -> None:
    """Refuse experts dealt out over more ranks than there are.

    Megatron takes them out of the data-parallel ranks, each expert tensor-parallel like the rest.
    """
    ranks = layout.dp * layout.cp
    if ranks % degree:
        raise ContradictoryRequest(
            Text(
                f"ep = {degree} does not divide the dp × cp = {ranks} ranks that experts are dealt "
                "out over.",
                f"ep = {degree} 不能整除分配专家的 dp × cp = {ranks} 个 rank。",
            ),
            field="ep",
        )


def _does_not_divide(count: int, tp: int, pp: int, cp: int) -> ContradictoryRequest:
    return ContradictoryRequest(
        Text(
            f"{count} card{'s' if count > 1 else ''} cannot be divided into groups of "
            f"tp × pp × cp = {tp} × {pp} × {cp} = {tp * pp * cp}.",
            f"{count} 张卡无法按 tp × pp × cp = {tp} × {pp} × {cp} = {tp * pp * cp} 分组。",
        ),
        field="gpu_count",
    )
