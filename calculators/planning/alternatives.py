"""What would work instead: changes tried one by one, then in pairs, smallest first."""

from __future__ import annotations

import math
from itertools import combinations

from calculators.architecture import Architecture
from calculators.cached import find_gpu
from calculators.errors import CalculatorError
from calculators.layout import CARDS_PER_NODE
from calculators.planning.candidates import (
    FSDP2,
    SHORTEST,
    eased,
    last_resort,
    repairs,
    single_changes,
)
from calculators.planning.costs import distance, relative_cost
from calculators.planning.counting import fewest_cards
from calculators.planning.demand import Demand, demand
from calculators.planning.offered import Changes, alternative, card_id, consistent
from calculators.planning.search import largest_within, smallest
from calculators.planning.usable import host_holds, serving_degrees, tensor_degrees
from calculators.requests import Request
from calculators.results import Alternative

ENOUGH = 3
SHOWN = 5
MOST_TRIED = 100


def alternatives(demanded: Demand) -> tuple[Alternative, ...]:
    """Return up to five changes under which the work fits, the smallest change first.

    Single changes are tried first; where fewer than three of them work, those that cost no
    hardware together, then pairs, but only until there are three, or until one keeps the cards
    as they are; at the last, many changes at once. Equal changes are ordered by relative cost.
    What needs more host memory than there is taken to be, or cards that do not divide the model,
    is not offered.
    """
    request = _settled(demanded)
    repaired = repairs(demanded)
    single = list(single_changes(demanded))
    alone = [{**repaired, **change} for change in single if _may_do(demanded, change)]
    if repaired:
        newer = [change for change in single if "gpu" in change]
        alone = [repaired, *newer, *alone]
    found = _working(request, alone, MOST_TRIED, [])
    if len(_two_cards(found)) < ENOUGH:
        found = _working(request, eased(repaired, single), MOST_TRIED, found)
    if len(_two_cards(found)) < ENOUGH:
        pairs = [{**repaired, **a, **b} for a, b in combinations(single, 2) if _pair_up(a, b)]
        pairs.sort(key=lambda changes: distance(changes, demanded.cards))
        found = _working(request, pairs, ENOUGH, found)
    if not any(_same_cards(changes) for changes, _ in found):
        owned = [change for change in single if _same_cards(change)]
        pairs = [{**repaired, **a, **b} for a, b in combinations(owned, 2) if _pair_up(a, b)]
        found = _working(
            request,
            sorted(pairs, key=lambda changes: distance(changes, demanded.cards)),
            len(_two_cards(found)) + 1,
            found,
        )
    if not found:
        many = last_resort(demanded, repaired, single)
        many.sort(key=lambda changes: distance(changes, demanded.cards))
        found = _working(request, many, ENOUGH, found)
    found.sort(key=lambda item: _order(request, item))
    kept = _two_cards(found)[:SHOWN]
    return tuple(alternative(request, demanded, changes) for changes, _ in kept)


def _same_cards(changes: Changes) -> bool:
    """Whether changes leave the cards as they are: nobody need buy or rent any."""
    return not changes.keys() & {"gpu", "gpu_count"}


def _may_do(demanded: Demand, change: Changes) -> bool:
    """Whether a change can do alone: another card only if it holds what this one lacked."""
    if "gpu" not in change:
        return True
    need = demanded.memory.peak_allocated_bytes + demanded.memory.context_bytes
    return need <= find_gpu(change["gpu"]).capacity_bytes


_ALONE = {"seq", "micro_batch", "kv_dtype"}
_LEVELS = {
    "offload": ("optimizer", "parameters"),
    "method": ("lora", "qlora"),
    "weight_dtype": ("int8", "int4-g128"),
}
"""Values of a field, the lesser change first."""


def _pair_up(first: Changes, second: Changes) -> bool:
    """Whether two changes may be tried together: different ones, each a real lever."""
    fields = first.keys() | second.keys()
    on_host = "offload" in fields and "optimizer" in fields
    few_fewer = "gpu_count" in fields and FSDP2 in (first, second)
    apart = len(fields) == len(first) + len(second)
    return apart and not fields & _ALONE and not on_host and not few_fewer


def _settled(demanded: Demand) -> Request:
    """Return the request with every assumption filled in, what follows from others left open."""
    asked = demanded.case.request
    free = {name: None for name in ("dp", "sharding") if getattr(asked, name) is None}
    return demanded.case.completed.model_copy(update=free)


def _working(
    request: Request,
    candidates: list[Changes],
    enough: int,
    found: list[tuple[Changes, Demand]],
) -> list[tuple[Changes, Demand]]:
    """Return what was found and the candidates that work too, until there are ``enough``.

    What changes more than something found already is left out.
    """
    found = list(found)
    for changes in candidates:
        if len(_two_cards(found)) >= enough:
            break
        solved = _solve(request, changes)
        if solved is not None and not _is_more(solved[0], found):
            found.append(solved)
    return found


def _is_more(changes: Changes, found: list[tuple[Changes, Demand]]) -> bool:
    return any(
        other.items() <= changes.items()
        or (result.verdict == "yes" and _is_level_above(changes, other))
        or _is_larger(changes, other)
        for other, result in found
    )


def _is_level_above(changes: Changes, other: Changes) -> bool:
    """Whether changes are the others, but for one field that goes further."""
    differing = [name for name in changes if changes[name] != other.get(name)]
    if changes.keys() != other.keys() or len(differing) != 1:
        return False
    before, after = other[differing[0]], changes[differing[0]]
    levels = _LEVELS.get(differing[0], ())
    return before in levels and after in levels and levels.index(before) < levels.index(after)


def _is_larger(changes: Changes, other: Changes) -> bool:
    """Whether changes are the others with wider degrees over more cards."""
    differing = {name for name in changes if changes[name] != other.get(name)}
    wider = differing and differing <= {"gpu_count", "tp", "pp"} and "gpu_count" in changes
    if changes.keys() != other.keys() or not wider or "fewest" in changes.values():
        return False
    return bool(changes["gpu_count"] > other["gpu_count"])


def _solve(request: Request, changes: Changes) -> tuple[Changes, Demand] | None:
    """Return the changes with their open number found, and the demand; None if it never fits."""
    open_field = next((f for f, v in changes.items() if v in ("fewest", "largest")), None)
    try:
        if open_field is None:
            return _fitting(request, changes)
        return _solve_open(request, changes, open_field)
    except CalculatorError:
        return None


def _fitting(request: Request, changes: Changes) -> tuple[Changes, Demand] | None:
    result = demand(request, consistent(request, changes))
    return (changes, result) if result.fits and host_holds(result) else None


def _solve_open(request: Request, changes: Changes, field: str) -> tuple[Changes, Demand] | None:
    def at(number: int) -> tuple[Changes, Demand] | None:
        return _fitting(request, {**changes, field: number})

    if field == "gpu_count":
        if request.mode == "infer" and request.tp is None and request.pp is None:
            served = fewest_serving(request, changes)
            count = None if served is None else served.cards
        else:
            count = _fewest(request, changes)
        return None if count is None or count <= (request.gpu_count or 1) else at(count)
    step = SHORTEST if field == "seq" else 1
    limit = (getattr(request, field) - 1) // step

    def share(number: int) -> float:
        result = demand(request, consistent(request, {**changes, field: number * step}))
        refused = result.reasons or not host_holds(result)
        return math.inf if refused else result.per_gpu_bytes / result.capacity_bytes

    number = largest_within(share, 1.0, limit) if limit >= 1 else 0
    return at(number * step) if number else None


def _fewest(request: Request, changes: Changes) -> int | None:
    """Return the fewest cards in groups of the degrees given."""

    def at(count: int) -> Demand:
        return demand(request, consistent(request, {**changes, "gpu_count": count}))

    return fewest_cards(request.model_copy(update=changes), at)


def fewest_serving(request: Request, changes: Changes, *, working: bool = False) -> Demand | None:
    """Return what serving takes of the fewest cards that divide the model and hold it.

    Each holds its whole KV heads, stages of the widest tensor parallelism beyond a node.
    """
    one = {**changes, "gpu_count": 1}
    model = demand(request, consistent(request, one)).case.architecture
    degrees = tensor_degrees(model)
    stages = range(2, model.layer_count + 1)
    counts = [*degrees, *(degrees[-1] * n for n in stages if degrees[-1] * n > CARDS_PER_NODE)]

    def holds(place: int) -> bool:
        try:
            held = _serving(request, changes, model, counts[place - 1])
        except CalculatorError:
            return False
        return held is not None and held.fits

    found = smallest(holds, len(counts))
    if found is None:
        return None
    return _serving(request, changes, model, counts[found - 1], working=working)


def _serving(
    request: Request, changes: Changes, model: Architecture, count: int, *, working: bool = False
) -> Demand | None:
    """Return what serving takes of so many cards; None where they do not divide the model."""
    degrees = serving_degrees(model, count)
    if degrees is None:
        return None
    layout = {"gpu_count": count, "tp": degrees[0], "pp": degrees[1]}
    return demand(request, consistent(request, {**changes, **layout}), working=working)


def _order(request: Request, item: tuple[Changes, Demand]) -> tuple[float, float]:
    changes, result = item
    cost = relative_cost(card_id(request, changes), result.cards, changes)
    return distance(changes, request.gpu_count or 1), float("inf") if cost is None else cost


def _two_cards(found: list[tuple[Changes, Demand]]) -> list[tuple[Changes, Demand]]:
    """Keep two changes of card at most."""
    kept: list[tuple[Changes, Demand]] = []
    other_cards = 0
    for changes, result in found:
        other_cards += "gpu" in changes
        if "gpu" not in changes or other_cards <= 2:
            kept.append((changes, result))
    return kept
