"""One decoding step as a roofline: what it reads, computes and sends, and the longest of these."""

from __future__ import annotations

from dataclasses import dataclass

from calculators import quantities as q
from calculators.capability import refuse_what_cannot_run
from calculators.case import Case
from calculators.formula import Quantity, define, maximum
from calculators.layout import inference_layout
from calculators.memory.inference import InferenceEstimate, cache_shards, estimate_inference
from calculators.memory.kv_formulas import cache_bytes
from calculators.memory.weights import KEPT_BITS, mean_bits
from calculators.peak_flops import fastest_flops
from calculators.quantities import size
from calculators.results import Source
from calculators.rules.utilization import PEAK
from calculators.speed import communication_formulas as wire
from calculators.speed import flops
from calculators.text import Text
from calculators.trail import Trail
from calculators.units import format_bytes

ROOFLINE = Source("Roofline model", "Williams et al., CACM 52(4), 2009")
STAGED = Source("GPipe", "arXiv 1811.06965, section 2: stages work one after the other")
READ = size("M_rd", "bytes that a card reads in turn for a step", "每步依次读取的字节数")
BANDWIDTH = Quantity("W", Text("memory bandwidth of one card", "单卡显存带宽"), "bytes/s")
SHARDS = Quantity(
    "k",
    Text("cards that work at the same time", "同时工作的卡数"),
    "count",
    integer=True,
    minimum=1,
)
CACHE_SHARDS = Quantity(
    "k_kv", Text("cards that share the cache", "均分缓存的卡数"), "count", minimum=1
)
IN_FLIGHT = Quantity(
    "m", Text("micro-batches in the pipeline", "流水线中的 micro batch 数"), "count", minimum=1
)
READ_TIME = Quantity("t_m", Text("time to read memory", "读显存时间"), "s")
COMPUTE_TIME = Quantity("t_c", Text("time to compute", "计算时间"), "s")
SEND_TIME = Quantity("t_net", Text("time to exchange activations", "交换激活的时间"), "s")
STEP_TIME = Quantity("t", Text("time of a decoding step", "每个解码步的时间"), "s")
TOUCHED = size("M_act", "weights that the batch touches", "本批用到的权重")
ALL_REDUCES = 2
"""All-reduces of a tensor-parallel layer going forward (arXiv 1909.08053, section 3)."""
HALF_BYTES = 2

DECODE_READ = define(
    "decode_bytes_read",
    title=Text("Bytes that a card reads for one decoding step", "单卡每个解码步读取的字节数"),
    result=READ,
    symbols=(TOUCHED, SHARDS, size("M_kv", "KV cache", "KV 缓存"), CACHE_SHARDS),
    expression=lambda w, k, kv, k_kv: w / k + kv / k_kv,
    source=ROOFLINE,
)
DECODE_READ_STAGED = define(
    "decode_bytes_read_in_stages",
    title=Text(
        "Bytes read in turn for one step: each stage its weights, micro-batches overlapping",
        "每个解码步依次读取的字节数：各级先后读自己的权重，micro batch 之间重叠",
    ),
    result=READ,
    symbols=(TOUCHED, SHARDS, size("M_kv", "KV cache", "KV 缓存"), CACHE_SHARDS, IN_FLIGHT),
    expression=lambda w, k, kv, k_kv, m: w / k + kv / (k_kv * m),
    source=STAGED,
)
DECODE_MEMORY_TIME = define(
    "decode_memory_time",
    title=Text("Time to read them", "读取时间"),
    result=READ_TIME,
    symbols=(READ, BANDWIDTH),
    expression=lambda m, w: m / w,
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
DECODE_STEP_TIME_SENDING = define(
    "decode_step_time_tensor_parallel",
    title=Text("A step takes the longest of these", "每步取其中最大值"),
    result=STEP_TIME,
    symbols=(READ_TIME, COMPUTE_TIME, SEND_TIME),
    expression=lambda t_m, t_c, t_net: maximum(t_m, t_c, t_net),
    source=ROOFLINE,
)


@dataclass(frozen=True, slots=True)
class Replica:
    """The cards of one copy of the model: ``tensor`` of them work at once, in ``stages``.

    Over ``cache`` of those that work at once the cache is divided.
    """

    tensor: int
    stages: int
    cache: float

    @property
    def cards(self) -> int:
        """All of them."""
        return self.tensor * self.stages

    def in_flight(self, batch: int) -> int:
        """Return the micro-batches that the stages work on at the same time."""
        return min(batch, self.stages)


@dataclass(frozen=True, slots=True)
class Step:
    """A decoding step of all sequences: seconds to read, to compute and to send."""

    memory_s: float
    compute_s: float
    wire_s: float
    step_s: float

    @property
    def bound(self) -> Text:
        """What the step waits for."""
        if self.step_s == self.memory_s:
            return Text("memory bandwidth", "显存带宽")
        if self.step_s == self.compute_s:
            return Text("FLOPS", "算力")
        return Text("the links between the cards", "卡间互联")


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


def replica_of(case: Case, estimate: InferenceEstimate) -> Replica:
    """Return how the cards of one copy work; said where stages must wait for each other.

    Cards that the weights are split over evenly are taken to work at the same time.
    """
    stages = case.get("pp") or 1
    cards = max(1, estimate.cards // estimate.replicas)
    if stages > 1:
        case.caveat(
            f"The {stages} pipeline stages work one after the other: they add memory, but a "
            "single sequence is no faster for them.",
            f"{stages} 个流水级依次工作：它们增加显存，但不会让单个序列更快。",
        )
    tensor = max(1, cards // stages)
    if case.architecture.attention.kind == "mla":
        # Engines deal the sequences out over the cards in place of heads, which it has not.
        return Replica(tensor, stages, tensor)
    return Replica(tensor, stages, cache_shards(case, inference_layout(case)) / stages)


def step_at(case: Case, estimate: InferenceEstimate, context: int) -> Step:
    """Return the roofline of a step with ``context`` tokens in the cache, noting its working."""
    run, batch = case.trail.run, case.get("micro_batch")
    replica = replica_of(case, estimate)
    in_flight = replica.in_flight(batch)
    cache = cache_at(case, case.silent, context)
    touched = touched_bytes(case, estimate, -(-batch // in_flight))
    memory_s = read_s(case, replica, touched, cache)
    token = flops.forward_token(case.trail, case.architecture, context, context)
    working = replica.tensor * in_flight
    compute_s = run(DECODE_COMPUTE_TIME, B=batch, f=token, F_peak=fastest_flops(case), k=working)
    wire_s = exchange_s(case, replica, 1)
    return longest(case, memory_s, float(compute_s), wire_s)


def longest(case: Case, memory_s: float, compute_s: float, wire_s: float) -> Step:
    """Return the step whose parts take so long, all at the same time."""
    if wire_s:
        times = {"t_m": memory_s, "t_c": compute_s, "t_net": wire_s}
        step_s = case.trail.run(DECODE_STEP_TIME_SENDING, **times)
    else:
        step_s = case.trail.run(DECODE_STEP_TIME, t_m=memory_s, t_c=compute_s)
    return Step(memory_s, compute_s, wire_s, float(step_s))


def read_s(case: Case, replica: Replica, weights: int, cache: int) -> float:
    """Return the seconds to read weights and cache, those of the stages in turn."""
    shares = {"M_act": weights, "k": replica.tensor, "M_kv": cache, "k_kv": replica.cache}
    if replica.stages > 1:
        in_flight = replica.in_flight(case.get("micro_batch"))
        read = case.trail.bytes(DECODE_READ_STAGED, **shares, m=in_flight)
    else:
        read = case.trail.bytes(DECODE_READ, **shares)
    return float(case.trail.run(DECODE_MEMORY_TIME, M_rd=read, W=case.card.bandwidth))


def exchange_s(case: Case, replica: Replica, tokens: int) -> float:
    """Return the seconds of the all-reduces that pass ``tokens`` of each sequence forward."""
    if replica.tensor == 1:
        return 0.0
    model = case.architecture
    sent = case.trail.bytes(
        wire.TENSOR_PARALLEL,
        L=model.layer_count,
        c=ALL_REDUCES,
        g=1,
        B=case.get("micro_batch"),
        s=tokens,
        h=model.hidden,
        b_a=HALF_BYTES,
        t_p=replica.tensor,
    )
    return float(case.trail.run(wire.TIME, V=sent, W=case.card.link_bytes_per_s))


def cache_at(case: Case, trail: Trail, context: int) -> int:
    """Return the bytes of the cache of all sequences, each ``context`` tokens long."""
    return cache_bytes(
        trail,
        case.architecture,
        tokens=context,
        sequences=case.get("micro_batch"),
        element_bytes=case.format("kv_dtype").bits_per_weight / 8,
    )


def touched_bytes(case: Case, estimate: InferenceEstimate, batch: int) -> int:
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
