"""The fewest cards that hold some training, also where more cards can need more of each."""

from __future__ import annotations

import math
from collections.abc import Callable
from math import lcm

from calculators.errors import CalculatorError
from calculators.layout import CARDS_PER_NODE
from calculators.planning.demand import Demand
from calculators.planning.search import fewest_shares, smallest_from
from calculators.planning.usable import host_holds
from calculators.requests import Request

MOST_CARDS = 4096


def group_size(request: Request) -> int:
    """Return the cards that can only be added together: degrees given, and whole machines."""
    ranks = lcm(request.cp or 1, request.ep or 1)
    return lcm((request.tp or 1) * (request.pp or 1) * ranks, request.node_gpus or 1)


def fewest_cards(
    request: Request, at: Callable[[int], Demand], most: int = MOST_CARDS, *, on_hosts: bool = True
) -> int | None:
    """Return the fewest cards, at most ``most``, in whole groups of the request's degrees.

    ``at`` gives the demand on so many cards. With ``on_hosts`` the hosts must have the memory that
    offloading takes. None when no number of cards does. Raises CalculatorError where one group
    cannot be.
    """
    group = group_size(request)
    limit = max(1, most // group)
    one = at(group)
    if one.reasons:
        return None

    def need(groups: int) -> float:
        try:
            result = at(groups * group)
        except CalculatorError:
            return math.inf
        return result.per_gpu_bytes if not on_hosts or host_holds(result) else math.inf

    capacity, count = one.capacity_bytes, None
    if uneven := min(limit, most_uneven(one)):
        # a card never has less than its part of what one group's would need
        start = max(1, one.per_gpu_bytes // capacity)
        count = smallest_from(start, uneven, lambda groups: need(groups) <= capacity)
    count = count or fewest_shares(need, capacity, limit)
    return None if count is None else count * group


def most_uneven(demanded: Demand) -> int:
    """Return up to how many ranks their number decides by what it divides; 0 where it never does.

    FSDP2 pads fused experts to equal shards of rows, up to one of each; hybrid sharding shards
    over the largest group within a node that divides the ranks.
    """
    case = demanded.case
    sharding = case.get("sharding")
    if case.mode == "infer" or sharding not in ("fsdp2", "hybrid"):
        return 0
    experts = max((layer.feed_forward.experts for layer, _ in case.architecture.groups), default=0)
    return max(experts, CARDS_PER_NODE if sharding == "hybrid" else 0)
