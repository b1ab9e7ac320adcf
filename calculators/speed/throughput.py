"""Tokens per second: measured, or bounded by bandwidth and FLOPS."""

from __future__ import annotations

from dataclasses import dataclass

from calculators import quantities as q
from calculators.capability import refuse_what_cannot_run
from calculators.case import EXAMPLE_CARDS, Case
from calculators.errors import MissingValue
from calculators.formula import Quantity, define, maximum
from calculators.memory.inference import InferenceEstimate, estimate_inference
from calculators.memory.weights import KEPT_BITS, mean_bits
from calculators.peak_flops import peak_flops
from calculators.quantities import size
from calculators.results import Calculation, RuleOfThumb, Source
from calculators.rules.utilization import PEAK, RATE
from calculators.speed import flops
from calculators.speed.rates import CHOICES, is_measured, measured_rate
from calculators.text import Text
from calculators.units import format_bytes, format_number
from calculators.wording import card_words

ROOFLINE = Source("Roofline model", "Williams et al., CACM 52(4), 2009")
READ = size("M_rd", "bytes read for a token of each sequence", "每步读取的字节数")
BANDWIDTH = Quantity("W", Text("memory bandwidth of one card", "单卡显存带宽"), "bytes/s")
SHARDS = Quantity(
    "k", Text("cards of one replica", "单个副本的卡数"), "count", integer=True, minimum=1
)
READ_TIME = Quantity("t_m", Text("time to read memory", "读显存时间"), "s")
COMPUTE_TIME = Quantity("t_c", Text("time to compute", "计算时间"), "s")
STEP_TIME = Quantity("t", Text("time of a decoding step", "每个解码步的时间"), "s")

DECODE_READ = define(
    "decode_bytes_read",
    title=Text("Bytes read for one decoding step", "每个解码步读取的字节数"),
    result=READ,
    symbols=(
        size("M_act", "weights that the batch touches", "本批用到的权重"),
        size("M_kv", "KV cache", "KV 缓存"),
    ),
    expression=lambda w, kv: w + kv,
    source=ROOFLINE,
)
DECODE_MEMORY_TIME = define(
    "decode_memory_time",
    title=Text("Time to read them", "读取时间"),
    result=READ_TIME,
    symbols=(READ, BANDWIDTH, SHARDS),
    expression=lambda m, w, k: m / (w * k),
    source=ROOFLINE,
)
DECODE_COMPUTE_TIME = define(
    "decode_compute_time",
    title=Text("Time to compute them", "计算时间"),
    result=COMPUTE_TIME,
    symbols=(q.BATCH, flops.TOKEN_FLOP, PEAK, SHARDS),
    expression=lambda batch, f, peak, k: batch * f / (peak * k),
    source=ROOFLINE,
)
DECODE_STEP_TIME = define(
    "decode_step_time",
    title=Text("A step takes the longer of the two", "每步取两者较大值"),
    result=STEP_TIME,
    symbols=(READ_TIME, COMPUTE_TIME),
    expression=lambda t_m, t_c: maximum(t_m, t_c),
    source=ROOFLINE,
)
DECODE_RATE = define(
    "decode_rate",
    title=Text("Upper bound per card", "单卡上界"),
    result=RATE,
    symbols=(q.BATCH, STEP_TIME, SHARDS),
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


@dataclass(frozen=True, slots=True)
class Decode:
    """A decoding step: seconds for memory and for compute, and tokens/s per card."""

    memory_s: float
    compute_s: float
    step_s: float
    tokens_per_s_gpu: float


def throughput(case: Case) -> Calculation:
    """Return tokens/s per card: as measured, else the bound of the card.

    Raises MissingValue when nothing was measured and no card was named.
    """
    if is_measured(case):
        return _measured(case)
    if not case.knows_card:
        raise MissingValue(
            Text(
                "For a speed I need the card, or a measured rate.",
                "算速度需要显卡型号，或者一个实测速率。",
            ),
            field="gpu",
            choices=(*EXAMPLE_CARDS[:2], *CHOICES),
        )
    return _training_bound(case) if case.get("mode") == "train" else _decode_bound(case)


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


def served(case: Case) -> InferenceEstimate:
    """Return the memory of serving; said where the card has less than that.

    Raises ContradictoryRequest for what the card cannot run.
    """
    refuse_what_cannot_run(case)
    estimate = estimate_inference(case, note=False)
    need, capacity = estimate.memory.total_bytes, case.card.capacity_bytes
    if need > capacity:
        case.caveat(
            f"It does not fit: {format_bytes(need)} of each card's {format_bytes(capacity)}; "
            "the speed is that of a card with this bandwidth and room enough.",
            f"放不下：每卡需要 {format_bytes(need)}，单卡显存 {format_bytes(capacity)}；"
            "这里的速度假设同样带宽的显卡放得下。",
        )
    return estimate


def decode(case: Case, estimate: InferenceEstimate) -> Decode:
    """Return the roofline of one decoding step, noting its working."""
    gpu, batch = case.card, case.get("micro_batch")
    shards = max(1, estimate.cards // estimate.replicas)
    touched = _touched_bytes(case, estimate, batch)
    read = case.trail.bytes(DECODE_READ, M_act=touched, M_kv=estimate.cache_bytes)
    memory_s = case.trail.run(DECODE_MEMORY_TIME, M_rd=read, W=gpu.bandwidth, k=shards)
    shape = flops.compute_shape(case.architecture)
    token = case.trail.run(
        flops.FORWARD_TOKEN, N=shape.params, Lq=shape.attention_width, s=case.get("seq")
    )
    peak = peak_flops(case)
    compute_s = case.trail.run(DECODE_COMPUTE_TIME, B=batch, f=token, F_peak=peak, k=shards)
    step_s = case.trail.run(DECODE_STEP_TIME, t_m=memory_s, t_c=compute_s)
    rate = case.trail.run(DECODE_RATE, B=batch, t=step_s, k=shards)
    return Decode(float(memory_s), float(compute_s), float(step_s), float(rate))


def _touched_bytes(case: Case, estimate: InferenceEstimate, batch: int) -> int:
    """Return the weights read in a step: of a mixture, the experts that the batch routes to.

    With E experts of which a token uses k, a batch of B touches E · (1 - (1 - k/E)^B) of them
    on average. An untied input embedding is looked up, not read. Both leave out what they take
    as stored: experts in the format, an embedding in 16 bits unless the format covers it.
    """
    model, stored = case.architecture, case.format("weight_dtype")
    bits, skipped = mean_bits(model, stored), 0.0
    for layer, count in model.groups:
        feed = layer.feed_forward
        if feed.experts:
            unused = (1 - feed.experts_per_token / feed.experts) ** (batch - 1)
            skipped += feed.skipped_parameters * unused * count
    looked_up = model.embedding_parameters if model.head_parameters else 0
    kept = bits if stored.scope == "all" else KEPT_BITS
    return round(estimate.weights_bytes - (skipped * bits + looked_up * kept) / 8)


def _decode_bound(case: Case) -> Calculation:
    estimate = served(case)
    result = decode(case, estimate)
    bound = Text("memory bandwidth", "显存带宽")
    if result.compute_s > result.memory_s:
        bound = Text("FLOPS", "算力")
    shown, alone = format_number(result.tokens_per_s_gpu, 3), format_number(1 / result.step_s, 3)
    where = card_words(case, estimate.cards)
    case.caveat(
        "An upper bound: kernels, scheduling and communication keep real engines below it.",
        "这是上界：内核效率、调度与通信会使实际速度更低。",
    )
    return case.finish(
        value=result.tokens_per_s_gpu,
        unit="tokens/s/gpu",
        headline=Text(
            f"At most {alone} tokens/s per sequence, {shown} per card: {case.subject.en} on "
            f"{where.en}, bound by {bound.en}",
            f"{where.zh} 上 {case.subject.zh}：每个序列最多 {alone} token/s，单卡 {shown} token/s，"
            f"瓶颈是{bound.zh}",
        ),
        memory=estimate.memory,
        details={
            "memory_s": result.memory_s,
            "compute_s": result.compute_s,
            "tokens_per_s": result.tokens_per_s_gpu * estimate.cards,
            "tokens_per_s_sequence": 1 / result.step_s,
        },
    )


def _training_bound(case: Case) -> Calculation:
    from calculators.memory.assumed import assume_training
    from calculators.speed.utilization import hardware_flops

    assume_training(case)
    shape = flops.compute_shape(case.architecture)
    common = {"N": shape.params, "Lq": shape.attention_width, "s": case.get("seq")}
    token = case.trail.run(flops.TRAIN_TOKEN, **common)
    recompute = case.get("checkpointing")
    hardware = hardware_flops(case.trail, recompute, token, common, shape.layer_params)
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
