"""Where cards that hold the work split evenly would not under tensor parallelism."""

from __future__ import annotations

from dataclasses import dataclass

from calculators.case import Case
from calculators.errors import CalculatorError
from calculators.memory.tensor_parallel import kept_heads, split_evenly
from calculators.planning.demand import Demand, demand
from calculators.text import Text
from calculators.units import format_bytes


@dataclass(frozen=True, slots=True)
class TensorSplit:
    """What one card would need under tensor parallelism over all of them, more than it has."""

    per_gpu_bytes: int
    caveat: Text
    """Why, and what the even split stands for."""

    @property
    def aside(self) -> Text:
        """The same in few words, to follow what the even split needs."""
        need = format_bytes(self.per_gpu_bytes)
        return Text(
            f" when split evenly; by tensor parallelism {need}, which does not fit",
            f"（均分时）；若用张量并行则每卡需要 {need}，放不下",
        )


def tensor_split(case: Case, demanded: Demand) -> TensorSplit | None:
    """Return what tensor parallelism would need where the even split fits and it does not.

    None where the layout was given, where the shape is only assumed, and where the cards do not
    divide the attention heads, so that tensor parallelism is out of the question.
    """
    if not split_evenly(case, demanded.cards) or not demanded.fits:
        return None
    try:
        shared = demand(case.completed, {"tp": demanded.cards, "dp": None})
    except CalculatorError:
        return None
    if shared.fits:
        return None
    need = shared.per_gpu_bytes
    return TensorSplit(need, _caveat(case, demanded.cards, need))


def _caveat(case: Case, cards: int, need_bytes: int) -> Text:
    need, kept = format_bytes(need_bytes), kept_heads(case, cards)
    way = Text("split by layers (pipeline) it does", "按层切分（流水线并行）放得下")
    if cards > case.architecture.layer_count:
        way = Text(
            "in pipeline stages of fewer tensor-parallel cards each it may",
            "分成流水线各级、每级内用较少的卡做张量并行，则可能放得下",
        )
    return Text(
        f"With tensor parallelism over {cards} cards each {kept.en}: {need} per card, which does "
        f"not fit; {way.en}.",
        f"若在 {cards} 张卡上做张量并行，每张卡都要保存{kept.zh}：每卡 {need}，放不下；{way.zh}。",
    )
