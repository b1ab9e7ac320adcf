"""The fewest cards: the FAQ's quotient rounded up, and the fewest whose verdict is not no."""

from __future__ import annotations

from typing import Any

from calculators.case import Case
from calculators.memory.assumed import assume_mode
from calculators.planning.alternatives import alternatives
from calculators.planning.counting import fewest_cards, group_size, most_uneven
from calculators.planning.demand import Demand, demand, required_capacity
from calculators.planning.differences import why_less, why_more
from calculators.planning.fit import rule_need, work_words
from calculators.planning.heads import note_heads
from calculators.planning.usable import note_host
from calculators.planning.verdict import WORDS
from calculators.results import Calculation, Convention, RuleOfThumb
from calculators.rules import arithmetic
from calculators.text import Text
from calculators.units import decimal_bytes, format_bytes
from calculators.wording import card_words, machine_words


def min_gpus(case: Case) -> Calculation:
    """Return the fewest cards; 0 with verdict ``no`` when no number of them would do.

    A bare size leads with the FAQ's count. With ``node_gpus`` both counts are rounded up to whole
    machines. With ``finish_s`` it is the fewest that also finish a
    training run in that time. Raises MissingValue without a card or memory size.
    """
    if case.given("finish_s") and case.get("mode") != "infer":
        from calculators.planning.deadline import fewest_in_time  # most questions name no time

        return fewest_in_time(case, min_gpus)
    required_capacity(case)
    assume_mode(case)
    count = fewest_cards(case.request, lambda cards: _at(case, cards), on_hosts=False)
    shown = _at(case, count or 1, working=case.working)
    case.adopt(shown.case)
    note_host(case, shown)
    rule = _rule(case)
    leads = case.bare and rule is not None
    value: Any = rule.value if leads and rule is not None else (count or 0)
    conventions: tuple[Convention, ...] = ()
    if leads:
        text = Text(
            f"Estimate, every term counted: {count or 'no number of'} card{'s' * (count != 1)}",
            f"精确估算（逐项计算）：{count or '多少'} 张卡{'' if count else '都不够'}",
        )
        conventions = (Convention(text, count or 0, "gpus"),)
        if count and count != value:
            why = why_more(case, shown.components) if count > value else why_less(case)
            case.caveat(why.en, why.zh)
    verdict = shown.verdict if count else "no"
    note_heads(case, value, count or 0, fewest=True)
    if count:
        _note_steps(case, shown)
    return case.finish(
        value=value,
        unit="gpus",
        headline=_headline(case, value, count, shown),
        lead="rule" if leads else "estimate",
        rule=rule,
        verdict=verdict,
        capacity_bytes=shown.capacity_bytes,
        breakdown=shown.components,
        per_gpu=True,
        memory=shown.memory,
        conventions=conventions,
        alternatives=() if count else alternatives(shown),
        details={
            "breakdown_of": "estimate",
            "estimate_gpus": count or 0,
            "per_gpu_bytes": shown.per_gpu_bytes,
        },
    )


def _note_steps(case: Case, shown: Demand) -> None:
    """Say which numbers of cards there can be, and where more of them can need more of each."""
    group = group_size(case.request)
    if group > 1 and not case.request.node_gpus:
        case.caveat(
            f"The cards are counted in groups of {group}, which the degrees given fill.",
            f"按给定的并行度，卡数须为 {group} 的倍数。",
        )
    if most_uneven(shown) and shown.case.get("sharding") == "fsdp2":
        case.caveat(
            "Not every larger number of cards does: FSDP2 pads a layer's fused experts to equal "
            "shares of rows, least where the cards divide them.",
            "更多的卡未必都放得下：FSDP2 会把每层融合的专家按行补齐到等份，卡数能整除专家数时补得"
            "最少。",
        )


def _at(case: Case, count: int, *, working: bool = False) -> Demand:
    changes: dict[str, Any] = {"gpu_count": count, "dp": None, "mode": case.mode}
    return demand(case.request, changes, working=working)


def _rule(case: Case) -> RuleOfThumb | None:
    capacity = case.nominal_capacity_bytes
    memory = rule_need(case)
    if memory is None or capacity is None:
        return None
    need = memory.total_bytes
    count = arithmetic.fewest_cards(case, need, capacity)
    need_shown, one = decimal_bytes(need), decimal_bytes(capacity)
    each = case.get("node_gpus") or 1
    whole = -(-count // each) * each
    whole_en = f"; in whole machines of {each}: {whole}" if each > 1 else ""
    whole_zh = f"；按每台 {each} 张的整机计为 {whole} 张" if each > 1 else ""
    return RuleOfThumb(
        whole,
        "gpus",
        case.rule.steps,
        Text(
            f"By the FAQ: {need_shown} over {one} a card, rounded up: {count}{whole_en}.",
            f"按 FAQ：{need_shown} ÷ 每卡 {one}，向上取整为 {count} 张{whole_zh}。",
        ),
    )


def _headline(case: Case, value: Any, count: int | None, shown: Demand) -> Text:
    work = work_words(case)
    if shown.reasons:
        word, reason = WORDS["no"], shown.reasons[0]
        return Text(f"{word.en}: {reason.en}", f"{word.zh}：{reason.zh}")
    if not count and not value:
        where = card_words(case, 1)
        return Text(
            f"No number of {where.en.removeprefix('1 × ')} holds {work.en} this way",
            f"按这种方式，多少张 {where.zh.removeprefix('1 × ')} 都放不下{work.zh}",
        )
    where = machine_words(case, value)
    need, have = format_bytes(shown.per_gpu_bytes), format_bytes(shown.capacity_bytes)
    owner = "the card's" if shown.cards == 1 else "each card's"
    held = Text(f"{need} of {owner} {have}", f"每卡需要 {need}，单卡显存 {have}")
    if shown.verdict == "tight":
        held = Text(f"tight: {held.en}", f"勉强：{held.zh}")
    if count and value != count:
        counted = Text(str(count), f"{count} 张")
        if each := case.get("node_gpus"):
            counted = Text(f"{count // each} ({count} cards)", f"{count // each} 台（{count} 张）")
        return Text(
            f"{where.en} for {work.en} by the rule of thumb; {counted.en} estimated ({held.en})",
            f"{work.zh}按经验法则至少需要 {where.zh}；精确估算需要 {counted.zh}（{held.zh}）",
        )
    return Text(
        f"{where.en} for {work.en} ({held.en})", f"{work.zh}至少需要 {where.zh}（{held.zh}）"
    )
