"""The bridge from a case to the estimate of a training step."""

from __future__ import annotations

from dataclasses import dataclass

from calculators.capability import what_cannot_run
from calculators.case import Case
from calculators.hardware import Gpu
from calculators.memory.assumed import assume_training
from calculators.memory.requantised import packs_weights
from calculators.memory.training import TrainingEstimate, estimate_plan, explained
from calculators.memory.training.checks import check_load, check_setup
from calculators.memory.training.plan import plan_of
from calculators.memory.training.shaping import Setup, setup_of
from calculators.requests import Request
from calculators.rules.training import FAQ_TRAINING

FLASH_2 = 2


@dataclass(frozen=True, slots=True)
class Ready:
    """A training step that was found sound and whose defaults are filled in, but for its load."""

    setup: Setup
    gpu: Gpu | None


def ready_to_train(case: Case) -> Ready:
    """Fill the defaults of training in on the case and refuse what cannot run."""
    return case.known("ready to train", lambda: _ready(case))


def _ready(case: Case) -> Ready:
    assume_training(case)
    # What the card cannot run at all is judged elsewhere; its size is still worth knowing.
    gpu = None if what_cannot_run(case) else case.gpu
    if _flash_1_alone(case):
        case.caveat(
            "Only flash-attention 1 runs on this card; version 2 needs Ampere or newer.",
            "该卡只能运行 flash-attention 1，第 2 版需要 Ampere 及以上架构。",
        )
    request = _run(case)
    check_setup(request, case.architecture, gpu)
    return Ready(setup_of(request), gpu)


def estimate_training(case: Case, *, show: str = "") -> TrainingEstimate:
    """Return one card's memory of a training step, its defaults filled in on the case.

    The steps of the working, the caveats and the trained parameters are noted on the case; of
    the steps only those of the formulas that ``show`` names, if any.
    """
    ready, model = ready_to_train(case), case.architecture
    batch, seq = case.get("micro_batch"), case.get("seq")
    check_load(case.request, batch, seq)
    plan = plan_of(ready.setup, model, batch, seq)
    if case.working:
        estimate = explained(plan, _run(case), model, ready.gpu)
    else:
        estimate = estimate_plan(plan, model, ready.gpu)
    words = tuple(show.split())
    steps = [step for step in estimate.working if not words or step.formula in words]
    case.trail.extend(tuple(steps), (FAQ_TRAINING,))
    case.trainable = estimate.parameters.trainable
    # The measured error is that of the whole step, so it says nothing of a part.
    measured = () if words else (estimate.measured.text,)
    for text in (*estimate.caveats, *measured):
        case.caveat(text.en, text.zh)
    return estimate


def _flash_1_alone(case: Case) -> bool:
    """Whether Turing's flash-attention 1 stands in for version 2."""
    version = None if case.gpu is None else case.gpu.flash_attention_version
    return case.get("attention") == "flash" and version is not None and version < FLASH_2


def _run(case: Case) -> Request:
    """Return the request as it is run: completed, frozen weights packed where they are narrow."""
    request, changes = case.completed, {}
    if _flash_1_alone(case):
        changes["attention"] = "sdpa"
    if packs_weights(request):
        changes["method"] = "qlora"
    return request.model_copy(update=changes) if changes else request
