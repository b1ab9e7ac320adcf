"""What a request takes of one card, whichever the mode, and whether the card can run it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from calculators.capability import what_cannot_run
from calculators.case import EXAMPLE_CARDS, Case
from calculators.errors import MissingValue
from calculators.kept import Kept
from calculators.memory.engine import estimate_training
from calculators.memory.inference import InferenceEstimate, estimate_inference
from calculators.memory.int8_rule import RuleStep, int8_training, is_int8
from calculators.memory.training import TrainingEstimate
from calculators.planning.costs import host_bytes_per_card
from calculators.planning.verdict import verdict_of
from calculators.requests import Request
from calculators.results import Component, Memory, Verdict
from calculators.text import Text


@dataclass(frozen=True)
class Demand:
    """One card's share of the work against its capacity, in bytes.

    ``step`` is what the components are read from, when they are asked for.
    """

    case: Case
    memory: Memory
    step: TrainingEstimate | RuleStep | InferenceEstimate
    capacity_bytes: int
    cards: int
    verdict: Verdict
    reasons: tuple[Text, ...] = ()
    host_bytes: int = 0
    """What offloading keeps in the machines' memory, over all cards."""
    kept_here_bytes: int = 0
    """What is offloaded on a card whose memory is the host's too."""

    @Kept
    def components(self) -> tuple[Component, ...]:
        """Return what one card holds, part by part."""
        if isinstance(self.step, InferenceEstimate):
            cards = self.step.cards
            parts = self.step.components
            return tuple(Component(p.id, p.name, -(-p.bytes // cards)) for p in parts)
        if not self.kept_here_bytes:
            return self.step.components
        name = Text("Offloaded, in the same memory", "卸载部分（同一内存）")
        return (*self.step.components, Component("offloaded", name, self.kept_here_bytes))

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
    step: RuleStep | TrainingEstimate | InferenceEstimate
    host_bytes = kept_here = 0
    if case.mode == "infer":
        step = estimate_inference(case)
    elif is_int8(case):
        step = int8_training(case)
    else:
        step = estimate_training(case)
        host_bytes = step.states.get("host", 0) * case.cards
    memory = step.memory
    if host_bytes and _shares_memory(case):
        kept_here, host_bytes = host_bytes // case.cards, 0
        memory = _kept_here(case, memory, kept_here)
    verdict = "no" if reasons else verdict_of(memory.total_bytes, capacity)
    return Demand(case, memory, step, capacity, case.cards, verdict, reasons, host_bytes, kept_here)


def _shares_memory(case: Case) -> bool:
    """Whether the card's memory is the host's too, so that offloading frees none."""
    return case.gpu is not None and host_bytes_per_card(case.gpu.id) == 0


def _kept_here(case: Case, memory: Memory, host_bytes: int) -> Memory:
    """Count what is offloaded as what the card holds."""
    case.caveat(
        f"The memory of {case.card.name} is the host's too: offloading frees nothing there, so "
        "what is offloaded is counted.",
        f"{case.card.name} 的显存与主机共用，卸载不会腾出空间，因此卸载的部分仍计入。",
    )
    peak = memory.peak_allocated_bytes + host_bytes
    return replace(memory, peak_allocated_bytes=peak)


def demand(request: Request, changes: dict[str, Any], *, working: bool = False) -> Demand:
    """Return the demand of a request with some fields changed."""
    changed = request.model_copy(update=changes)
    if changed.config is not None:  # a dict, so the request cannot be hashed
        return demand_of(Case(changed, working=working))
    return _remembered(changed, working)


@lru_cache(maxsize=2048)
def _remembered(request: Request, working: bool) -> Demand:
    return demand_of(Case(request, working=working))
