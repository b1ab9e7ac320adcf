"""Training: the FAQ's 16n beside the peak of a step, card by card."""

from __future__ import annotations

from calculators.capability import refuse_what_cannot_run
from calculators.case import Case
from calculators.memory.answers import finish_memory, in_bytes, judged, rule_of_thumb, with_verdict
from calculators.memory.engine import estimate_training, ready_to_train
from calculators.memory.inference_formulas import ALL_CARDS
from calculators.memory.int8_rule import no_int8_rule
from calculators.memory.training import TrainingEstimate
from calculators.memory.training.conventions import BYTES_A_PARAMETER
from calculators.results import Calculation, Component, Convention, RuleOfThumb
from calculators.rules.arithmetic import (
    RuleMemory,
    by_parts,
    share_of,
    training_memory,
    training_per_card,
    training_rule_applies,
)
from calculators.settled import settle
from calculators.text import Deferred, Text
from calculators.units import format_bytes

ALIKE = 0.005
"""Answers nearer than this are not worth telling apart, unless they count other bytes."""
_LOAD = ("seq", "micro_batch", "global_batch", "checkpointing", "attention")
METHODS = {
    "full": Text("full training", "全参数训练"),
    "lora": Text("LoRA", " LoRA 微调"),
    "qlora": Text("QLoRA", " QLoRA 微调"),
}


def method_words(case: Case) -> Text:
    """Return the method in words, with the format of frozen weights where one was asked for."""
    method = METHODS[case.get("method") or "full"]
    if case.get("method") in (None, "full") or not case.given("weight_dtype"):
        return method
    stored = case.format("weight_dtype").id
    return Text(f"{method.en} (frozen weights in {stored})", f"{method.zh}（冻结权重为 {stored}）")


def training(case: Case) -> Calculation:
    """Return the memory of a training step, summed over the cards or per card if asked so.

    A bare size leads with the FAQ's rule; a known model with the peak of the step.
    """
    case = settle(case, _prepare)
    rule_memory = _rule_memory(case)
    only_rule = case.request.precision == "int8"
    estimate = None if only_rule else estimate_training(case)
    cards = case.cards
    leads = rule_memory is not None and (case.bare or only_rule)
    ruled = 0 if rule_memory is None else _ruled_bytes(case, rule_memory, cards)
    rule = _rule(case, rule_memory, ruled)
    if estimate is None:
        return _rule_answer(case, rule_memory, rule, ruled)
    per_gpu = case.request.per_gpu
    counted = 1 if per_gpu else cards
    one = total = estimate.memory.total_bytes
    if counted > 1:
        total = case.trail.bytes(ALL_CARDS, k=cards, M_1=one)
    value = total
    if leads and rule_memory is not None:
        value = ruled if per_gpu else rule_memory.total_bytes
    return finish_memory(
        case,
        value,
        headline=Deferred(
            lambda: _headline(case, value, one, _host_bytes(estimate, cards), leads=leads)
        ),
        rule=rule,
        leads=leads,
        estimate_bytes=total,
        rule_parts=_rule_parts(case, rule_memory) if leads else (),
        breakdown=estimate.components_of(counted),
        per_gpu=per_gpu,
        memory=estimate.memory,
        conventions=_in_gigabytes(estimate, counted),
        details={
            "per_gpu_bytes": one,
            "next_moment": estimate.next_moment,
            "states": dict(estimate.states),
        },
        **judged(case, one),
    )


def _prepare(case: Case) -> None:
    """Do on the case what does not rest on how many sequences and tokens are trained on."""
    refuse_what_cannot_run(case)
    _rule_memory(case)
    if case.request.precision != "int8":
        ready_to_train(case)
        _ = case.remarks


def _rule_memory(case: Case) -> RuleMemory | None:
    applies = training_rule_applies(case)
    return case.known("rule", lambda: training_memory(case) if applies else None)


def _in_gigabytes(estimate: TrainingEstimate, cards: int) -> tuple[Convention, ...]:
    """Return the conventions, given for one card, over ``cards``; those that say more only."""
    found = []
    for convention in estimate.conventions:
        alike = abs(convention.value / estimate.memory.total_bytes - 1) < ALIKE
        if alike and BYTES_A_PARAMETER not in convention.text.en:
            continue
        text = convention.text
        found.append(in_bytes(text.en, text.zh, int(convention.value) * cards))
    host = _host_bytes(estimate, cards)
    if host:
        found.append(in_bytes("In host memory besides", "另占主机内存", host))
    return tuple(found)


def _host_bytes(estimate: TrainingEstimate, cards: int) -> int:
    return estimate.states.get("host", 0) * cards


def _ruled_bytes(case: Case, memory: RuleMemory, cards: int) -> int:
    """Return the FAQ's bytes: over all cards, or on one when asked per card."""
    if case.request.per_gpu and cards > 1:
        return training_per_card(case, memory)
    return memory.total_bytes


def _rule_parts(case: Case, memory: RuleMemory | None) -> tuple[Component, ...]:
    if memory is None:
        return ()
    if not case.request.per_gpu or case.cards == 1:
        return memory.parts
    share, cards = share_of(case), case.cards
    return tuple(Component(part.id, part.name, share.of(part, cards)) for part in memory.parts)


def _rule(case: Case, memory: RuleMemory | None, shown: int) -> RuleOfThumb | None:
    """Return the FAQ's figure of ``shown`` bytes, in words."""
    if memory is None:
        return None
    return rule_of_thumb(case, shown, Deferred(lambda: _rule_words(case, shown)))


def _rule_words(case: Case, shown: int) -> Text:
    factor = 20 if case.request.headroom else 16
    if by_parts(case.request.precision):
        en = f"By the FAQ's parts: {format_bytes(shown)}; without activations."
        zh = f"按 FAQ 分项相加：{format_bytes(shown)}，不含激活。"
    else:
        wide = case.get("grad_dtype") == "fp32" and case.get("precision").startswith("mixed")
        gradients = Text("fp32 gradients (18 bytes), ", " fp32 梯度（18 字节）、")
        more = gradients if wide else Text("", "")
        en = (
            f"By the FAQ, {factor} bytes a parameter: {format_bytes(shown)}; the estimate counts "
            f"{more.en}activations, buffers and CUDA context."
        )
        zh = (
            f"按 FAQ 每参数 {factor} 字节：{format_bytes(shown)}；精确估算计入{more.zh}"
            "激活、缓冲区与 CUDA 上下文。"
        )
    return Text(en, zh)


def _rule_answer(
    case: Case, memory: RuleMemory | None, rule: RuleOfThumb | None, value: int
) -> Calculation:
    """Return int8 training by the FAQ's parts, which no real recipe does."""
    if memory is None:
        raise no_int8_rule()
    case.caveat(
        "Full int8 training is a rule of thumb: real 8-bit training keeps 16-bit gradients and "
        "weights.",
        "全 int8 训练只是经验算法：实际的 8 位训练仍保留 16 位梯度和权重。",
    )
    if not case.bare:
        case.count_parameters()
    return finish_memory(
        case,
        value,
        headline=_headline(case, value, None, leads=True),
        rule=rule,
        leads=True,
        breakdown=_rule_parts(case, memory),
        per_gpu=case.request.per_gpu,
    )


def _headline(case: Case, value: int, each: int | None, host: int = 0, *, leads: bool) -> Text:
    """Return the headline; ``each`` is what the estimate gives for one of several cards.

    ``host`` are the bytes that all cards offload. ``leads`` says that the value is the rule's, so
    that the estimate must be called one.
    """
    method = method_words(case)
    shown, cards = format_bytes(value), case.cards
    where = Text("", "")
    loaded = leads and each is not None and any(case.given(name) for name in _LOAD)
    if case.request.per_gpu:
        where = Text(" per card", "（每卡）")
    elif cards > 1:
        one = "" if each is None else format_bytes(each)
        word = Text("estimated ", "估算") if leads else Text("", "")
        said = Text(f", {word.en}{one} on each", f"，{word.zh}每卡 {one}") if one else Text("", "")
        where = Text(f" over {cards} cards{said.en}", f"（{cards} 张卡合计{said.zh}）")
    if loaded and (case.request.per_gpu or cards == 1):
        shown_each = format_bytes(each or 0)
        per_card = "每卡，" if case.request.per_gpu else ""
        where = Text(
            f"{where.en} by the rule of thumb, without activations; estimated {shown_each} with"
            " them",
            f"（{per_card}经验法则，不含激活）；计入激活等，精确估算 {shown_each}",
        )
    off = Text("", "")
    if host:
        off = Text(
            f"; {format_bytes(host)} of host memory in all",
            f"；共需主机内存 {format_bytes(host)}",
        )
    headline = Text(
        f"{method.en} of {case.subject.en}: {shown}{where.en}{off.en}",
        f"{case.subject.zh}{method.zh}：{shown}{where.zh}{off.zh}",
    )
    return with_verdict(case, headline, each)
