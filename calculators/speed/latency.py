"""Latency of generation: time to the first token, and time per further token."""

from __future__ import annotations

from calculators import quantities as q
from calculators.case import Case
from calculators.formula import Quantity, define, maximum
from calculators.memory.inference import InferenceEstimate
from calculators.memory.tensor_parallel import note_tensor_parallel
from calculators.peak_flops import fastest_flops
from calculators.printing import format_value
from calculators.results import Calculation, Number
from calculators.rules.utilization import PEAK
from calculators.speed import flops
from calculators.speed.decoding import (
    BANDWIDTH,
    ROOFLINE,
    SEND_TIME,
    SHARDS,
    TOUCHED,
    Step,
    exchange_s,
    replica_of,
    served,
    step_at,
    touched_bytes,
)
from calculators.speed.generation import GENERATION_TIME, mean_step
from calculators.text import Text
from calculators.units import format_number
from calculators.wording import card_words

FIRST = Quantity("t_1", Text("time to the first token", "首 token 时间"), "s")
CARDS = Quantity("k_all", Text("cards of one copy", "单个副本的卡数"), "count", minimum=1)
PROMPT_FLOP = define(
    "prefill_flops",
    title=Text("FLOPs of the prefill", "预填充的 FLOPs"),
    result=Quantity("F_p", Text("FLOPs of the prefill", "预填充的 FLOPs"), "FLOP"),
    symbols=(q.BATCH, q.TOKENS, flops.TOKEN_FLOP),
    expression=lambda batch, s, f: batch * s * f,
    source=flops.PALM,
)
PREFILL_TIME = define(
    "time_to_first_token",
    title=Text(
        "Time to the first token, at peak FLOPS and bandwidth", "首 token 时间（峰值算力与带宽下）"
    ),
    result=FIRST,
    symbols=(PROMPT_FLOP.result, PEAK, CARDS, TOUCHED, BANDWIDTH, SHARDS),
    expression=lambda f, peak, k_all, m, w, k: maximum(f / (peak * k_all), m / (w * k)),
    source=ROOFLINE,
)
PREFILL_TIME_SENDING = define(
    "time_to_first_token_tensor_parallel",
    title=Text(
        "Time to the first token, at peak FLOPS, bandwidth and links",
        "首 token 时间（峰值算力、带宽与互联下）",
    ),
    result=FIRST,
    symbols=(PROMPT_FLOP.result, PEAK, CARDS, TOUCHED, BANDWIDTH, SHARDS, SEND_TIME),
    expression=lambda f, peak, k_all, m, w, k, t_net: maximum(
        f / (peak * k_all), m / (w * k), t_net
    ),
    source=ROOFLINE,
)


def latency(case: Case) -> Calculation:
    """Return the seconds to the first token, or of each token where tokens are generated.

    All of them are in ``details``. Raises MissingValue when no card was named.
    """
    estimate = served(case)
    note_tensor_parallel(case, estimate)
    generated, batch = case.get("new_tokens") or 0, case.get("micro_batch")
    first, details = _first_token(case, estimate)
    step = mean_step(case, estimate) if generated else step_at(case, estimate, case.get("seq"))
    details |= {
        "time_per_token_s": step.step_s,
        "tokens_per_s": 1 / step.step_s,
        "communication_per_token_s": step.wire_s,
    }
    if generated:
        whole = float(case.trail.run(GENERATION_TIME, t_1=first, g=generated, t=step.step_s))
        details |= {"total_s": whole, "answer_tokens_per_s": batch * generated / whole}
    case.caveat(
        "Lower bounds at peak FLOPS and bandwidth; real engines take longer.",
        "这是按峰值算力与带宽得到的下界，实际推理引擎更慢。",
    )
    return case.finish(
        value=step.step_s if generated else first,
        unit=None,
        headline=_headline(case, details, step, card_words(case, estimate.cards)),
        memory=estimate.memory,
        details=details,
    )


def _first_token(case: Case, estimate: InferenceEstimate) -> tuple[float, dict[str, float]]:
    """Return the seconds to the first token, and with it what the prefill computes and sends."""
    prompt = max(1, case.get("seq") - (case.get("new_tokens") or 0))
    replica = replica_of(case, estimate)
    token = flops.forward_token(case.trail, case.architecture, 1, prompt)
    work = float(case.trail.run(PROMPT_FLOP, B=case.get("micro_batch"), s=prompt, f=token))
    wire_s = exchange_s(case, replica, prompt)
    values: dict[str, Number] = {
        "F_p": work,
        "F_peak": fastest_flops(case),
        "k_all": replica.cards,
        "M_act": touched_bytes(case, estimate, case.get("micro_batch") * prompt),
        "W": case.card.bandwidth,
        "k": replica.tensor,
    }
    if wire_s:
        first = case.trail.run(PREFILL_TIME_SENDING, **values, t_net=wire_s)
    else:
        first = case.trail.run(PREFILL_TIME, **values)
    if wire_s == first:
        case.caveat(
            "The prefill waits for the links between the cards: tensor parallelism exchanges every "
            "layer's activations.",
            "预填充受卡间互联限制：张量并行要在每一层交换激活。",
        )
    details = {
        "time_to_first_token_s": float(first),
        "prefill_flop": work,
        "prefill_communication_s": wire_s,
    }
    return float(first), details


def _headline(case: Case, details: dict[str, float], step: Step, where: Text) -> Text:
    first = format_value(details["time_to_first_token_s"], "s")
    each = format_value(step.step_s, "s")
    alone, batch = format_number(details["tokens_per_s"], 3), case.get("micro_batch")
    rate = Text(f"at most {alone} tokens/s per sequence", f"每个序列至多 {alone} token/s")
    if batch > 1:
        together = format_number(batch * details["tokens_per_s"], 3)
        rate = Text(
            f"{rate.en}, {together} for all {batch:,}", f"{rate.zh}，{batch:,} 个共 {together}"
        )
    if "total_s" not in details:
        return Text(
            f"First token after at least {first}, then {each} per token ({rate.en}): "
            f"{case.subject.en} on {where.en}",
            f"{where.zh} 上 {case.subject.zh}：首 token 至少 {first}，之后每 token {each}"
            f"（{rate.zh}）",
        )
    whole, count = format_value(details["total_s"], "s"), f"{case.get('new_tokens'):,}"
    return Text(
        f"At least {each} per token ({rate.en}): {case.subject.en} on "
        f"{where.en}; first token after {first}, all {count} after {whole}",
        f"{where.zh} 上 {case.subject.zh}：每 token 至少 {each}（{rate.zh}）；"
        f"首 token {first}，{count} 个 token 共 {whole}",
    )
