"""Single parts of training memory: activations, gradients, optimizer states, CUDA context."""

from __future__ import annotations

from calculators.case import Case
from calculators.formula import define
from calculators.memory.answers import finish_memory, rule_of_thumb
from calculators.memory.assumed import assume_batch, assume_tokens
from calculators.memory.engine import estimate_training
from calculators.memory.inference_formulas import ALL_CARDS
from calculators.quantities import size
from calculators.results import Calculation, Component, RuleOfThumb, Source
from calculators.rules import arithmetic, cards, training
from calculators.text import Text
from calculators.units import format_bytes

ACTIVATIONS = Text("Activations", "激活")
AT_PEAK = define(
    "activations_at_peak",
    title=Text("Activations at the peak", "峰值时的激活"),
    result=size("A_all", "activations at the peak", "峰值时的激活"),
    symbols=(
        size("A", "saved activations", "保存的激活"),
        size("W_a", "layer or head at work", "正在计算的层或输出头"),
        size("I", "inputs", "输入"),
    ),
    expression=lambda saved, at_work, inputs: saved + at_work + inputs,
    source=Source("Reducing Activation Recomputation", "arXiv 2205.05198, section 4"),
)
WITH_MASTER = define(
    "optimizer_with_master",
    title=Text("Optimizer states with the fp32 master", "优化器状态（含 fp32 主权重）"),
    result=size("M_co", "optimizer states and master weights", "优化器状态与主权重"),
    symbols=(
        size("M_c", "master weights", "主权重"),
        size("M_o", "optimizer states", "优化器状态"),
    ),
    expression=lambda master, optimizer: master + optimizer,
    source=Source("ZeRO", "arXiv 1910.02054, section 3.1"),
)
AT_PEAK_STEPS = "training_layer_saved training_saved training_part_at_work training_inputs"
STATES = {"gradients": ("gradients",), "optimizer": ("master", "optimizer")}
SHAPE = frozenset({"model", "gpu", "gpu_count", "method", "lora", "precision", "sharding"})
STATE_FIELDS = {
    "gradients": frozenset({"grad_dtype"}),
    "optimizer": frozenset({"optimizer"}),
}
"""What the states of a step rest on, apart from the model, the cards and the method."""
STEP_FIELDS = frozenset({"seq", "micro_batch", "checkpointing", "attention", "code", "tp"})
STATE_NAMES = {
    "gradients": arithmetic.GRADIENTS,
    "optimizer": arithmetic.OPTIMIZER,
}


def cuda_overhead(case: Case) -> Calculation:
    """Return the CUDA context, 1.3 GB a card by the FAQ."""
    count = case.default("gpu_count", case.get("dp") or 1, "one card", "一张卡")
    total = case.rule.bytes(cards.CUDA, k=count, c_1=cards.CUDA_CONTEXT_BYTES)
    shown = format_bytes(total)
    rule = rule_of_thumb(
        case, total, Text("By the FAQ: 1.3 GB per card.", "按 FAQ：每张卡约 1.3 GB。")
    )
    case.caveat(
        "The FAQ measured 1343 MB with one small tensor on the card; newer drivers and CUDA "
        "versions load kernels lazily and take less.",
        "FAQ 的 1343 MB 是放一个小张量后测得的；较新的驱动和 CUDA 按需加载内核，占用更少。",
    )
    return finish_memory(
        case,
        total,
        headline=Text(f"CUDA context: about {shown}", f"CUDA 上下文约 {shown}"),
        rule=rule,
        leads=True,
        breakdown=(Component("cuda_context", arithmetic.CUDA, total),),
    )


def activation(case: Case) -> Calculation:
    """Return the activations of one card: (h + i)·s·L by the FAQ, or those of a step's peak."""
    tokens = assume_tokens(case)
    batch = assume_batch(case)
    precision = case.request.precision
    width = 2.0
    if arithmetic.by_parts(precision):
        width = arithmetic.RULE_BYTES[precision or "fp32"]
    one = arithmetic.instance_bytes(case, tokens, width)
    rule_bytes = case.rule.bytes(training.ACTIVATIONS, B=batch, A=one) if batch > 1 else one
    rule = rule_of_thumb(
        case,
        rule_bytes,
        Text(
            f"By the FAQ, (h + i) · s · L: {format_bytes(rule_bytes)}; a real step keeps more "
            "(attention, norms, logits).",
            f"按 FAQ 的 (h + i)·s·L：{format_bytes(rule_bytes)}；实际一步还要保存注意力、归一化、"
            "logits 等，用量更大。",
        ),
    )
    if precision == "int8":
        return _activation_answer(case, rule_bytes, rule, None)
    estimate = estimate_training(case, show=AT_PEAK_STEPS)
    held = tuple(part for part in estimate.components if part.id in ACTIVATION_IDS)
    case.rest_on(SHAPE | STEP_FIELDS)
    at_work = sum(part.bytes for part in held if part.id in ("layer", "head"))
    others = {part.id: part.bytes for part in held}
    total = case.trail.bytes(
        AT_PEAK, A=others.get("saved", 0), W_a=at_work, I=others.get("inputs", 0)
    )
    return _activation_answer(case, rule_bytes, rule, total, held)


ACTIVATION_IDS = ("saved", "layer", "head", "inputs")


def _activation_answer(
    case: Case,
    rule_bytes: int,
    rule: RuleOfThumb,
    estimate_bytes: int | None,
    held: tuple[Component, ...] = (),
) -> Calculation:
    leads = case.bare or estimate_bytes is None
    value = rule_bytes if leads or estimate_bytes is None else estimate_bytes
    shown = format_bytes(value)
    return finish_memory(
        case,
        value,
        headline=Text(
            f"Activations of {case.subject.en}: {shown} per card",
            f"{case.subject.zh} 的激活：每卡 {shown}",
        ),
        rule=rule,
        leads=leads,
        estimate_bytes=estimate_bytes,
        rule_parts=(Component("activations", ACTIVATIONS, rule_bytes),),
        breakdown=held or (Component("activations", ACTIVATIONS, value),),
        per_gpu=True,
    )


def gradient_memory(case: Case) -> Calculation:
    """Return the gradients over all cards, or per card if asked so."""
    rule = None
    if case.request.method in (None, "full"):
        width = _gradient_width(case)
        rule_bytes = case.rule.bytes(training.GRADIENTS, n=case.nominal, b_g=width)
        rule = _state_rule(case, "gradients", rule_bytes)
    return _state(case, "gradients", rule)


def _gradient_width(case: Case) -> float:
    """Bytes of a gradient by the rule: as told, else the FAQ's 2; fp32 weights have fp32 ones."""
    precision, told = case.request.precision, case.request.grad_dtype
    if told is not None and precision != "fp32":
        return arithmetic.RULE_BYTES[told]
    return arithmetic.RULE_BYTES[precision or "fp32"] if arithmetic.by_parts(precision) else 2.0


def optimizer_memory(case: Case) -> Calculation:
    """Return the optimizer states over all cards, or per card if asked so."""
    rule = None
    if arithmetic.training_rule_applies(case):
        if arithmetic.by_parts(case.request.precision):
            width = arithmetic.RULE_BYTES[case.request.precision or "fp32"]
            rule_bytes = case.rule.bytes(training.MOMENTS, n=case.nominal, b_m=width)
        else:
            rule_bytes = case.rule.bytes(
                training.MIXED_OPTIMIZER,
                n=case.nominal,
                b_p=arithmetic.MASTER_BYTES,
                b_m=arithmetic.MOMENT_BYTES,
            )
        rule = _state_rule(case, "optimizer", rule_bytes)
    return _state(case, "optimizer", rule)


def _state_rule(case: Case, part_id: str, rule_bytes: int) -> tuple[int, RuleOfThumb]:
    if case.request.per_gpu and case.cards > 1:
        share = arithmetic.share_of(case)
        parts = share.copies_of if part_id in share.whole else share.split_over
        rule_bytes = case.rule.bytes(cards.PER_CARD, M=rule_bytes, k=parts)
    shown = format_bytes(rule_bytes)
    return rule_bytes, rule_of_thumb(
        case, rule_bytes, Text(f"By the FAQ: {shown}.", f"按 FAQ：{shown}。")
    )


def _state(case: Case, part_id: str, rule: tuple[int, RuleOfThumb] | None) -> Calculation:
    """Return one of the states: by the rule for a bare size, else as the step holds it."""
    total = None
    if case.request.precision != "int8":
        shown = " ".join(f"training_{name}" for name in STATES[part_id])
        estimate = estimate_training(case, show=shown)
        total = sum(estimate.states.get(name, 0) for name in STATES[part_id])
        if part_id == "optimizer" and (master := estimate.states.get("master", 0)):
            total = case.trail.bytes(WITH_MASTER, M_c=master, M_o=total - master)
        case.rest_on(SHAPE | STATE_FIELDS[part_id])
        if rule is not None:
            case.leave_open("grad_dtype")  # the rule's width, where nobody tells one, is the FAQ's
        if case.cards > 1 and not case.request.per_gpu:
            total = case.trail.bytes(ALL_CARDS, k=case.cards, M_1=total)
    leads = rule is not None and (case.bare or total is None)
    value = rule[0] if leads and rule is not None else (total or 0)
    name, shown = STATE_NAMES[part_id], format_bytes(value)
    return finish_memory(
        case,
        value,
        headline=Text(
            f"{name.en} of {case.subject.en}: {shown}", f"{case.subject.zh} 的{name.zh}：{shown}"
        ),
        rule=None if rule is None else rule[1],
        leads=leads,
        estimate_bytes=total,
        breakdown=(Component(part_id, name, value),),
        per_gpu=case.request.per_gpu,
    )
