"""Training time and GPU-hours from tokens, cards and a rate, measured or assumed."""

from __future__ import annotations

from calculators import quantities as q
from calculators.case import Case
from calculators.formula import Quantity, define
from calculators.memory.assumed import assume_tokens
from calculators.results import Calculation, Convention, Source
from calculators.rules.utilization import ACHIEVED, RATE
from calculators.speed import flops
from calculators.speed.achieved import achieved_flops
from calculators.speed.rates import cards_at_work, is_measured, measured_rate
from calculators.text import Text
from calculators.units import format_number, short_params
from calculators.wording import card_words

ASSUMED_MFU = 0.4
TRAIN_TOKENS = Quantity("D", Text("tokens to train on", "训练 token 数"), "tokens", minimum=1)
HOURS = Quantity("t", Text("training time", "训练时间"), "hours")
KAPLAN = Source("Scaling laws", "arXiv 2001.08361, section 2.1: C = 6ND")

RATE_FROM_FLOPS = define(
    "training_rate",
    title=Text("Tokens per second and card", "单卡每秒 token 数"),
    result=RATE,
    symbols=(ACHIEVED, flops.TOKEN_FLOP),
    expression=lambda achieved, f: achieved / f,
    source=KAPLAN,
)
TIME = define(
    "training_time",
    title=Text("Training time", "训练时间"),
    result=HOURS,
    symbols=(TRAIN_TOKENS, RATE, q.CARDS),
    expression=lambda d, t, k: d / (t * k * 3600),
    source=KAPLAN,
)
GPU_HOURS = define(
    "gpu_hours",
    title=Text("GPU-hours", "GPU 小时"),
    result=Quantity("H", Text("GPU-hours", "GPU 小时"), "hours"),
    symbols=(HOURS, q.CARDS),
    expression=lambda t, k: t * k,
    source=Source("Definition", "hours times cards"),
)


def training_time(case: Case) -> Calculation:
    """Return the hours to train on ``total_tokens``; or what ``gpu_hours`` buy, or the FLOPs.

    Raises MissingValue without the token count, or without both card and measured rate.
    """
    if case.request.attribute == "flops" or _spends(case):
        from calculators.speed.trained import of_budget, run_flops  # which build on this module

        return run_flops(case) if case.request.attribute == "flops" else of_budget(case)
    tokens = case.require(
        "total_tokens",
        "On how many tokens? The time depends on it.",
        "要训练多少 token？时间取决于它。",
        ("300B tokens", "1T tokens"),
    )
    cards = cards_at_work(case)
    rate = rate_of(case)
    hours = float(case.trail.run(TIME, D=tokens, T=rate, k=cards))
    gpu_hours = float(case.trail.run(GPU_HOURS, t=hours, k=cards))
    shown, days = format_number(hours, 3), format_number(hours / 24, 3)
    where = card_words(case, cards) if case.knows_card else _unnamed(cards)
    spent = format_number(gpu_hours, 3)
    return case.finish(
        value=hours,
        unit="hours",
        headline=Text(
            f"About {shown} hours ({days} days) for {short_params(tokens)} tokens on {where.en}: "
            f"{spent} GPU-hours",
            f"在 {where.zh} 上训练 {short_params(tokens)} token 约需 {shown} 小时（{days} 天），"
            f"即 {spent} GPU 小时（卡时）",
        ),
        conventions=_with_recompute(case, hours),
        details={"gpu_hours": gpu_hours, "tokens_per_s_gpu": rate, "days": hours / 24},
    )


def _with_recompute(case: Case, hours: float) -> tuple[Convention, ...]:
    """Return the hours if the FLOPS that were given count what is recomputed, too.

    So do the tables of Megatron-LM (arXiv 2104.04473, equation 3) and of BLOOM.
    """
    recompute = case.get("checkpointing") or "full"
    if not case.given("tflops_gpu") or is_measured(case) or recompute == "none":
        return ()
    shape, tokens, method = _of_a_token(case)
    model = flops.trained_token(case.silent, shape, tokens, method)
    hardware = flops.hardware_token(case.silent, shape, tokens, method, recompute)
    longer = hours * hardware / model
    shown, days = format_number(longer, 3), format_number(longer / 24, 3)
    text = Text(
        f"If those FLOPS count the recompute too, as Megatron-LM's do: {shown} hours ({days} days)",
        f"如果所给 FLOPS 已计入重计算（Megatron-LM 的口径）：{shown} 小时（{days} 天）",
    )
    return (Convention(text, longer, "hours"),)


def _unnamed(cards: int) -> Text:
    return Text(f"{cards} card{'s' if cards != 1 else ''}", f"{cards} 张卡")


def _spends(case: Case) -> bool:
    """Whether a budget of card hours is given, and not the tokens that it is to buy."""
    return case.given("gpu_hours") and not case.given("total_tokens")


def rate_of(case: Case) -> float:
    """Return tokens per second and card, measured or from an achieved share of the peak."""
    if is_measured(case):
        return measured_rate(case, case.trail)
    achieved = achieved_flops(case, ASSUMED_MFU)
    return float(case.trail.run(RATE_FROM_FLOPS, F=achieved, f=token_flops(case)))


def token_flops(case: Case) -> float:
    """Return the training FLOPs of a token, those of frozen weights with adapters."""
    return flops.trained_token(case.trail, *_of_a_token(case))


def _of_a_token(case: Case) -> tuple[flops.ComputeShape, int, str | None]:
    return flops.compute_shape(case.architecture), assume_tokens(case), case.get("method")
