"""The size of a checkpoint to resume training from: weights, master copy and optimizer states."""

from __future__ import annotations

from typing import Any

from calculators.case import Case
from calculators.formula import define
from calculators.memory.answers import finish_memory, rule_of_thumb
from calculators.memory.engine import estimate_training
from calculators.quantities import OPTIMIZER_BYTES, PARAMS, WEIGHT_BYTES, size
from calculators.results import Calculation, Component, RuleOfThumb, Source
from calculators.rules.arithmetic import (
    MASTER_BYTES,
    MOMENT_BYTES,
    OPTIMIZER,
    RULE_BYTES,
    WEIGHTS,
    by_parts,
    training_rule_applies,
)
from calculators.rules.cards import PER_CARD
from calculators.rules.training import FAQ_TRAINING
from calculators.text import Text
from calculators.units import format_bytes

WRITTEN = Source("ZeRO", "arXiv 1910.02054, section 3: what mixed-precision AdamW keeps")
ADAPTERS = Text("LoRA adapters", "LoRA adapter")
MASTER = Text("fp32 master weights", "fp32 主权重")
SAVED = size("M_ckpt", "checkpoint to resume from", "续训检查点")
CHECKPOINT = define(
    "training_checkpoint",
    title=Text("Checkpoint: weights, master copy, optimizer", "检查点：权重 + 主权重 + 优化器"),
    result=SAVED,
    symbols=(
        size("M_w", "weights", "权重"),
        size("M_c", "fp32 master weights", "fp32 主权重"),
        size("M_o", "optimizer states", "优化器状态"),
    ),
    expression=lambda w, c, o: w + c + o,
    source=WRITTEN,
)
RULE_CHECKPOINT = define(
    "rule_training_checkpoint",
    title=Text("Checkpoint: weights and optimizer", "检查点：权重 + 优化器"),
    result=SAVED,
    symbols=(PARAMS, WEIGHT_BYTES, OPTIMIZER_BYTES),
    expression=lambda n, b_w, b_o: n * (b_w + b_o),
    source=FAQ_TRAINING,
)
_STEPS = "training_weights training_master training_optimizer"
_RESTS_ON = frozenset({"model", "method", "lora", "precision", "optimizer"})
# One copy is written, whatever the cards are.
_OF_THE_RUN: dict[str, Any] = dict.fromkeys(
    ("weight_dtype", "gpu", "gpu_count", "gpu_memory_bytes", "nodes", "sharding", "offload",
     "dp", "tp", "pp", "cp", "ep", "micro_batch", "global_batch", "seq")
)  # fmt: skip


def checkpoint(case: Case) -> Calculation:
    """Return the bytes on disk of a checkpoint with the optimizer's states (no gradients).

    A bare size leads with the rule (14n for AdamW in mixed precision), a model with the sum.
    """
    one = Case(case.request.model_copy(update=_OF_THE_RUN), working=case.working)
    states = estimate_training(one, show=_STEPS).states
    one.rest_on(_RESTS_ON)
    adapted = case.request.method in ("lora", "qlora")
    weights = states["adapters"] if adapted else states["weights"]
    parts = [Component("weights", ADAPTERS if adapted else WEIGHTS, weights)]
    if states["master"]:
        parts.append(Component("master", MASTER, states["master"]))
    parts.append(Component("optimizer", OPTIMIZER, states["optimizer"]))
    case.adopt(one)
    total = case.trail.bytes(CHECKPOINT, M_w=weights, M_c=states["master"], M_o=states["optimizer"])
    rule = _rule(case)
    shares = case.cards if case.request.per_gpu else 1
    if shares > 1:
        total = case.trail.bytes(PER_CARD, M=total, k=shares)
    return _finished(case, total, rule, tuple(parts), shares)


def _finished(
    case: Case, total: int, rule: int | None, parts: tuple[Component, ...], shares: int
) -> Calculation:
    leads = rule is not None and case.bare
    value = rule if leads and rule is not None else total
    each = Text(" on each card", "（每张卡写出的部分）") if shares > 1 else Text("", "")
    shown = format_bytes(value)
    return finish_memory(
        case,
        value,
        headline=Text(
            f"Checkpoint of {case.subject.en} with optimizer states: {shown}{each.en}",
            f"{case.subject.zh} 含优化器状态的检查点：{shown}{each.zh}",
        ),
        rule=None if rule is None else _in_words(case, rule),
        leads=leads,
        estimate_bytes=total,
        breakdown=tuple(Component(part.id, part.name, part.bytes // shares) for part in parts),
        per_gpu=shares > 1,
    )


def _rule(case: Case) -> int | None:
    """Return the FAQ's bytes of weights and optimizer; None where it has no rule."""
    if not training_rule_applies(case):
        return None
    precision = case.request.precision
    width, states = 2.0, float(MASTER_BYTES + 2 * MOMENT_BYTES)
    if by_parts(precision):
        width = RULE_BYTES[precision or "fp32"]
        states = 2 * width
    elif precision is not None and not precision.startswith("mixed"):
        return None
    total = case.rule.bytes(RULE_CHECKPOINT, n=case.nominal, b_w=width, b_o=states)
    if case.request.per_gpu and case.cards > 1:
        total = case.rule.bytes(PER_CARD, M=total, k=case.cards)
    return total


def _in_words(case: Case, total: int) -> RuleOfThumb:
    shown = format_bytes(total)
    return rule_of_thumb(
        case,
        total,
        Text(
            f"By the FAQ's bytes a parameter, without gradients: {shown}.",
            f"按 FAQ 每参数的字节数（不含梯度）：{shown}。",
        ),
    )
