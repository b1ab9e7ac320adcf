"""Inference: weights as stored, KV cache, working set and CUDA context, card by card."""

from __future__ import annotations

from dataclasses import dataclass

from calculators.capability import refuse_what_cannot_run
from calculators.case import Case
from calculators.layout import Layout
from calculators.memory import inference_formulas as f
from calculators.memory.answers import finish_memory, judged, rule_of_thumb
from calculators.memory.assumed import assume_inference
from calculators.memory.kv_formulas import cache_bytes
from calculators.memory.reserve import allocator_bytes, workspace_bytes
from calculators.memory.weights import rule_bytes_per_weight, stored_weight_bytes
from calculators.results import Calculation, Component, Memory
from calculators.rules.arithmetic import weight_bytes
from calculators.rules.cards import CUDA_CONTEXT_BYTES
from calculators.text import Text
from calculators.units import format_bytes

WEIGHTS = Text("Weights", "权重")
CACHE = Text("KV cache", "KV 缓存")
ACTIVATIONS = Text("Activations", "激活")
CONTEXT = Text("CUDA context", "CUDA 上下文")
RESERVE = Text("Allocator and workspace", "分配器与工作区")


@dataclass(frozen=True, slots=True)
class InferenceEstimate:
    """What serving takes: ``memory`` per card, ``components`` summed over the cards, in bytes."""

    cards: int
    replicas: int
    memory: Memory
    components: tuple[Component, ...]
    total_bytes: int
    weights_bytes: int
    cache_bytes: int


def estimate_inference(case: Case) -> InferenceEstimate:
    """Return the memory of serving, its defaults filled in on the case."""
    layout = assume_inference(case)
    weights = stored_weight_bytes(case)
    prompt = case.get("seq") - (case.get("new_tokens") or 0)
    cache = _cache(case, case.get("seq"))
    prefill = _working_set(case, max(prompt, 1))
    moments = {"prefill": prefill}
    if prompt < case.get("seq"):
        moments = {
            "prefill": prefill - (cache - _cache(case, max(prompt, 1), note=False)),
            "decode": _working_set(case, 1, note=False),
        }
    moment = max(moments, key=lambda name: moments[name])
    return _sum_up(case, layout, weights, cache, moments, moment)


def _cache(case: Case, tokens: int, *, note: bool = True) -> int:
    trail = case.trail if note else case.silent
    return cache_bytes(
        trail,
        case.architecture,
        tokens=tokens,
        sequences=case.get("micro_batch"),
        element_bytes=case.format("kv_dtype").bits_per_weight / 8,
    )


def _working_set(case: Case, tokens: int, *, note: bool = True) -> int:
    """Return what one forward pass over ``tokens`` new tokens of each sequence holds beside."""
    trail = case.trail if note else case.silent
    model, batch = case.architecture, case.get("micro_batch")
    held = trail.bytes(
        f.PREFILL,
        B=batch,
        s=tokens,
        e=f.widest_working_set(model),
        b_a=2,
        V=model.vocab,
        b_l=f.LOGIT_BYTES,
    )
    if case.get("attention") == "eager":
        heads = model.attention.heads
        held += trail.bytes(f.EAGER_SCORES, B=batch, a=heads, s=tokens, b_s=f.EAGER_SCORE_BYTES)
    return held


def _sum_up(
    case: Case,
    layout: Layout,
    weights: int,
    cache: int,
    moments: dict[str, int],
    moment: str,
) -> InferenceEstimate:
    replicas, shards = layout.dp, layout.shards
    split = _cache_shards(case, layout)
    context, workspace = CUDA_CONTEXT_BYTES, workspace_bytes(case.gpu)
    allocator = allocator_bytes(moments[moment])
    reserve = allocator + workspace
    one = case.trail.bytes(
        f.ONE_CARD,
        M_w=weights,
        k=shards,
        M_kv=cache,
        k_kv=split,
        M_a=moments[moment],
        M_cuda=context,
        M_r=reserve,
    )
    cards = layout.cards
    total = case.trail.bytes(f.ALL_CARDS, k=cards, M_1=one) if cards > 1 else one
    static = one - moments[moment] - context - reserve
    memory = Memory(
        peak_allocated_bytes=one - context - reserve,
        peak_moment=moment,
        context_bytes=context,
        allocator_bytes=allocator,
        workspace_bytes=workspace,
        moments={name: static + held for name, held in moments.items()},
    )
    kept = static * cards - weights * replicas
    components = (
        Component("weights", WEIGHTS, weights * replicas),
        Component("kv_cache", CACHE, kept),
        Component("activations", ACTIVATIONS, moments[moment] * cards),
        Component("cuda_context", CONTEXT, context * cards),
        Component("reserve", RESERVE, reserve * cards),
    )
    return InferenceEstimate(cards, replicas, memory, components, total, weights, cache)


def _cache_shards(case: Case, layout: Layout) -> float:
    """Return over how many cards the cache is divided.

    Tensor parallelism shares out whole KV heads, so beyond their number they are replicated;
    a latent cache has no heads and every tensor-parallel card keeps all of it. Where only a
    number of cards was given, everything is split evenly.
    """
    if layout.even > 1 or layout.shards == 1:
        return layout.shards
    attention = case.architecture.attention
    if attention.kind == "mla":
        return layout.pp
    heads_per_card = -(-attention.kv_heads // layout.tp)
    return layout.pp * attention.kv_heads / heads_per_card


def inference(case: Case) -> Calculation:
    """Return the memory of serving, summed over the cards; the FAQ's 2n GB for a bare size."""
    refuse_what_cannot_run(case)
    estimate = estimate_inference(case)
    width = rule_bytes_per_weight(case.format("weight_dtype"))
    rule_bytes = weight_bytes(case, width)
    shown, rule_shown = format_bytes(estimate.total_bytes), format_bytes(rule_bytes)
    name = case.get("weight_dtype")
    rule = rule_of_thumb(
        case,
        rule_bytes,
        f"By the FAQ, weights alone: {rule_shown}; the estimate adds KV cache, activations and "
        "CUDA context, and counts the exact parameters.",
        f"按 FAQ 只算权重：{rule_shown}；精确估算还计入 KV 缓存、激活、CUDA 上下文和准确参数量。",
    )
    leads = case.bare
    value = rule_bytes if leads else estimate.total_bytes
    lead_shown = rule_shown if leads else shown
    return finish_memory(
        case,
        value,
        headline=Text(
            f"Inference with {case.subject.en} in {name}: {lead_shown}",
            f"{case.subject.zh}（{name}）推理：{lead_shown}",
        ),
        rule=rule,
        leads=leads,
        estimate_bytes=estimate.total_bytes,
        rule_parts=(Component("weights", WEIGHTS, rule_bytes),),
        breakdown=estimate.components,
        memory=estimate.memory,
        **judged(case, estimate.memory.total_bytes),
    )
