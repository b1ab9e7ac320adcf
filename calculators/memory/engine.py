"""Memory of a training step per card: model states by sharding, and the layer inputs kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from calculators.case import Case
from calculators.memory.assumed import assume_training
from calculators.memory.reserve import workspace_bytes
from calculators.results import Component, Convention, Memory
from calculators.rules.arithmetic import GRADIENTS, OPTIMIZER, WEIGHTS
from calculators.rules.cards import CUDA_CONTEXT_BYTES
from calculators.text import Text

_STATES = {"fp32": (4, 4, 8), "bf16": (2, 2, 4), "fp16": (2, 2, 4)}


@dataclass(frozen=True, slots=True)
class TrainingEstimate:
    """Per card, in bytes."""

    memory: Memory
    components: tuple[Component, ...]
    conventions: tuple[Convention, ...] = field(default=())


def estimate_training(case: Case) -> TrainingEstimate:
    """Return the memory of a training step of the case."""
    layout = assume_training(case)
    model, precision = case.architecture, case.get("precision")
    w, g, o = _STATES.get(precision, (2, 4 if case.get("grad_dtype") == "fp32" else 2, 12))
    shard = layout.dp * layout.cp
    stage = {"none": 0, "zero1": 1, "zero2": 2, "zero3": 3, "fsdp2": 3}[case.get("sharding")]
    n = model.parameters_total / (layout.tp * layout.pp)
    weights = round(n * w / (shard if stage >= 3 else 1))
    gradients = round(n * g / (shard if stage >= 2 else 1))
    optimizer = round(n * o / (shard if stage >= 1 else 1))
    tokens = case.get("micro_batch") * case.get("seq")
    kept = 2 * model.hidden * tokens * model.layer_count
    kept += tokens * (8 * model.vocab + 34 * model.hidden)
    parts = (
        Component("weights", WEIGHTS, weights),
        Component("gradients", GRADIENTS, gradients),
        Component("optimizer", OPTIMIZER, optimizer),
        Component("activations", Text("Activations", "激活"), kept),
    )
    memory = Memory(
        peak_allocated_bytes=sum(part.bytes for part in parts),
        peak_moment="backward",
        context_bytes=CUDA_CONTEXT_BYTES,
        allocator_bytes=0,
        workspace_bytes=workspace_bytes(case.gpu),
    )
    return TrainingEstimate(memory, parts)
