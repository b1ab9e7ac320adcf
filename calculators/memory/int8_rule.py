"""int8 training by the FAQ's parts: no recipe trains so, hence there is no estimate of it."""

from __future__ import annotations

from dataclasses import dataclass

from calculators.case import Case
from calculators.errors import InvalidRequest
from calculators.layout import training_layout
from calculators.memory.assumed import assume_batch, assume_tokens
from calculators.results import Component, Memory
from calculators.rules import arithmetic
from calculators.rules.cards import CUDA_CONTEXT_BYTES
from calculators.text import Text


@dataclass(frozen=True, slots=True)
class RuleStep:
    """One card's memory and its parts, in bytes, by the rule of thumb."""

    memory: Memory
    components: tuple[Component, ...]


def is_int8(case: Case) -> bool:
    """Whether int8 training was asked for."""
    return case.request.precision == "int8"


def no_int8_rule() -> InvalidRequest:
    """Return the error for int8 training that the rule of thumb does not cover."""
    return InvalidRequest(
        Text(
            "int8 training is only a rule of thumb for full training with AdamW; for adapters "
            "over int8 weights give weight_dtype = int8.",
            "int8 训练只有“全参数 + AdamW”的经验算法；若要在 int8 权重上训练 adapter，"
            "请用 weight_dtype = int8。",
        ),
        field="precision",
    )


def int8_training(case: Case) -> RuleStep:
    """Return one card's share of the FAQ's parts and the activations of its instances."""
    if not arithmetic.training_rule_applies(case):
        raise no_int8_rule()
    case.caveat(
        "Full int8 training is a rule of thumb: real 8-bit training keeps 16-bit gradients and "
        "weights.",
        "全 int8 训练只是经验算法：实际的 8 位训练仍保留 16 位梯度和权重。",
    )
    layout = training_layout(case)
    tokens = assume_tokens(case)
    batch = assume_batch(case)
    whole = arithmetic.training_memory(case)
    held = arithmetic.instance_bytes(case, tokens, arithmetic.RULE_BYTES["int8"]) * batch
    states = tuple(
        Component(part.id, part.name, -(-part.bytes // layout.cards))
        for part in whole.parts
        if part.id != "cuda"
    )
    memory = Memory(
        peak_allocated_bytes=sum(part.bytes for part in states) + held,
        peak_moment="backward",
        context_bytes=CUDA_CONTEXT_BYTES,
        allocator_bytes=0,
        workspace_bytes=0,
    )
    activations = Component("activations", Text("Activations", "激活"), held)
    return RuleStep(memory, (*states, activations))
