"""The memory of a training step: what a card needs at its peak, and when that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from calculators.architecture import Architecture
from calculators.hardware import Gpu
from calculators.memory.reserve import SEGMENT_BYTES, workspace_bytes
from calculators.memory.training.checks import caveats_of, check
from calculators.memory.training.measured import MeasuredError, measured_error
from calculators.memory.training.plan import Plan, resolve
from calculators.memory.training.stage import CardStep, heaviest_stage
from calculators.memory.training.states import bytes_per_parameter
from calculators.memory.training.wording import PARTS
from calculators.memory.training.working import working_steps
from calculators.requests import Request
from calculators.results import Component, Convention, Memory, Parameters, Step
from calculators.rules.cards import CUDA_CONTEXT_BYTES
from calculators.text import Text

FRAGMENTS = 0.03
"""Share of what comes and goes within a step that the caching allocator cannot reuse."""


@dataclass(frozen=True, slots=True)
class TrainingEstimate:
    """One card's memory in bytes.

    ``components`` make up ``memory.total_bytes`` at the peak; ``states`` are what stays between
    steps, by kind (``gradients`` and ``host``, which offloading moves off the card, beside
    them); ``next_moment`` would be the peak if the first one shrank; ``measured`` is the error of
    such estimates on replayed steps of the same kind, without cases where there were too few.
    """

    memory: Memory
    components: tuple[Component, ...]
    states: Mapping[str, int]
    parameters: Parameters
    next_moment: str
    measured: MeasuredError
    conventions: tuple[Convention, ...] = ()
    caveats: tuple[Text, ...] = ()
    working: tuple[Step, ...] = ()


def estimate_training(
    request: Request, architecture: Architecture, gpu: Gpu | None = None, *, working: bool = True
) -> TrainingEstimate:
    """Return the memory of a training step on the card that needs most.

    Open fields of ``request`` take the design's defaults. Raises ContradictoryRequest or
    InvalidRequest for what cannot run.
    """
    check(request, architecture, gpu)
    plan = resolve(request, architecture)
    step = heaviest_stage(architecture, plan)
    memory = _memory(step, gpu)
    ranked = sorted(step.moments, key=lambda moment: -step.moments[moment])
    return TrainingEstimate(
        memory=memory,
        components=_components(step, memory),
        states=_states(step),
        parameters=_parameters(step, architecture, plan),
        next_moment=ranked[1],
        measured=measured_error(plan),
        conventions=_conventions(request, architecture, plan, memory) if working else (),
        caveats=caveats_of(request, architecture, plan) if working else (),
        working=working_steps(architecture, plan, step, memory) if working else (),
    )


def _reserve(step: CardStep) -> int:
    """Return the allocator's segments, and fragments among what comes and goes within a step."""
    gradients = step.parts[step.peak_moment].get("gradients", 0.0)
    moving = step.peak_bytes - step.states.resident - gradients
    return SEGMENT_BYTES + round(FRAGMENTS * moving)


def _memory(step: CardStep, gpu: Gpu | None) -> Memory:
    return Memory(
        peak_allocated_bytes=round(step.peak_bytes),
        peak_moment=step.peak_moment,
        context_bytes=CUDA_CONTEXT_BYTES,
        allocator_bytes=_reserve(step),
        workspace_bytes=workspace_bytes(gpu),
        moments={moment: round(live) for moment, live in step.moments.items()},
    )


def _components(step: CardStep, memory: Memory) -> tuple[Component, ...]:
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
    order = [key for key in PARTS if whole.get(key)]
    return tuple(Component(key, PARTS[key], whole[key]) for key in order)


def _states(step: CardStep) -> dict[str, int]:
    states = step.states
    return {
        "weights": round(states.weights),
        "adapters": round(states.adapters),
        "master": round(states.master),
        "gradients": round(states.gradients),
        "optimizer": round(states.optimizer),
        "host": round(states.host),
        "buffers": round(states.buffers),
    }


def _parameters(step: CardStep, model: Architecture, plan: Plan) -> Parameters:
    trainable = model.parameters_total
    if plan.method != "full":
        one = replace(plan, tp=1, pp=1, ep=1, recipe=replace(plan.recipe, tp=1))
        trainable = heaviest_stage(model, one).counts.trained
    return Parameters(model.parameters_total, model.parameters_active, trainable)


def _conventions(
    request: Request, model: Architecture, plan: Plan, memory: Memory
) -> tuple[Convention, ...]:
    """Return the step under other conventions: 16 bytes a parameter, the other code."""
    found = []
    if plan.widths.master and plan.method == "full":
        short = plan.widths.gradient == 4
        half = "bf16" if "bf16" in plan.precision or plan.precision == "fp8" else "fp16"
        other = request.model_copy(update={"grad_dtype": half if short else "fp32"})
        each = _bytes_in_words(model, resolve(other, model))
        text = (
            Text(f"with 16-bit gradients ({each.en})", f"梯度为 16 位（{each.zh}）")
            if short
            else Text(f"with fp32 gradients ({each.en})", f"梯度为 fp32（{each.zh}）")
        )
        found.append(Convention(text, _total(other, model, memory), "bytes"))
    stock = plan.code == "transformers"
    other = request.model_copy(update={"code": "fused" if stock else "transformers"})
    text = (
        Text("with fused kernels (Megatron-class)", "使用融合算子（Megatron 类）")
        if stock
        else Text("with stock transformers code", "使用 transformers 原版实现")
    )
    found.append(Convention(text, _total(other, model, memory), "bytes"))
    if plan.method == "qlora" and plan.precision in ("bf16", "fp16", "mixed_bf16", "mixed_fp16"):
        half = "amp_bf16" if plan.precision.endswith("bf16") else "amp_fp16"
        wide = request.model_copy(update={"precision": half})
        text = Text(
            "after peft's prepare_model_for_kbit_training, which keeps the stream and what is "
            "not quantised in fp32",
            "使用 peft 的 prepare_model_for_kbit_training（残差流与未量化部分为 fp32）",
        )
        found.append(Convention(text, _total(wide, model, memory), "bytes"))
    return tuple(found)


def _bytes_in_words(model: Architecture, plan: Plan) -> Text:
    counts = heaviest_stage(model, plan).counts
    shown = f"{round(bytes_per_parameter(plan, counts), 1):g}"
    return Text(f"{shown} bytes a parameter", f"每参数 {shown} 字节")


def _total(request: Request, model: Architecture, memory: Memory) -> int:
    step = heaviest_stage(model, resolve(request, model))
    return round(step.peak_bytes) + memory.context_bytes + _reserve(step) + memory.workspace_bytes
