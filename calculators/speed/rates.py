"""What was measured, brought to tokens per second and card."""

from __future__ import annotations

from calculators import quantities as q
from calculators.case import Case
from calculators.errors import MissingValue
from calculators.formula import Quantity, define
from calculators.memory.assumed import assume_tokens
from calculators.results import Source
from calculators.rules.utilization import RATE, THROUGHPUT
from calculators.text import Text
from calculators.trail import Trail

STEP_RATE = define(
    "throughput_from_step",
    title=Text("Throughput from the time of a step", "由每步时间得到吞吐量"),
    result=RATE,
    symbols=(
        Quantity("B_g", Text("sequences of a step, all cards", "每步全局序列数"), "count"),
        q.TOKENS,
        Quantity("t", Text("time of a step", "每步时间"), "s"),
        q.CARDS,
    ),
    expression=lambda batch, s, t, k: batch * s / (t * k),
    source=Source("Definition", "tokens of a step over its time and cards"),
)
RUN_RATE = define(
    "throughput_of_run",
    title=Text("Throughput of a run: tokens over time", "整个训练的吞吐量：token 数 / 时间"),
    result=RATE,
    symbols=(
        Quantity("D", Text("tokens to train on", "训练 token 数"), "tokens", minimum=1),
        Quantity("t", Text("time of the run", "训练用时"), "s"),
        q.CARDS,
    ),
    expression=lambda d, t, k: d / (t * k),
    source=Source("Definition", "tokens of a run over its time and cards"),
)
CHOICES = ("3000 tokens/s/gpu", "33 examples/s", "2.5 s/step, global batch 64")


def is_measured(case: Case) -> bool:
    """Whether the request carries any measured rate."""
    return any(case.given(f) for f in ("tokens_per_s_gpu", "examples_per_s", "step_s"))


def measured_rate(case: Case, trail: Trail) -> float:
    """Return tokens per second and card from whatever was measured, noting the step.

    A whole run is a measurement, too: its tokens, and the seconds that it took or may take.

    Raises MissingValue when nothing was measured.
    """
    if case.given("tokens_per_s_gpu"):
        return float(case.get("tokens_per_s_gpu"))
    if case.given("examples_per_s"):
        return float(
            trail.run(
                THROUGHPUT,
                e=case.get("examples_per_s"),
                s=assume_tokens(case),
                k=cards_at_work(case),
            )
        )
    if case.given("step_s"):
        batch = case.get("global_batch") or _product(case)
        return float(
            trail.run(
                STEP_RATE,
                B_g=batch,
                s=assume_tokens(case),
                t=case.get("step_s"),
                k=cards_at_work(case),
            )
        )
    if case.given("total_tokens") and case.given("finish_s"):
        return float(
            trail.run(
                RUN_RATE, D=case.get("total_tokens"), t=case.get("finish_s"), k=cards_at_work(case)
            )
        )
    raise MissingValue(
        Text(
            "Which speed was measured? Give tokens/s per card, examples/s, or seconds per step "
            "with the global batch.",
            "测到的速度是多少？请给出每卡 tokens/s、examples/s，或每步秒数加全局 batch。",
        ),
        field="tokens_per_s_gpu",
        choices=CHOICES,
    )


def cards_at_work(case: Case) -> int:
    """Return the cards of the job: as given, else the product of the degrees, else one."""
    if case.cards > 1:
        case.complete(gpu_count=case.cards)
        return case.cards
    cards: int = case.default("gpu_count", 1, "one card", "一张卡")
    return cards


def _product(case: Case) -> int:
    micro = case.require(
        "micro_batch",
        "How many sequences does a step take over all cards (the global batch)?",
        "每步所有卡一共处理多少个序列（全局 batch）？",
        ("global batch 64", "global batch 512"),
    )
    groups = (case.get("tp") or 1) * (case.get("pp") or 1) * (case.get("cp") or 1)
    return int(micro * (case.get("grad_accumulation") or 1) * max(1, cards_at_work(case) // groups))
