"""The largest batch, context, model or LoRA rank that fits; 0 with ``no`` when nothing does."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from calculators.case import Case
from calculators.errors import CalculatorError, ContradictoryRequest
from calculators.memory.assumed import assume_mode, usual_targets
from calculators.memory.tensor_parallel import kept_heads
from calculators.planning.alternatives import alternatives
from calculators.planning.batch_rule import largest_batch_rule
from calculators.planning.demand import Demand, demand, required_capacity
from calculators.planning.differences import why_more
from calculators.planning.fit import work_words
from calculators.planning.heads import note_heads
from calculators.planning.search import largest_within
from calculators.planning.tensor_split import tensor_split
from calculators.planning.verdict import WORDS
from calculators.requests import Lora
from calculators.results import Alternative, Assumption, Calculation, Convention, RuleOfThumb
from calculators.text import Text
from calculators.units import format_bytes
from calculators.wording import card_words

MOST_SEQUENCES = 10**6
MOST_TOKENS = 10**8
Layout = dict[str, int | None]
ASKED: Layout = {}
"""The degrees as they were asked about."""


@dataclass(frozen=True, slots=True)
class Found:
    """The largest number that fits, 0 when none does, and the demand at it (or at 1).

    ``by_memory`` is what memory alone allows, where something else bounds the number,
    ``by_tensor`` what fits by tensor parallelism, where it is less than split evenly.
    """

    number: int
    demand: Demand
    by_memory: int
    by_tensor: int | None = None


def max_batch(case: Case) -> Calculation:
    """Return the most sequences per card that fit; by the FAQ's formula for a bare size."""
    rule, by_driver = largest_batch_rule(case) if case.mode == "train" else (None, None)
    if case.request.precision == "int8" and rule is not None:
        return _rule_only(case, rule, by_driver)
    found = _search(case, "micro_batch", MOST_SEQUENCES, global_batch=None)
    leads = rule is not None and case.bare
    value = rule.value if leads and rule is not None else found.number
    conventions = _beside(leads, found.number, by_driver, "batch")
    return _finish(
        case, found, value, "batch", _batch_words(case, found, value), rule, leads, conventions
    )


def _batch_words(case: Case, found: Found, value: Any) -> Text:
    """Return the batch of a card, and of all data-parallel ones where there are several."""
    ranks = found.demand.case.get("dp") or 1
    steps = found.demand.case.get("grad_accumulation") or 1
    if ranks == 1 or case.mode == "infer":
        return Text(f"batch {value:,}", f"batch 最大为 {value:,}")
    whole = value * ranks * steps
    return Text(
        f"batch {value:,} per card, {whole:,} in all",
        f"每卡 batch 最大为 {value:,}，合计 {whole:,}",
    )


def max_context(case: Case) -> Calculation:
    """Return the most tokens per sequence that fit, at most those the model is configured for."""
    required_capacity(case)
    most = None if case.bare else case.architecture.max_context
    if most is not None:
        most -= most % (case.get("cp") or 1)
    found = _search(case, "seq", MOST_TOKENS, most, new_tokens=None)
    words = Text(f"{found.number:,} tokens", f"最长 {found.number:,} 个 token")
    if found.number < found.by_memory < MOST_TOKENS:
        words = Text(
            f"{words.en}, what the model is configured for (memory would hold {found.by_memory:,})",
            f"{words.zh}，即模型配置的上限（显存本可容纳 {found.by_memory:,} 个）",
        )
    elif found.number < found.by_memory:
        words = Text(
            f"{words.en}, what the model is configured for", f"{words.zh}，即模型配置的上限"
        )
    elif found.number == MOST_TOKENS:
        words = Text(f"{words.en}, where the search ends", f"{words.zh}（搜索到此为止）")
    if found.by_memory == MOST_TOKENS:
        case.caveat(
            "Memory sets no limit here: layers with a window or a fixed state keep no more for "
            "longer texts.",
            "这里显存不构成限制：滑动窗口层或固定状态层不随长度增加占用。",
        )
    return _finish(case, found, found.number, "tokens", words)


def max_rank(case: Case) -> Calculation:
    """Return the largest LoRA rank that fits, at most the hidden size."""
    if case.request.method == "full":
        raise ContradictoryRequest(
            Text("Full training has no LoRA rank.", "全参数训练没有 LoRA rank。"), field="method"
        )
    case.complete(method="lora", mode="train")
    _note_targets(case)
    base = case.completed
    limit = case.architecture.hidden

    def changes(rank: int) -> dict[str, Any]:
        lora = base.lora or Lora(targets=usual_targets(case.architecture))
        return {"method": base.method, "lora": lora.model_copy(update={"rank": rank})}

    found = _search_with(case, changes, limit)
    case.complete(lora=changes(max(found.number, 1))["lora"])
    if found.number == limit:
        case.caveat(
            f"The hidden size of {limit:,} is the limit, not memory: a higher rank could hold no "
            "more than the full matrix.",
            f"限制来自隐藏层宽度 {limit:,}，而不是显存：更高的 rank 不会比完整矩阵表达更多。",
        )
    words = Text(f"rank {found.number:,}", f"rank 最大为 {found.number:,}")
    return _finish(case, found, found.number, None, words)


def _note_targets(case: Case) -> None:
    """Say what the adapters are put on where nobody did."""
    given = case.request.lora
    if given is not None and "targets" in given.model_fields_set:
        return
    lora = given or Lora()
    usual = usual_targets(case.architecture)
    names = usual if isinstance(usual, str) else ", ".join(usual)
    text = Text(
        f"LoRA on {names}, adapters in {lora.adapter_dtype}",
        f"LoRA 作用于 {names}，adapter 为 {lora.adapter_dtype}",
    )
    case.assumptions.append(Assumption("lora", None, text))


def _search(case: Case, field: str, limit: int, most: int | None = None, **cleared: None) -> Found:
    return _search_with(case, lambda number: {**cleared, field: number}, limit, most)


def _search_with(
    case: Case,
    changes: Callable[[int], dict[str, Any]],
    limit: int,
    most: int | None = None,
) -> Found:
    """Search up to ``limit``; ``most`` bounds the number whatever memory allows."""
    capacity = required_capacity(case)
    assume_mode(case)

    def at(number: int, layout: Layout, *, working: bool = False) -> Demand:
        update = {"mode": case.get("mode"), **changes(number), **layout}
        return demand(case.request, update, working=working)

    def need(number: int, layout: Layout = ASKED) -> float:
        try:
            found = at(number, layout)
        except CalculatorError:
            if number == 1:
                raise
            return math.inf
        return math.inf if found.reasons else found.per_gpu_bytes

    by_memory = largest_within(need, capacity, limit)
    number = by_memory if most is None else min(by_memory, most)
    solved = at(max(number, 1), ASKED, working=case.working)
    case.adopt(solved.case)
    by_tensor = None
    if number and tensor_split(solved.case, solved) is not None:
        split: Layout = {"tp": solved.cards, "dp": None}
        by_tensor = largest_within(lambda n: need(n, split), capacity, number)
    return Found(number, solved, by_memory, by_tensor)


def _beside(leads: bool, number: int, by_driver: int | None, unit: str) -> tuple[Convention, ...]:
    beside = []
    if leads:
        text = Text(
            f"Estimate, every term counted: {number:,}", f"精确估算（逐项计算）：{number:,}"
        )
        beside.append(Convention(text, number, unit))
    if by_driver is not None:
        beside.append(_driver_convention(by_driver))
    return tuple(beside)


def _driver_convention(by_driver: int) -> Convention:
    text = Text(
        f"The same formula with the capacity that the driver reports: {by_driver:,}",
        f"同一公式，按驱动报告的容量：{by_driver:,}",
    )
    return Convention(text, by_driver, "batch")


def _rule_only(case: Case, rule: RuleOfThumb, by_driver: int | None) -> Calculation:
    case.caveat(
        "Full int8 training is a rule of thumb, and its activation formula undercounts a real "
        "step.",
        "全 int8 训练只是经验算法，其激活公式也低估了实际一步的用量。",
    )
    case.complete(mode="train")
    value, cards = int(rule.value), case.cards
    where, work = card_words(case, cards), work_words(case)
    headline = Text(
        f"Batch {value:,} at most on {where.en}, by the FAQ's formula",
        f"按 FAQ 公式，{where.zh} 上 batch 最大为 {value:,}",
    )
    offered: tuple[Alternative, ...] = ()
    if not value:
        headline = Text(
            f"None fits: {work.en} in int8 on {where.en}, by the FAQ's formula",
            f"放不下：按 FAQ 公式，{where.zh} 上{work.zh}（int8）连一个 instance 也容不下",
        )
        offered = alternatives(demand(case.request, {"mode": "train", "micro_batch": 1}))
    return case.finish(
        value=value,
        unit="batch",
        headline=headline,
        lead="rule",
        rule=rule,
        verdict="yes" if value else "no",
        capacity_bytes=case.capacity_bytes,
        conventions=() if by_driver is None else (_driver_convention(by_driver),),
        alternatives=offered,
        details={"batch_by_driver_capacity": by_driver},
    )


def _finish(
    case: Case,
    found: Found,
    value: Any,
    unit: str | None,
    words: Text,
    rule: RuleOfThumb | None = None,
    leads: bool = False,
    conventions: tuple[Convention, ...] = (),
) -> Calculation:
    solved = found.demand
    verdict = solved.verdict if value else "no"
    if value:
        note_heads(case, solved.cards)
    if found.by_tensor is not None:
        _note_tensor(case, solved.cards, found.by_tensor)
    if leads and not solved.fits:
        why = why_more(case, solved.components)
        case.caveat(why.en, why.zh)
    return case.finish(
        value=value,
        unit=unit,
        headline=_headline(case, found, value, words),
        lead="rule" if leads else "estimate",
        rule=rule,
        verdict=verdict if not leads or not solved.fits else ("yes" if value else "no"),
        capacity_bytes=solved.capacity_bytes,
        breakdown=solved.components,
        per_gpu=True,
        memory=solved.memory,
        conventions=conventions,
        alternatives=alternatives(solved) if solved.verdict == "no" else (),
        details={
            "breakdown_of": "estimate",
            "per_gpu_bytes": solved.per_gpu_bytes,
            "estimate": found.number,
            "estimate_by_memory": found.by_memory,
            "data_parallel": solved.case.get("dp") or 1,
        },
    )


def _note_tensor(case: Case, cards: int, number: int) -> None:
    """Say how much fits by tensor parallelism, where it is less than split evenly."""
    kept = kept_heads(case, cards)
    most = (
        Text(f"{number:,} at most", f"最多 {number:,}") if number else Text("none fits", "放不下")
    )
    case.caveat(
        f"With tensor parallelism over {cards} cards each {kept.en}: {most.en}.",
        f"若在 {cards} 张卡上做张量并行，每张卡都要保存{kept.zh}：{most.zh}。",
    )


def _headline(case: Case, found: Found, value: Any, words: Text) -> Text:
    work, where = work_words(case), card_words(case, found.demand.cards)
    if found.demand.reasons:
        word, reason = WORDS["no"], found.demand.reasons[0]
        return Text(f"{word.en}: {reason.en}", f"{word.zh}：{reason.zh}")
    if not value:
        need = format_bytes(found.demand.per_gpu_bytes)
        return Text(
            f"None fits: {work.en} on {where.en} needs {need} per card at the least",
            f"放不下：{where.zh} 上{work.zh}每卡至少需要 {need}",
        )
    beside = Text("", "")
    if value != found.number:
        by_estimate = f"{found.number:,}" if found.number else "none"
        beside = Text(
            f" by the rule of thumb, {by_estimate} estimated",
            f"（经验法则；精确估算{f'为 {found.number:,}' if found.number else '一个也放不下'}）",
        )
    return Text(
        f"At most {words.en}{beside.en}: {work.en} on {where.en}",
        f"{where.zh} 上{work.zh}，{words.zh}{beside.zh}",
    )
