"""What a run comes to: its FLOPs, and what a budget of GPU-hours buys of tokens or time."""

from __future__ import annotations

from calculators import quantities as q
from calculators.case import Case
from calculators.formula import Quantity, define
from calculators.results import Calculation, Convention, RuleOfThumb, Source
from calculators.rules.utilization import RATE
from calculators.speed.flops import TOKEN_FLOP
from calculators.speed.training_time import (
    GPU_HOURS,
    HOURS,
    KAPLAN,
    TRAIN_TOKENS,
    rate_of,
    token_flops,
)
from calculators.text import Text
from calculators.units import format_number, short_params
from calculators.wording import card_words

RUN_FLOP = Quantity("C", Text("FLOPs of the whole run", "整个训练的 FLOPs"), "FLOP")
BUDGET = Quantity("H", Text("GPU-hours to spend", "可用的 GPU 小时"), "hours")
SIX_ND = define(
    "rule_run_flops",
    title=Text("FLOPs of the run: 6ND", "整个训练的 FLOPs：6ND"),
    result=RUN_FLOP,
    symbols=(q.PARAMS, TRAIN_TOKENS),
    expression=lambda n, d: 6 * n * d,
    source=KAPLAN,
)
RUN_FLOPS = define(
    "run_flops",
    title=Text("FLOPs of the run, attention included", "整个训练的 FLOPs（含注意力）"),
    result=RUN_FLOP,
    symbols=(TOKEN_FLOP, TRAIN_TOKENS),
    expression=lambda f, d: f * d,
    source=KAPLAN,
)
TRAINED = define(
    "trained_tokens",
    title=Text("Tokens that the GPU-hours train", "这些 GPU 小时能训练的 token"),
    result=TRAIN_TOKENS,
    symbols=(RATE, BUDGET),
    expression=lambda t, h: t * h * 3600,
    source=Source("Definition", "tokens per second and card, times seconds, times cards"),
)
SPENT = define(
    "hours_of_budget",
    title=Text("Time to spend the GPU-hours", "用完这些 GPU 小时的时间"),
    result=HOURS,
    symbols=(BUDGET, q.CARDS),
    expression=lambda h, k: h / k,
    source=GPU_HOURS.source,
)


def run_flops(case: Case) -> Calculation:
    """Return the FLOPs to train on ``total_tokens``: 6ND for a bare size, else every term."""
    tokens = case.require(
        "total_tokens",
        "On how many tokens? The FLOPs depend on it.",
        "要训练多少 token？总计算量取决于它。",
        ("300B tokens", "1T tokens"),
    )
    exact = float(case.trail.run(RUN_FLOPS, f=token_flops(case), D=tokens))
    rule = None
    if case.get("method") not in ("lora", "qlora"):
        ruled = float(case.rule.run(SIX_ND, n=case.nominal, D=tokens))
        text = Text(f"6ND: {ruled:.3g} FLOPs", f"6ND：{ruled:.3g} FLOPs")
        rule = RuleOfThumb(ruled, "FLOP", case.rule.steps, text)
    leads = rule is not None and case.bare
    value = float(rule.value) if leads and rule is not None else exact
    beside = Text(
        f"Estimate, attention included: {exact:.4g} FLOPs",
        f"精确估算（含注意力）：{exact:.4g} FLOPs",
    )
    days = value / 1e15 / 86400
    headline = Text(
        f"Training {case.subject.en} on {short_params(tokens)} tokens: {value:.4g} FLOPs "
        f"({format_number(days)} petaFLOP/s-days)",
        f"{case.subject.zh} 训练 {short_params(tokens)} token：共 {value:.4g} FLOPs"
        f"（{format_number(days)} PFLOP/s-day）",
    )
    if tokens == 1:
        headline = Text(
            f"Training {case.subject.en}: {value:.4g} FLOPs per token",
            f"{case.subject.zh} 训练：每个 token {value:.4g} FLOPs",
        )
    return case.finish(
        value=value,
        unit="FLOP",
        headline=headline,
        lead="rule" if leads else "estimate",
        rule=rule,
        conventions=(Convention(beside, exact, "FLOP"),) if leads else (),
        details={"petaflop_s_days": days},
    )


def of_budget(case: Case) -> Calculation:
    """Return what ``gpu_hours`` buy: tokens where a model or a rate is known, else the time."""
    if case.knows_model or case.given("tokens_per_s_gpu"):
        return _tokens(case)
    cards = case.require("gpu_count", "On how many cards?", "用多少张卡？", ("8 GPUs", "64 GPUs"))
    budget = case.get("gpu_hours")
    hours = float(case.trail.run(SPENT, H=budget, k=cards))
    shown, days = format_number(hours, 3), format_number(hours / 24, 3)
    return case.finish(
        value=hours,
        unit="hours",
        headline=Text(
            f"{format_number(budget)} GPU-hours on {cards} cards: {shown} hours ({days} days)",
            f"{format_number(budget)} 卡时用 {cards} 张卡：{shown} 小时（{days} 天）",
        ),
        details={"gpu_hours": budget, "days": hours / 24},
    )


def _tokens(case: Case) -> Calculation:
    budget = case.get("gpu_hours")
    rate = rate_of(case)
    tokens = float(case.trail.run(TRAINED, T=rate, H=budget))
    cards = case.get("gpu_count") or 1
    subject = case.subject if case.knows_model else Text("the model", "模型")
    spent = Text(f"{format_number(budget)} GPU-hours", f"{format_number(budget)} 卡时")
    if cards > 1:
        days = format_number(budget / cards / 24, 3)
        where = (
            card_words(case, cards) if case.knows_card else Text(f"{cards} cards", f"{cards} 张卡")
        )
        unit = "day" if days == "1" else "days"
        spent = Text(f"{days} {unit} on {where.en}", f"{where.zh} 用 {days} 天")
    elif case.knows_card:
        name = case.card.name
        spent = Text(f"{spent.en} of {name}", f"{name} {spent.zh}")
    shown = short_params(tokens)
    return case.finish(
        value=tokens,
        unit="tokens",
        headline=Text(
            f"{spent.en} train {subject.en} on about {shown} tokens",
            f"{spent.zh}，{subject.zh} 约能训练 {shown} token",
        ),
        details={"gpu_hours": budget, "tokens_per_s_gpu": rate},
    )
