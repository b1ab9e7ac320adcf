"""Adapters over frozen weights in another format than NF4: int8, GPTQ, plain NF4 and so on.

The step's estimate packs the frozen matrices in NF4 with double quantisation; another format
makes them larger or smaller by the difference of the bits, all else equal.
"""

from __future__ import annotations

from dataclasses import replace

from calculators.cached import find_format
from calculators.case import Case
from calculators.formats import NumberFormat
from calculators.formula import Quantity, define
from calculators.layout import sharding_ranks
from calculators.memory.training import TrainingEstimate
from calculators.memory.training.plan import SHARDED_STAGE
from calculators.memory.weights import mean_bits
from calculators.quantities import size
from calculators.requests import Request
from calculators.results import Memory, Source
from calculators.text import Text

PACKED = "nf4-dq"
HALF_BITS = 16
ROW_SCALE_BITS = 32
QLORA = Source("QLoRA", "arXiv 2305.14314, section 3")
CARD = size("M_1", "memory of one card", "单卡显存")
MORE = size("D", "difference of the weights", "权重之差")

WEIGHT_DIFFERENCE = define(
    "requantised_weights",
    title=Text("Frozen matrices in the other format", "冻结矩阵换用另一格式"),
    result=MORE,
    symbols=(
        Quantity("n_q", Text("packed parameters of one card", "单卡被量化的参数量"), "params"),
        Quantity("w", Text("bits of the format", "该格式的位数"), "bits"),
        Quantity("w_4", Text("bits of NF4", "NF4 的位数"), "bits"),
    ),
    expression=lambda n, w, w_4: n * (w - w_4) / 8,
    source=QLORA,
)
WITH_DIFFERENCE = define(
    "requantised_card",
    title=Text("Training, one card, in that format", "训练：单卡（该格式）"),
    result=size("M_card", "memory of one card", "单卡显存"),
    symbols=(CARD, MORE),
    expression=lambda one, more: one + more,
    source=QLORA,
)


def packs_weights(request: Request) -> bool:
    """Whether the frozen weights are in a format of less than 16 bits."""
    if request.method == "qlora":
        return True
    stored = request.weight_dtype
    return (
        request.method == "lora"
        and stored is not None
        and find_format(stored).bits_per_weight < HALF_BITS
    )


def requantised(case: Case, estimate: TrainingEstimate, request: Request) -> TrainingEstimate:
    """Return the estimate with the frozen matrices in the case's ``weight_dtype``."""
    stored = find_format(request.weight_dtype or PACKED)
    packed = find_format(PACKED)
    if stored.id == packed.id or not packs_weights(request):
        return estimate
    more = case.trail.bytes(
        WEIGHT_DIFFERENCE,
        n_q=_packed_parameters(case, request),
        w=_bits(case, stored),
        w_4=packed.bits_per_weight,
    )
    case.trail.run(WITH_DIFFERENCE, M_1=estimate.memory.total_bytes, D=more)
    parts = tuple(
        replace(part, bytes=part.bytes + more) if part.id == "weights" else part
        for part in estimate.components
    )
    states = {**estimate.states, "weights": estimate.states.get("weights", 0) + more}
    return replace(estimate, memory=_larger(estimate.memory, more), components=parts, states=states)


def _bits(case: Case, stored: NumberFormat) -> float:
    """Return the bits of a frozen weight; LLM.int8() keeps an fp32 scale for each row besides."""
    if stored.id != "int8":
        return mean_bits(case.architecture, stored)
    linear = [
        (module, count)
        for layer, count in case.architecture.groups
        for module in layer.modules
        if module.kind == "linear"
    ]
    rows = sum(module.rows * module.count * count for module, count in linear)
    weights = sum(module.weight_parameters * count for module, count in linear)
    return stored.bits_per_weight + ROW_SCALE_BITS * rows / weights


def _packed_parameters(case: Case, request: Request) -> int:
    layers = case.architecture.groups
    total = sum(
        sum(m.weight_parameters for m in layer.modules if m.kind == "linear") * count
        for layer, count in layers
    )
    ranks = sharding_ranks(
        request.sharding or "none", (request.dp or 1) * (request.cp or 1), request.shard_group
    )
    sharded = ranks if SHARDED_STAGE[request.sharding or "none"] >= 3 else 1
    return -(-total // ((request.tp or 1) * (request.pp or 1) * sharded))


def _larger(memory: Memory, more: int) -> Memory:
    moments = {name: live + more for name, live in memory.moments.items()}
    peak = memory.peak_allocated_bytes + more
    return replace(memory, peak_allocated_bytes=peak, moments=moments)
