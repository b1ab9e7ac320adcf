"""The memory of a training step: what a card needs at its peak, and when that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from calculators.architecture import Architecture
from calculators.hardware import Gpu
from calculators.kept import Kept
from calculators.memory.reserve import workspace_bytes
from calculators.memory.training.checks import caveats_of, check
from calculators.memory.training.conventions import allocator_bytes, conventions_of
from calculators.memory.training.measured import MeasuredError, measured_error
from calculators.memory.training.plan import Plan, resolve
from calculators.memory.training.stage import CardStep, heaviest_counts, heaviest_stage
from calculators.memory.training.wording import PARTS
from calculators.memory.training.working import working_steps
from calculators.requests import Request
from calculators.results import Component, Convention, Memory, Parameters, Step
from calculators.rules.cards import CUDA_CONTEXT_BYTES
from calculators.text import Text


@dataclass(frozen=True)
class TrainingEstimate:
    """One card's memory in bytes.

    ``step`` is what it was found from; ``states`` are what stays between steps, by kind
    (``gradients`` and ``host``, which offloading moves off the card, beside them);
    ``next_moment`` would be the peak if the first one shrank; ``measured`` is the error of such
    estimates on replayed steps of the same kind, without cases where there were too few;
    ``beside`` works the conventions out.
    """

    memory: Memory
    step: CardStep
    states: Mapping[str, int]
    parameters: Parameters
    next_moment: str
    measured: MeasuredError
    beside: Callable[[], tuple[Convention, ...]] = tuple
    caveats: tuple[Text, ...] = ()
    working: tuple[Step, ...] = ()

    @Kept
    def conventions(self) -> tuple[Convention, ...]:
        """Return the totals under other conventions, each a step of its own."""
        return self.beside()

    @Kept
    def components(self) -> tuple[Component, ...]:
        """Return what makes up ``memory.total_bytes`` at the peak."""
        return self.components_of(1)

    def components_of(self, cards: int) -> tuple[Component, ...]:
        """Return the components of so many cards together."""
        sizes = _sizes(self.step, self.memory)
        return tuple(
            [
                Component(key, name, size * cards)
                for key, name in PARTS.items()
                if (size := sizes.get(key))
            ]
        )


def estimate_training(
    request: Request, architecture: Architecture, gpu: Gpu | None = None, *, working: bool = True
) -> TrainingEstimate:
    """Return the memory of a training step on the card that needs most.

    Open fields of ``request`` take the design's defaults. Raises ContradictoryRequest or
    InvalidRequest for what cannot run.
    """
    check(request, architecture, gpu)
    plan = resolve(request, architecture)
    if not working:
        return estimate_plan(plan, architecture, gpu)
    return explained(plan, request, architecture, gpu)


def explained(
    plan: Plan, request: Request, architecture: Architecture, gpu: Gpu | None
) -> TrainingEstimate:
    """Return the memory of a step that ``request`` was resolved to, with all that explains it."""
    step = heaviest_stage(architecture, plan)
    found = _estimated(plan, architecture, step, gpu)
    return replace(
        found,
        beside=lambda: conventions_of(request, architecture, plan, found.memory),
        caveats=caveats_of(request, architecture, plan),
        working=working_steps(architecture, plan, step, found.memory),
    )


def estimate_plan(
    plan: Plan, architecture: Architecture, gpu: Gpu | None = None, step: CardStep | None = None
) -> TrainingEstimate:
    """Return the memory of a step that is resolved already, or run already, without its working."""
    return _estimated(plan, architecture, step or heaviest_stage(architecture, plan), gpu)


def _estimated(
    plan: Plan, architecture: Architecture, step: CardStep, gpu: Gpu | None
) -> TrainingEstimate:
    memory = _memory(step, gpu)
    ranked = sorted(step.moments, key=step.moments.__getitem__, reverse=True)
    return TrainingEstimate(
        memory=memory,
        step=step,
        states=step.states.rounded,
        parameters=plan.fact(architecture, "parameters", lambda: _parameters(architecture, plan)),
        next_moment=ranked[1],
        measured=plan.fact(None, "measured error", lambda: measured_error(plan)),
    )


def _memory(step: CardStep, gpu: Gpu | None) -> Memory:
    return Memory(
        peak_allocated_bytes=round(step.peak_bytes),
        peak_moment=step.peak_moment,
        context_bytes=CUDA_CONTEXT_BYTES,
        allocator_bytes=allocator_bytes(step),
        workspace_bytes=workspace_bytes(gpu),
        moments={moment: round(live) for moment, live in step.moments.items()},
    )


def _sizes(step: CardStep, memory: Memory) -> dict[str, int]:
    """Return the whole bytes of each part at the peak; inputs are what remains of it."""
    states = step.states
    sizes = {
        "weights": states.weights,
        "adapters": states.adapters,
        "master": states.master,
        "optimizer": states.optimizer,
        **step.parts[step.peak_moment],
    }
    whole = {key: round(size) for key, size in sizes.items() if size >= 0.5}
    whole["inputs"] = memory.peak_allocated_bytes - sum(whole.values())
    whole["cuda_context"] = memory.context_bytes
    whole["reserve"] = memory.allocator_bytes + memory.workspace_bytes
    return whole


def _parameters(model: Architecture, plan: Plan) -> Parameters:
    trainable = model.parameters_total
    if plan.method != "full":
        one = replace(plan, tp=1, pp=1, ep=1, recipe=replace(plan.recipe, tp=1))
        trainable = heaviest_counts(model, one).trained
    return Parameters(model.parameters_total, model.parameters_active, trainable)
