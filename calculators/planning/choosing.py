"""Which cards hold some work: for each card that is commonly rented, the fewest that do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from calculators.cached import find_gpu
from calculators.errors import CalculatorError
from calculators.planning.alternatives import fewest_serving
from calculators.planning.costs import costs, relative_cost
from calculators.planning.counting import fewest_cards
from calculators.planning.demand import Demand, demand
from calculators.requests import Request
from calculators.results import Verdict

MOST_OF_A_CARD = 64


@dataclass(frozen=True, slots=True)
class CardChoice:
    """So many of a card: what one of them needs and holds, and what an hour of all costs.

    ``relative_cost`` is in hours of one A100 80GB; None for a card without a price.
    """

    gpu: str
    cards: int
    per_gpu_bytes: int
    capacity_bytes: int
    verdict: Verdict
    relative_cost: float | None


def card_choices(request: Request) -> tuple[CardChoice, ...]:
    """Return what holds the ``inference`` or ``training`` of ``request``, the cheapest first.

    The request names no card. Inference counts cards that divide the model, training those that
    share it as assumed. A card that cannot compute so, or of which more than 64 would be needed,
    is left out.
    """
    found = list(_choices(request))
    found.sort(key=lambda choice: (choice.relative_cost or float("inf"), choice.cards))
    return tuple(found)


def _choices(request: Request) -> Iterator[CardChoice]:
    mode = "infer" if request.calculator == "inference" else "train"
    for name in costs().offered:
        card = {"gpu": name, "gpu_count": None, "dp": None}
        changed = request.model_copy(update={**card, "mode": mode})
        try:
            held = _fewest(changed)
        except CalculatorError:
            continue
        if held is not None:
            yield CardChoice(
                gpu=find_gpu(name).name,
                cards=held.cards,
                per_gpu_bytes=held.per_gpu_bytes,
                capacity_bytes=held.capacity_bytes,
                verdict=held.verdict,
                relative_cost=relative_cost(name, held.cards, {}),
            )


def _fewest(request: Request) -> Demand | None:
    if request.mode == "infer" and request.tp is None and request.pp is None:
        held = fewest_serving(request, {})
        return None if held is None or held.cards > MOST_OF_A_CARD else held

    def at(count: int) -> Demand:
        changes: dict[str, Any] = {"gpu_count": count}
        return demand(request, changes)

    found = fewest_cards(request, at, MOST_OF_A_CARD)
    return None if found is None else at(found)
