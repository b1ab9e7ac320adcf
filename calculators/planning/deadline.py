"""The fewest cards that finish a training run in time: its GPU-hours over the hours there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import lcm

from calculators import quantities as q
from calculators.case import Case
from calculators.formula import Quantity, ceil, define
from calculators.results import Calculation, Convention, Source
from calculators.rules.utilization import RATE
from calculators.speed.training_time import GPU_HOURS, KAPLAN, TRAIN_TOKENS, rate_of
from calculators.text import Text
from calculators.units import format_number, short_params
from calculators.wording import machine_words

AVAILABLE = Quantity("t", Text("time to finish in", "完成期限"), "hours")
RUN_HOURS = define(
    "gpu_hours_of_run",
    title=Text("GPU-hours of the run", "整个训练的 GPU 小时"),
    result=GPU_HOURS.result,
    symbols=(TRAIN_TOKENS, RATE),
    expression=lambda d, t: d / (t * 3600),
    source=KAPLAN,
)
IN_TIME = define(
    "fewest_cards_in_time",
    title=Text("Fewest cards that finish in time", "按时完成的最少卡数"),
    result=q.CARDS,
    symbols=(GPU_HOURS.result, AVAILABLE),
    expression=lambda h, t: ceil(h / t),
    source=Source("Definition", "GPU-hours over hours, rounded up"),
)


@dataclass(frozen=True, slots=True)
class _Run:
    """What a run comes to: GPU-hours, the hours there are, and the cards by time and memory."""

    gpu_hours: float
    hours: float
    by_time: int
    by_memory: int

    @property
    def cards(self) -> int:
        return max(self.by_time, self.by_memory)


def fewest_in_time(case: Case, by_memory: Callable[[Case], Calculation]) -> Calculation:
    """Return the fewest cards that train on ``total_tokens`` within ``finish_s`` seconds.

    Where ``gpu_hours`` are given without tokens, they are what the run takes. ``by_memory`` counts
    the cards that hold the work; the larger of the two counts is the answer. Raises MissingValue
    without tokens, or without both a card and a measured rate.
    """
    case.complete(mode="train")
    gpu_hours = _gpu_hours(case)
    hours = case.get("finish_s") / 3600
    degrees = (case.get("tp") or 1) * (case.get("pp") or 1) * (case.get("cp") or 1)
    group = lcm(degrees, case.get("node_gpus") or 1)
    count = int(case.trail.run(IN_TIME, H=gpu_hours, t=hours))
    held = _held(case, by_memory)
    run = _Run(gpu_hours, hours, -(-count // group) * group, held)
    case.caveat(
        "Every card is taken to keep this speed; with more cards communication slows each of them.",
        "这里假设每张卡都保持这一速度；卡数越多，通信开销越大，每张卡会变慢。",
    )
    beside = Text(
        f"To hold the training state in memory: at least {held} card{'s' * (held != 1)}; "
        "the larger of the two counts.",
        f"仅从显存看：至少需要 {held} 张卡；取两者中较大的。",
    )
    return case.finish(
        value=run.cards,
        unit="gpus",
        headline=_headline(case, run),
        conventions=(Convention(beside, held, "gpus"),) if held else (),
        details={
            "estimate_gpus": run.cards,
            "gpus_by_time": run.by_time,
            "gpus_by_memory": held,
            "gpu_hours": gpu_hours,
        },
    )


def _gpu_hours(case: Case) -> float:
    if case.given("gpu_hours") and not case.given("total_tokens"):
        return float(case.get("gpu_hours"))
    tokens = case.require(
        "total_tokens",
        "On how many tokens? The number of cards depends on it.",
        "要训练多少 token？卡数取决于它。",
        ("300B tokens", "1T tokens"),
    )
    return float(case.trail.run(RUN_HOURS, D=tokens, T=rate_of(case)))


def _held(case: Case, by_memory: Callable[[Case], Calculation]) -> int:
    """Return the fewest cards that hold the work, 0 where that is not known or none do."""
    if not case.knows_model or case.capacity_bytes is None:
        return 0
    alone = case.request.model_copy(update={"finish_s": None, "mode": "train"})
    found = by_memory(Case(alone, working=False))
    count = int(found.details["estimate_gpus"])
    if not count:
        case.caveat(
            "By memory no number of these cards holds this training: offload, or train adapters.",
            "但从显存看，这种卡无论多少张都放不下该训练：需要卸载，或改用 LoRA。",
        )
    return count


def _headline(case: Case, run: _Run) -> Text:
    days = format_number(run.hours / 24, 3)
    unit = "day" if days == "1" else "days"
    where = Text(f"{run.cards} card{'s' * (run.cards != 1)}", f"{run.cards} 张卡")
    if case.knows_card:
        where = machine_words(case, run.cards)
    subject = case.subject if case.knows_model else Text("the model", "模型")
    work = Text(f"to train {subject.en}", f"训练 {subject.zh}")
    if case.given("total_tokens"):
        tokens = short_params(case.get("total_tokens"))
        work = Text(f"{work.en} on {tokens} tokens", f"{work.zh}（{tokens} token）")
    spent = format_number(run.gpu_hours)
    why = Text(f"{spent} GPU-hours", f"共 {spent} GPU 小时")
    if run.by_memory > run.by_time:
        why = Text(
            f"memory asks for that many; the {why.en} alone for {run.by_time}",
            f"由显存决定；仅按 {spent} GPU 小时计只需 {run.by_time} 张",
        )
    return Text(
        f"{where.en} {work.en} in {days} {unit} ({why.en})",
        f"{days} 天内{work.zh}至少需要 {where.zh}（{why.zh}）",
    )
