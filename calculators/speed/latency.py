"""Latency of generation: time to the first token, and time per further token."""

from __future__ import annotations

from calculators import quantities as q
from calculators.case import Case
from calculators.formula import Quantity, define, maximum
from calculators.memory.inference import estimate_inference
from calculators.peak_flops import peak_flops
from calculators.printing import format_value
from calculators.quantities import size
from calculators.results import Calculation
from calculators.rules.utilization import PEAK
from calculators.speed import flops
from calculators.speed.throughput import BANDWIDTH, ROOFLINE, SHARDS, decode
from calculators.text import Text

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
    expression=lambda first, g, t: first + g * t,
    source=ROOFLINE,
)


def latency(case: Case) -> Calculation:
    """Return the seconds to the first token; per token and in all in ``details``.

    Raises MissingValue when no card was named.
    """
    gpu = case.card
    estimate = estimate_inference(case, note=False)
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
    first_shown, step_shown = format_value(first, "s"), format_value(step.step_s, "s")
    case.caveat(
        "Lower bounds at peak FLOPS and bandwidth; real engines take longer.",
        "这是按峰值算力与带宽得到的下界，实际推理引擎更慢。",
    )
    return case.finish(
        value=first,
        unit=None,
        headline=Text(
            f"First token after at least {first_shown}, then {step_shown} per token",
            f"首 token 至少 {first_shown}，之后每 token {step_shown}",
        ),
        memory=estimate.memory,
        details=details,
    )
