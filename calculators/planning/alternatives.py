"""What would work instead: changes tried one by one, then in pairs, smallest first."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations

from calculators.cached import find_gpu
from calculators.errors import CalculatorError
from calculators.layout import CARDS_PER_NODE
from calculators.planning.costs import costs, distance, relative_cost
from calculators.planning.demand import Demand, demand
from calculators.planning.offered import Changes, alternative, card_id, consistent
from calculators.planning.search import fewest_shares, largest_within
from calculators.requests import Request
from calculators.results import Alternative

ENOUGH = 3
SHOWN = 5
MOST_TRIED = 100
MOST_CARDS = 4096
SHORTEST = 512
EASY = frozenset({"attention", "checkpointing", "sharding"})
"""What changes neither the result nor the hardware."""


def alternatives(demanded: Demand) -> tuple[Alternative, ...]:
    """Return up to five changes under which the work fits, the smallest change first.

    Single changes are tried first; where fewer than three of them work, those that cost no
    hardware together, then pairs, but only until there are three, or until one keeps the cards
    as they are. Equal changes are ordered by relative cost.
    """
    request = _settled(demanded)
    repairs = _repairs(demanded)
    single = list(_single_changes(demanded))
    alone = [{**repairs, **change} for change in single if _may_do(demanded, change)]
    if repairs:
        newer = [change for change in single if "gpu" in change]
        alone = [repairs, *newer, *alone]
    found = _working(request, alone, MOST_TRIED, [])
    if len(_two_cards(found)) < ENOUGH:
        found = _working(request, _eased(repairs, single), MOST_TRIED, found)
    if len(_two_cards(found)) < ENOUGH:
        pairs = [{**repairs, **a, **b} for a, b in combinations(single, 2) if _pair_up(a, b)]
        pairs.sort(key=lambda changes: distance(changes, demanded.cards))
        found = _working(request, pairs, ENOUGH, found)
    if not any(_same_cards(changes) for changes, _ in found):
        owned = [change for change in single if _same_cards(change)]
        pairs = [{**repairs, **a, **b} for a, b in combinations(owned, 2) if _pair_up(a, b)]
        found = _working(
            request,
            sorted(pairs, key=lambda changes: distance(changes, demanded.cards)),
            len(_two_cards(found)) + 1,
            found,
        )
    found.sort(key=lambda item: _order(request, item))
    kept = _two_cards(found)[:SHOWN]
    return tuple(alternative(request, demanded, changes) for changes, _ in kept)


def _eased(repairs: Changes, single: list[Changes]) -> list[Changes]:
    """Return the changes that cost no hardware together, alone and with a number to be found."""
    easy = [change for change in single if change.keys() <= EASY]
    if not easy:
        return []
    together = {**repairs, **{name: value for change in easy for name, value in change.items()}}
    open_numbers = [change for change in single if {"largest", "fewest"} & set(change.values())]
    alone = [together] if len(easy) > 1 else []
    return [*alone, *({**together, **change} for change in open_numbers)]


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
    return len(fields) == len(first) + len(second) and not fields & _ALONE


def _settled(demanded: Demand) -> Request:
    """Return the request with every assumption filled in, what follows from others left open."""
    asked = demanded.case.request
    free = {name: None for name in ("dp", "sharding") if getattr(asked, name) is None}
    return demanded.case.completed.model_copy(update=free)


def _repairs(demanded: Demand) -> Changes:
    """Return the changes without which the card cannot run the work at all."""
    request, gpu = demanded.case.request, demanded.case.gpu
    changes: Changes = {}
    if gpu is None or not demanded.reasons:
        return changes
    if request.attention == "flash" and gpu.flash_attention_version is None:
        changes["attention"] = "sdpa"
    precision = request.precision or ""
    if not gpu.supports_bf16 and "bf16" in precision:
        changes["precision"] = precision.replace("bf16", "fp16")
    if not gpu.supports_fp8 and "fp8" in precision:
        changes["precision"] = f"mixed_{gpu.training_format}"
    weights = request.weight_dtype or ""
    if not gpu.supports_bf16 and "bf16" in weights:
        changes["weight_dtype"] = "fp16"
    if not gpu.supports_fp8 and "fp8" in weights:
        changes["weight_dtype"] = "int8"
    return changes


def _single_changes(demanded: Demand) -> Iterator[Changes]:
    case = demanded.case
    yield from _training_changes(demanded) if case.mode == "train" else _serving_changes(demanded)
    yield from _more_cards(demanded)
    capacity = demanded.capacity_bytes
    yield from ({"gpu": gpu_id} for gpu_id in _larger_cards(capacity))


def _more_cards(demanded: Demand) -> Iterator[Changes]:
    """Yield more cards: sharded where DDP was asked for, in wider tensor parallelism if any."""
    case = demanded.case
    more: Changes = {"gpu_count": "fewest"}
    if case.mode == "train" and case.request.sharding == "none":
        more = {"sharding": "zero3", **more}
    yield more
    tp, heads = case.get("tp") or 1, case.architecture.attention.heads
    if tp == 1:
        return
    for degree in range(tp + 1, CARDS_PER_NODE + 1):
        if heads % degree == 0:
            yield {"tp": degree, "gpu_count": demanded.cards // tp * degree}


@lru_cache(maxsize=64)
def _larger_cards(capacity_bytes: int) -> tuple[str, ...]:
    """Return the cheapest card of each size above ``capacity_bytes``, by size."""
    tiers: dict[int, str] = {}
    for gpu_id in sorted(costs().card_hour, key=costs().card_hour.__getitem__):
        gpu = find_gpu(gpu_id)
        if gpu.capacity_bytes > 1.02 * capacity_bytes:
            tiers.setdefault(gpu.memory_gb, gpu_id)
    return tuple(tiers[size] for size in sorted(tiers))


def _training_changes(demanded: Demand) -> Iterator[Changes]:
    get = demanded.case.get
    if get("checkpointing") != "full":
        yield {"checkpointing": "full"}
    if get("attention") == "eager":
        yield {"attention": "sdpa"}
    if get("micro_batch") > 1:
        yield {"micro_batch": "largest"}
    if get("seq") > SHORTEST:
        yield {"seq": "largest"}
    if demanded.cards > 1 and get("sharding") in ("none", "zero1", "zero2"):
        yield {"sharding": "zero3"}
    if get("method") == "full" and get("optimizer") == "adamw":
        yield {"optimizer": "adamw_8bit"}
    if get("offload") == "none":
        yield {"offload": "optimizer"}
    if get("offload") != "parameters":
        yield {"offload": "parameters"}
    if get("method") == "full":
        yield {"method": "lora"}
    if get("method") != "qlora":
        yield {"method": "qlora"}


def _serving_changes(demanded: Demand) -> Iterator[Changes]:
    case = demanded.case
    bits = case.format("weight_dtype").bits_per_weight
    if bits > 8:
        yield {"weight_dtype": "int8"}
    if bits > 5:
        yield {"weight_dtype": "int4-g128"}
    if case.format("kv_dtype").bits_per_weight > 8:
        yield {"kv_dtype": "int8"}
    if case.get("micro_batch") > 1:
        yield {"micro_batch": "largest"}
    if case.get("seq") > SHORTEST:
        yield {"seq": "largest"}


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
    return (changes, result) if result.fits else None


def _solve_open(request: Request, changes: Changes, field: str) -> tuple[Changes, Demand] | None:
    group = (request.tp or 1) * (request.pp or 1) * (request.cp or 1)

    def at(number: int) -> tuple[Changes, Demand] | None:
        return _fitting(request, {**changes, field: number})

    if field == "gpu_count":
        count = _fewest(request, changes, group)
        return None if count is None or count <= (request.gpu_count or 1) else at(count)
    step = SHORTEST if field == "seq" else 1
    limit = (getattr(request, field) - 1) // step

    def share(number: int) -> float:
        result = demand(request, consistent(request, {**changes, field: number * step}))
        return math.inf if result.reasons else result.per_gpu_bytes / result.capacity_bytes

    number = largest_within(share, 1.0, limit) if limit >= 1 else 0
    return at(number * step) if number else None


def _fewest(request: Request, changes: Changes, group: int) -> int | None:
    capacity = 0

    def need(groups: int) -> float:
        nonlocal capacity
        try:
            result = demand(request, consistent(request, {**changes, "gpu_count": groups * group}))
        except CalculatorError:
            return float("inf")
        capacity = result.capacity_bytes
        return result.per_gpu_bytes

    need(1)
    found = fewest_shares(need, capacity, max(1, MOST_CARDS // group))
    return None if found is None else found * group


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
