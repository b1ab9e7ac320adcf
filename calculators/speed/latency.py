"""Latency of generation: time to the first token, and time per further token."""

from __future__ import annotations

from calculators import quantities as q
from calculators.case import Case
from calculators.formula import Quantity, define, maximum
from calculators.peak_flops import peak_flops
from calculators.printing import format_value
from calculators.quantities import size
from calculators.results import Calculation
from calculators.rules.utilization import PEAK
from calculators.speed import flops
from calculators.speed.throughput import BANDWIDTH, ROOFLINE, SHARDS, decode, served
from calculators.text import Text
from calculators.units import format_number
from calculators.wording import card_words

PREFILL_TIME = define(
    "time_to_first_token",
    title=Text(
        "Time to the first token, at peak FLOPS and bandwidth", "首 token 时间（峰值算力与带宽下）"
    ),
    result=Quantity("t_1", Text("time to the first token", "首 token 时间"), "s"),
    symbols=(
        q.BATCH,
        q.TOKENS,
        flops.TOKEN_FLOP,
        PEAK,
        size("M_w", "weights", "权重"),
        BANDWIDTH,
        SHARDS,
    ),
    expression=lambda batch, s, f, peak, m, w, k: maximum(batch * s * f / (peak * k), m / (w * k)),
    source=ROOFLINE,
)
GENERATION_TIME = define(
    "generation_time",
    title=Text("Time of the whole answer", "整个回答的时间"),
    result=Quantity("t_all", Text("time of the answer", "回答总时间"), "s"),
    symbols=(
        PREFILL_TIME.result,
        Quantity("g", Text("generated tokens", "生成的 token 数"), "tokens", integer=True),
        Quantity("t", Text("time of a decoding step", "每个解码步的时间"), "s"),
    ),
    expression=lambda first, g, t: first + (g - 1) * t,
    source=ROOFLINE,
)


def latency(case: Case) -> Calculation:
    """Return the seconds to the first token, or of each token where tokens are generated.

    All of them are in ``details``. Raises MissingValue when no card was named.
    """
    gpu = case.card
    estimate = served(case)
    shape = flops.compute_shape(case.architecture)
    prompt = max(1, case.get("seq") - (case.get("new_tokens") or 0))
    shards = max(1, estimate.cards // estimate.replicas)
    token = case.trail.run(
        # Causal attention reads half of the prompt on average.
        flops.FORWARD_TOKEN,
        N=shape.params,
        Lq=shape.attention_width,
        s=-(-prompt // 2),
    )
    first = float(
        case.trail.run(
            PREFILL_TIME,
            B=case.get("micro_batch"),
            s=prompt,
            f=token,
            F_peak=peak_flops(case),
            M_w=estimate.weights_bytes,
            W=gpu.bandwidth,
            k=shards,
        )
    )
    step = decode(case, estimate)
    generated = case.get("new_tokens") or 0
    details = {
        "time_to_first_token_s": first,
        "time_per_token_s": step.step_s,
        "tokens_per_s": 1 / step.step_s,
    }
    if generated:
        whole = case.trail.run(GENERATION_TIME, t_1=first, g=generated, t=step.step_s)
        details["total_s"] = float(whole)
    case.caveat(
        "Lower bounds at peak FLOPS and bandwidth; real engines take longer.",
        "这是按峰值算力与带宽得到的下界，实际推理引擎更慢。",
    )
    return case.finish(
        value=step.step_s if generated else first,
        unit=None,
        headline=_headline(case, details, card_words(case, estimate.cards)),
        memory=estimate.memory,
        details=details,
    )


def _headline(case: Case, details: dict[str, float], where: Text) -> Text:
    first = format_value(details["time_to_first_token_s"], "s")
    each = format_value(details["time_per_token_s"], "s")
    alone, batch = format_number(details["tokens_per_s"], 3), case.get("micro_batch")
    rate = Text(f"{alone} tokens/s per sequence", f"每个序列 {alone} token/s")
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
