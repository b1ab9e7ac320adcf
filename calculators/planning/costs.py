"""Relative costs of cards and changes, and hosts' memory, from a data file to be edited."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, PositiveFloat

DEFAULT = "default"


class Costs(BaseModel):
    """``card_hour`` by card id (A100 80GB = 1), ``slowdown`` factors, ``distance`` by field.

    ``offered`` are the ids of the cards that are named to whoever asks which card to take.
    ``host_memory_gb`` is the host's decimal GB for each card, by card id and ``default``; 0 for
    a card whose memory is the host's too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    offered: tuple[str, ...]
    card_hour: dict[str, PositiveFloat]
    host_memory_gb: dict[str, NonNegativeFloat]
    slowdown: dict[str, PositiveFloat]
    distance: dict[str, PositiveFloat]


@lru_cache(maxsize=1)
def costs() -> Costs:
    """Return the costs of the data file."""
    text = files("calculators").joinpath("data/costs.toml").read_text(encoding="utf-8")
    return Costs(**tomllib.loads(text))


def relative_cost(gpu_id: str | None, cards: int, changes: Mapping[str, Any]) -> float | None:
    """Return what an hour of the cards costs, an A100 80GB being 1, times the slowdowns.

    None for a card without a price.
    """
    if gpu_id is None or gpu_id not in costs().card_hour:
        return None
    cost = costs().card_hour[gpu_id] * cards
    for field, value in changes.items():
        cost *= costs().slowdown.get(f"{field}-{value}", 1.0)
    return round(cost, 3)


def host_bytes_per_card(gpu_id: str | None) -> int:
    """Return the memory that the host of a card is taken to have for it."""
    known = costs().host_memory_gb
    return round(known.get(gpu_id or DEFAULT, known[DEFAULT]) * 1e9)


MANY_TIMES = 2
"""More than so many times the cards are no longer a few more."""


def distance(changes: Mapping[str, Any], cards: int = 1) -> float:
    """Return how far the changes depart from what was asked with ``cards``.

    A number that is still to be found counts as a small one.
    """
    by_field = costs().distance
    total = sum(by_field.get(field, 1) for field in changes)
    count = changes.get("gpu_count")
    if isinstance(count, int) and count > MANY_TIMES * cards:
        total += by_field["many_gpus"] - by_field["gpu_count"]
    return total
