"""What a request takes of one card, whichever the mode, and whether the card can run it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from calculators.capability import what_cannot_run
from calculators.case import EXAMPLE_CARDS, Case
from calculators.errors import MissingValue
from calculators.memory.engine import estimate_training
from calculators.memory.inference import estimate_inference
from calculators.memory.int8_rule import RuleStep, int8_training, is_int8
from calculators.memory.training import TrainingEstimate
from calculators.planning.costs import host_bytes_per_card
from calculators.planning.verdict import verdict_of
from calculators.requests import Request
from calculators.results import Component, Memory, Verdict
from calculators.text import Text


@dataclass(frozen=True, slots=True)
class Demand:
    """One card's share of the work against its capacity, in bytes."""

    case: Case
    memory: Memory
    components: tuple[Component, ...]
    capacity_bytes: int
    cards: int
    verdict: Verdict
    reasons: tuple[Text, ...] = ()
    host_bytes: int = 0
    """What offloading keeps in the machines' memory, over all cards."""

    @property
    def per_gpu_bytes(self) -> int:
        """What one card needs in all."""
        return self.memory.total_bytes

    @property
    def fits(self) -> bool:
        """Whether the verdict is not ``no``."""
        return self.verdict != "no"


def required_capacity(case: Case) -> int:
    """Return one card's memory; raise MissingValue without a card or a memory size."""
    if case.capacity_bytes is None:
        raise MissingValue(
            Text(
                "Which card, or how much memory does one have?",
                "哪种显卡，或者单卡显存多大？",
            ),
            field="gpu",
            choices=EXAMPLE_CARDS,
        )
    return case.capacity_bytes


def demand_of(case: Case) -> Demand:
    """Return the demand of a case; components are per card.

    Raises MissingValue when neither a card nor a memory size was given.
    """
    capacity = required_capacity(case)
    reasons = what_cannot_run(case)
    host_bytes = 0
    if case.mode == "train":
        if is_int8(case):
            step: RuleStep | TrainingEstimate = int8_training(case)
        else:
            step = estimate = estimate_training(case)
            host_bytes = estimate.states.get("host", 0) * case.cards
        memory, components = step.memory, step.components
        if host_bytes and _shares_memory(case):
            memory, components = _kept_here(case, memory, components, host_bytes // case.cards)
            host_bytes = 0
    else:
        serving = estimate_inference(case)
        memory = serving.memory
        components = tuple(
            Component(part.id, part.name, -(-part.bytes // serving.cards))
            for part in serving.components
        )
    verdict = "no" if reasons else verdict_of(memory.total_bytes, capacity)
    return Demand(case, memory, components, capacity, case.cards, verdict, reasons, host_bytes)


def _shares_memory(case: Case) -> bool:
    """Whether the card's memory is the host's too, so that offloading frees none."""
    return case.gpu is not None and host_bytes_per_card(case.gpu.id) == 0


def _kept_here(
    case: Case, memory: Memory, components: tuple[Component, ...], host_bytes: int
) -> tuple[Memory, tuple[Component, ...]]:
    """Count what is offloaded as what the card holds."""
    case.caveat(
        f"The memory of {case.card.name} is the host's too: offloading frees nothing there, so "
        "what is offloaded is counted.",
        f"{case.card.name} 的显存与主机共用，卸载不会腾出空间，因此卸载的部分仍计入。",
    )
    name = Text("Offloaded, in the same memory", "卸载部分（同一内存）")
    peak = memory.peak_allocated_bytes + host_bytes
    held = replace(memory, peak_allocated_bytes=peak)
    return held, (*components, Component("offloaded", name, host_bytes))


def demand(request: Request, changes: dict[str, Any], *, working: bool = False) -> Demand:
    """Return the demand of a request with some fields changed."""
    changed = request.model_copy(update=changes)
    if changed.config is not None:  # a dict, so the request cannot be hashed
        return demand_of(Case(changed, working=working))
    return _remembered(changed, working)


@lru_cache(maxsize=2048)
def _remembered(request: Request, working: bool) -> Demand:
    return demand_of(Case(request, working=working))
