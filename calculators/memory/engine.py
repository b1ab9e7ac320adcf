"""The bridge from a case to the estimate of a training step."""

from __future__ import annotations

from calculators.capability import what_cannot_run
from calculators.case import Case
from calculators.memory.assumed import assume_training
from calculators.memory.requantised import packs_weights
from calculators.memory.training import TrainingEstimate
from calculators.memory.training import estimate_training as estimate_step
from calculators.requests import Request
from calculators.rules.training import FAQ_TRAINING

FLASH_2 = 2


def estimate_training(case: Case, *, show: str = "") -> TrainingEstimate:
    """Return one card's memory of a training step, its defaults filled in on the case.

    The steps of the working, the caveats and the trained parameters are noted on the case; of
    the steps only those of the formulas that ``show`` names, if any.
    """
    assume_training(case)
    # What the card cannot run at all is judged elsewhere; its size is still worth knowing.
    gpu = None if what_cannot_run(case) else case.gpu
    request = _runnable(case)
    packed = request.model_copy(update={"method": "qlora"}) if packs_weights(request) else request
    estimate = estimate_step(packed, case.architecture, gpu, working=case.working)
    words = tuple(show.split())
    steps = (step for step in estimate.working if not words or step.formula in words)
    case.trail.extend(tuple(steps), (FAQ_TRAINING,))
    case.trainable = estimate.parameters.trainable
    # The measured error is that of the whole step, so it says nothing of a part.
    measured = () if words else (estimate.measured.text,)
    for text in (*estimate.caveats, *measured):
        case.caveat(text.en, text.zh)
    return estimate


def _runnable(case: Case) -> Request:
    """Return the completed request; on Turing flash-attention 1 stands in for version 2."""
    request, gpu = case.completed, case.gpu
    version = None if gpu is None else gpu.flash_attention_version
    if request.attention != "flash" or version is None or version >= FLASH_2:
        return request
    case.caveat(
        "Only flash-attention 1 runs on this card; version 2 needs Ampere or newer.",
        "该卡只能运行 flash-attention 1，第 2 版需要 Ampere 及以上架构。",
    )
    return request.model_copy(update={"attention": "sdpa"})
