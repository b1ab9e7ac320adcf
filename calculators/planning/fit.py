"""Does it fit: the work of one card against what its driver reports, and what would work."""

from __future__ import annotations

from dataclasses import replace

from calculators.case import Case
from calculators.memory.answers import finish_memory, in_bytes, rule_of_thumb
from calculators.memory.assumed import assume_mode
from calculators.memory.train import method_words
from calculators.memory.weights import rule_bytes_per_weight
from calculators.planning.alternatives import alternatives
from calculators.planning.demand import Demand, demand_of
from calculators.planning.differences import why_less, why_more
from calculators.planning.heads import note_heads
from calculators.planning.other_sharding import note_other_sharding
from calculators.planning.tensor_split import TensorSplit, tensor_split
from calculators.planning.usable import host_condition, host_holds, host_words, note_host
from calculators.planning.verdict import WORDS
from calculators.results import Calculation, Component, Convention, RuleOfThumb
from calculators.rules import arithmetic, cards
from calculators.text import Text
from calculators.units import decimal_bytes, format_bytes
from calculators.wording import card_words


def fit(case: Case) -> Calculation:
    """Return whether the work fits; the value is what all cards need, the verdict is per card.

    Raises MissingValue when neither a card nor a memory size was given.
    """
    assume_mode(case)
    demanded = demand_of(case)
    shared = tensor_split(case, demanded)
    if shared is not None:
        demanded = replace(demanded, verdict="tight")
        case.caveat(shared.caveat.en, shared.caveat.zh)
    need = rule_need(case)
    rule = fit_rule(case, need, demanded)
    leads = case.bare and rule is not None and not demanded.reasons
    per_gpu = case.request.per_gpu
    total = demanded.per_gpu_bytes * (1 if per_gpu else demanded.cards)
    value = total
    if leads and need is not None:
        value = -(-need.total_bytes // demanded.cards) if per_gpu else need.total_bytes
    for reason in demanded.reasons:
        case.caveat(reason.en, reason.zh)
    note_host(case, demanded)
    note_other_sharding(case, demanded)
    if demanded.fits:
        note_heads(case, demanded.cards)
    parts = _scaled(demanded, 1 if per_gpu else demanded.cards)
    decided = leads and _disagree(case, need, demanded)
    if decided:
        why = why_more(case, parts) if demanded.verdict == "no" else why_less(case)
        case.caveat(why.en, why.zh)
    return finish_memory(
        case,
        value,
        headline=_headline(case, demanded, need if leads else None, shared),
        rule=rule,
        leads=leads,
        estimate_bytes=total,
        rule_parts=() if need is None or per_gpu or decided else need.parts,
        verdict=demanded.verdict,
        capacity_bytes=demanded.capacity_bytes,
        breakdown=parts,
        per_gpu=per_gpu,
        memory=demanded.memory,
        conventions=_host(demanded),
        alternatives=() if demanded.fits and host_holds(demanded) else alternatives(demanded),
        details={
            "breakdown_of": "estimate" if decided or not leads or per_gpu else "rule",
            "per_gpu_bytes": demanded.per_gpu_bytes,
            "usage_percent": 100 * demanded.per_gpu_bytes / demanded.capacity_bytes,
        },
    )


def _host(demanded: Demand) -> tuple[Convention, ...]:
    if not demanded.host_bytes:
        return ()
    return (in_bytes("In host memory besides", "另占主机内存", demanded.host_bytes),)


def _disagree(case: Case, need: arithmetic.RuleMemory | None, demanded: Demand) -> bool:
    """Whether the estimate decides otherwise than the rule would."""
    capacity = case.nominal_capacity_bytes
    if need is None or capacity is None or demanded.reasons:
        return False
    return (need.total_bytes <= capacity * demanded.cards) != demanded.fits


def _scaled(demanded: Demand, factor: int) -> tuple[Component, ...]:
    parts = demanded.components
    return tuple(Component(part.id, part.name, part.bytes * factor) for part in parts)


def rule_need(case: Case) -> arithmetic.RuleMemory | None:
    """Return what the FAQ says the work needs over all cards; None where it has no rule."""
    if case.mode == "train":
        if not arithmetic.training_rule_applies(case):
            return None
        return arithmetic.training_memory(case)
    name = case.get("weight_dtype")
    width = rule_bytes_per_weight(case.format("weight_dtype")) if name else 2
    total = arithmetic.weight_bytes(case, width)
    return arithmetic.RuleMemory(total, (Component("weights", arithmetic.WEIGHTS, total),))


def fit_rule(
    case: Case, memory: arithmetic.RuleMemory | None, demanded: Demand
) -> RuleOfThumb | None:
    """Return the rule's need compared with the decimal GB of all the cards.

    Where the estimate decides otherwise, it says so and why, rather than yes under a no.
    """
    capacity = case.nominal_capacity_bytes
    if memory is None or capacity is None:
        return None
    total, need = case.rule.bytes(cards.TOTAL, k=case.cards, C=capacity), memory.total_bytes
    compared = Text(
        f"By the FAQ: {decimal_bytes(need)} against {case.cards} × {decimal_bytes(capacity)} = "
        f"{decimal_bytes(total)}",
        f"按 FAQ：需要 {decimal_bytes(need)}，共有 {case.cards} × {decimal_bytes(capacity)} = "
        f"{decimal_bytes(total)}",
    )
    outcome = _outcome(case, need <= total, demanded)
    return rule_of_thumb(case, need, Text(compared.en + outcome.en, compared.zh + outcome.zh))


def _outcome(case: Case, enough: bool, demanded: Demand) -> Text:
    """Return what the comparison means: the verdict, or why it does not decide."""
    if enough == demanded.fits:
        return Text(f": {'yes' if enough else 'no'}.", f"：{'够' if enough else '不够'}。")
    if demanded.reasons:
        return Text(
            ", enough memory; but what the card cannot run decides, not its memory.",
            "，显存够；但起决定作用的是该卡不支持所要求的功能，而不是显存。",
        )
    if not enough:
        return Text(
            ", less than that; it does not decide, because the estimate counts what each card "
            "really holds.",
            "，不够；但它不作为结论，以每卡实际占用的精确估算为准。",
        )
    why = why_more(case, demanded.components)
    if case.get("sharding") == "none" and case.cards > 1:
        why = Text(
            "The rule adds up the cards' memory, but DDP keeps a whole copy on each card.",
            "经验法则把各卡显存相加，而 DDP 在每张卡上都保留完整副本。",
        )
    return Text(
        f", which would do for what the rule counts; it does not decide. {why.en}",
        f"，对经验法则所计的部分是够的，但它不作为结论。{why.zh}",
    )


def work_words(case: Case) -> Text:
    """Return the work in words: ``LoRA of Llama 3 8B``, ``inference with a 7 B model``."""
    subject = case.subject
    if case.mode == "infer":
        name = case.get("weight_dtype") or "fp16"
        return Text(f"inference with {subject.en} in {name}", f"{subject.zh}（{name}）推理")
    method = method_words(case)
    return Text(f"{method.en} of {subject.en}", f"{subject.zh}{method.zh}")


def _headline(
    case: Case,
    demanded: Demand,
    rule: arithmetic.RuleMemory | None,
    shared: TensorSplit | None,
) -> Text:
    word = WORDS[demanded.verdict]
    work, where = work_words(case), card_words(case, demanded.cards)
    need, have = format_bytes(demanded.per_gpu_bytes), format_bytes(demanded.capacity_bytes)
    owner = "the card's" if demanded.cards == 1 else "each card's"
    if demanded.reasons:
        reason = demanded.reasons[0]
        if demanded.per_gpu_bytes > demanded.capacity_bytes:
            reason = Text(
                f"{reason.en} Nor does it fit: {work.en} needs {need} of {owner} {have}",
                f"{reason.zh}而且也放不下：{work.zh}每卡需要 {need}，单卡显存 {have}",
            )
        return Text(f"{word.en}: {reason.en}", f"{word.zh}：{reason.zh}")
    if rule is None:
        only = host_condition(demanded)
        more = Text("", "") if only.en else host_words(demanded)
        if shared is not None:
            more = shared.aside
        return Text(
            f"{word.en}{only.en}: {work.en} on {where.en} needs {need} of {owner} {have}{more.en}",
            f"{word.zh}{only.zh}：{where.zh} 上{work.zh}每卡需要 {need}，单卡显存 {have}{more.zh}",
        )
    total = decimal_bytes(rule.total_bytes)
    nominal = decimal_bytes((case.nominal_capacity_bytes or 0) * demanded.cards)
    if _disagree(case, rule, demanded):
        return Text(
            f"{word.en}: {work.en} on {where.en} needs {need} of {owner} {have}, estimated; the "
            f"rule of thumb alone ({total} against {nominal}) does not decide",
            f"{word.zh}：{where.zh} 上{work.zh}，精确估算每卡需要 {need}，单卡显存 {have}；"
            f"仅按经验法则（需要 {total}，共有 {nominal}）不作为结论",
        )
    return Text(
        f"{word.en}: {work.en} on {where.en} needs {total} against {nominal} by the rule of "
        f"thumb; estimated, {need} of {owner} {have}",
        f"{word.zh}：{where.zh} 上{work.zh}，按经验法则需要 {total}，共有 {nominal}；"
        f"精确估算每卡需要 {need}，单卡显存 {have}",
    )
