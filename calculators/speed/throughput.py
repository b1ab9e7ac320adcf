"""Tokens per second: measured, or bounded by bandwidth and FLOPS."""

from __future__ import annotations

from calculators import quantities as q
from calculators.case import EXAMPLE_CARDS, Case
from calculators.errors import MissingValue
from calculators.formula import Quantity, define
from calculators.peak_flops import knows_peak, peak_flops
from calculators.results import Calculation, RuleOfThumb
from calculators.rules.utilization import PEAK, RATE
from calculators.speed import flops
from calculators.speed.decoding import ROOFLINE, STEP_TIME, replica_of, served, step_at
from calculators.speed.rates import CHOICES, is_measured, measured_rate
from calculators.text import Text
from calculators.units import format_number
from calculators.wording import card_words

DECODE_RATE = define(
    "decode_rate",
    title=Text("Upper bound per card", "单卡上界"),
    result=RATE,
    symbols=(
        q.BATCH,
        STEP_TIME,
        Quantity("k", Text("cards of one copy", "单个副本的卡数"), "count", minimum=1),
    ),
    expression=lambda batch, t, k: batch / (t * k),
    source=ROOFLINE,
)
TRAIN_RATE = define(
    "training_rate_bound",
    title=Text("Training tokens at peak FLOPS", "峰值算力下的训练吞吐量"),
    result=RATE,
    symbols=(PEAK, flops.FULL_RECOMPUTE_TOKEN.result),
    expression=lambda peak, f: peak / f,
    source=ROOFLINE,
)


def throughput(case: Case) -> Calculation:
    """Return tokens/s per card: as measured, else at the FLOPS stated, else the card's bound.

    Raises MissingValue when nothing was measured and no card was named.
    """
    if is_measured(case):
        return _measured(case)
    trains = case.get("mode") == "train"
    if trains and case.given("tflops_gpu"):
        return _training_at(case)
    if not case.knows_card:
        raise MissingValue(
            Text(
                "For a speed I need the card, or a measured rate.",
                "算速度需要显卡型号，或者一个实测速率。",
            ),
            field="gpu",
            choices=(*EXAMPLE_CARDS[:2], *CHOICES),
        )
    return _training_bound(case) if trains else _decode_bound(case)


def _measured(case: Case) -> Calculation:
    rate = measured_rate(case, case.rule)
    shown = format_number(rate)
    text = Text("By the FAQ: examples/s × length / cards.", "按 FAQ：样本数/秒 × 长度 / 卡数。")
    return case.finish(
        value=rate,
        unit="tokens/s/gpu",
        headline=Text(f"{shown} tokens/s per card", f"{shown} token/s/卡"),
        lead="rule",
        rule=RuleOfThumb(rate, "tokens/s/gpu", case.rule.steps, text),
        details={"total_tokens_per_s": rate * (case.get("gpu_count") or 1)},
    )


def _decode_bound(case: Case) -> Calculation:
    estimate = served(case)
    context, batch = case.get("seq"), case.get("micro_batch")
    step = step_at(case, estimate, context)
    cards = replica_of(case, estimate).cards
    rate = float(case.trail.run(DECODE_RATE, B=batch, t=step.step_s, k=cards))
    shown, alone = format_number(rate, 3), format_number(1 / step.step_s, 3)
    where = card_words(case, estimate.cards)
    case.caveat(
        "An upper bound: kernels, scheduling and communication keep real engines below it.",
        "这是上界：内核效率、调度与通信会使实际速度更低。",
    )
    return case.finish(
        value=rate,
        unit="tokens/s/gpu",
        headline=Text(
            f"At most {alone} tokens/s per sequence, {shown} per card: {case.subject.en} on "
            f"{where.en} at {context:,} tokens of context, bound by {step.bound.en}",
            f"{where.zh} 上 {case.subject.zh}（上下文 {context:,} token）：每个序列最多 "
            f"{alone} token/s，单卡 {shown} token/s，瓶颈是{step.bound.zh}",
        ),
        memory=estimate.memory,
        details={
            "memory_s": step.memory_s,
            "compute_s": step.compute_s,
            "communication_s": step.wire_s,
            "context_tokens": context,
            "tokens_per_s": rate * estimate.cards,
            "tokens_per_s_sequence": 1 / step.step_s,
        },
    )


def _training_at(case: Case) -> Calculation:
    """Return the rate at the FLOPS that each card is said to achieve, as an MFU counts them."""
    from calculators.speed.training_time import rate_of

    rate = rate_of(case)
    cards = case.cards
    where = Text(f"{cards} card{'s' * (cards != 1)}", f"{cards} 张卡")
    if case.knows_card:
        where = card_words(case, cards)
    stated = f"{case.get('tflops_gpu'):.4g} TFLOPS"
    share = Text(f"{stated} a card", f"每卡 {stated}")
    if knows_peak(case):
        percent = format_number(100 * case.get("tflops_gpu") * 1e12 / peak_flops(case), 3)
        share = Text(f"{percent}% MFU, {stated} a card", f"MFU {percent}%，每卡 {stated}")
    shown, whole = format_number(rate, 4), format_number(rate * cards, 4)
    in_all = Text(f", {whole} in all", f"，合计 {whole} token/s") if cards > 1 else Text("", "")
    return case.finish(
        value=rate,
        unit="tokens/s/gpu",
        headline=Text(
            f"Training {case.subject.en} on {where.en} at {share.en}: "
            f"{shown} tokens/s per card{in_all.en}",
            f"{where.zh} 上训练 {case.subject.zh}（{share.zh}）：{shown} token/s/卡{in_all.zh}",
        ),
        details={"total_tokens_per_s": rate * cards},
    )


def _training_bound(case: Case) -> Calculation:
    from calculators.memory.assumed import assume_training

    assume_training(case)
    shape, tokens, method = (
        flops.compute_shape(case.architecture),
        case.get("seq"),
        case.get("method"),
    )
    flops.trained_token(case.trail, shape, tokens, method)
    recompute = case.get("checkpointing")
    hardware = flops.hardware_token(case.trail, shape, tokens, method, recompute)
    rate = float(case.trail.run(TRAIN_RATE, F_peak=peak_flops(case), f_hw=hardware))
    shown = format_number(rate, 3)
    case.caveat(
        "The bound at full FLOPS; well-tuned runs reach 40 to 60 % of it.",
        "这是满算力时的上界，调优良好的训练一般达到 40% 到 60%。",
    )
    return case.finish(
        value=rate,
        unit="tokens/s/gpu",
        headline=Text(
            f"Training {case.subject.en} on {case.card.name}: at most {shown} tokens/s per card",
            f"{case.card.name} 上训练 {case.subject.zh}：最多 {shown} token/s/卡",
        ),
    )
