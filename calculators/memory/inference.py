"""Inference: weights as stored, KV cache, working set and CUDA context, card by card."""

from __future__ import annotations

from dataclasses import dataclass

from calculators.case import Case
from calculators.layout import Layout
from calculators.memory import inference_formulas as f
from calculators.memory.assumed import assume_inference
from calculators.memory.inference_engines import OlderTotals
from calculators.memory.kv_formulas import cache_bytes
from calculators.memory.reserve import RESERVE as RESERVED
from calculators.memory.reserve import allocator_bytes, workspace_bytes
from calculators.memory.weights import stored_weight_bytes
from calculators.results import Assumption, Component, Memory
from calculators.rules.cards import CUDA_CONTEXT_BYTES
from calculators.text import Text
from calculators.trail import Trail, whole_bytes

WEIGHTS = Text("Weights", "权重")
CACHE = Text("KV cache", "KV 缓存")
ACTIVATIONS = Text("Activations", "激活")
CONTEXT = Text("CUDA context", "CUDA 上下文")
RESERVE = Text("Allocator and workspace", "分配器与工作区")

CHUNK_TOKENS = 8192
"""vLLM's usual budget of tokens for one pass of a chunked prefill, over all sequences."""

ALL_LOGIT_BYTES = 2 + 4
"""Bytes of each logit of a prompt in 16 bits and in fp32."""

UNPACKING = ("nf4", "nf4-dq", "fp4", "fp4-dq")
"""Formats of bitsandbytes, which unpacks a weight for each product of more than one token."""


@dataclass(frozen=True, slots=True)
class InferenceEstimate:
    """What serving takes: ``memory`` per card, ``components`` summed over the cards, in bytes.

    ``one_pass_bytes`` is the total when all prompts pass at once, None where they do anyway;
    ``older`` those of older transformers, None where another engine is asked about.
    """

    cards: int
    replicas: int
    memory: Memory
    components: tuple[Component, ...]
    total_bytes: int
    weights_bytes: int
    cache_bytes: int
    one_pass_bytes: int | None = None
    older: OlderTotals | None = None


def estimate_inference(case: Case, *, note: bool = True) -> InferenceEstimate:
    """Return the memory of serving, its defaults filled in on the case.

    Without ``note`` only the weights and the cache stand in the working, for answers about
    something else than memory.
    """
    layout, weights, split = ready(case)
    moments = _moments(case)
    # Only the largest moment is shown, which is known once all of them are.
    scan = case.silent if case.working else case.trail
    held = {n: _held(case, scan, tokens, layout, note_set=note) for n, tokens in moments.items()}
    loads = {name: kept / split + extra for name, (kept, extra) in held.items()}
    peak = max(loads, key=lambda name: loads[name])
    largest = max(loads, key=lambda name: loads[name] + _reserve(case, held[name][1]))
    whole_cache = max(kept for kept, _ in held.values())
    if case.working and (not note or held[largest][0] < whole_cache):
        _cache(case, case.trail, max(cached for cached, _ in moments.values()))
    if case.working and note:
        _held(case, case.trail, moments[largest], layout)
    working_set = held[largest][1]
    one = _one_card(case, case.trail if note else case.silent, layout, weights, held[largest])
    allocated = one - CUDA_CONTEXT_BYTES - _reserve(case, working_set)
    if peak != largest:
        allocated += whole_bytes(loads[peak]) - whole_bytes(loads[largest])
    workspace = workspace_bytes(case.gpu)
    static = -(-weights // layout.shards)
    memory = Memory(
        peak_allocated_bytes=allocated,
        peak_moment=peak,
        context_bytes=CUDA_CONTEXT_BYTES,
        allocator_bytes=one - CUDA_CONTEXT_BYTES - workspace - allocated,
        workspace_bytes=workspace,
        moments={name: static + whole_bytes(load) for name, load in loads.items()}
        if len(loads) > 1
        else {peak: allocated},
    )
    cards = layout.cards
    total = one * cards
    if cards > 1 and note:
        total = case.trail.bytes(f.ALL_CARDS, k=cards, M_1=one)
    more = _more_in_one_pass(case, layout, weights, one) if note else None
    return InferenceEstimate(
        cards=cards,
        replicas=layout.dp,
        memory=memory,
        components=_components(case, layout, weights, (held[largest], whole_cache), total),
        total_bytes=total,
        weights_bytes=weights,
        cache_bytes=whole_cache,
        one_pass_bytes=None if more is None else total + more * cards,
        older=_older_totals(case, memory, total, held, layout) if note else None,
    )


def ready(case: Case) -> tuple[Layout, int, float]:
    """Return layout, bytes of the weights and shards of the cache, whatever is served at once."""

    def found() -> tuple[Layout, int, float]:
        layout = assume_inference(case)
        return layout, stored_weight_bytes(case), cache_shards(case, layout)

    return case.known("ready to serve", found)


def _moments(case: Case) -> dict[str, tuple[int, int]]:
    """Return by moment the tokens cached of a sequence, and those of a pass over all of them.

    An engine that batches continuously prefills in chunks of a budget for all its sequences;
    transformers' own generation passes every prompt at once.
    """
    tokens, generated = case.get("seq"), case.get("new_tokens") or 0
    prompt, batch = max(1, tokens - generated), case.get("micro_batch")
    passing = prompt * batch
    if passing > CHUNK_TOKENS and not _in_one_pass(case):
        passing = max(CHUNK_TOKENS, batch)
        text = Text(
            f"an engine with continuous batching: prompts pass in chunks of {CHUNK_TOKENS:,} "
            "tokens over all sequences",
            f"按连续批处理的推理引擎：预填充分块，所有序列合计每次 {CHUNK_TOKENS:,} 个 token",
        )
        assumed = Assumption("code", None, text)
        if assumed not in case.assumptions:
            case.assumptions.append(assumed)
    moments = {"prefill": (prompt, passing)}
    if generated:
        moments["decode"] = (tokens, batch)
    return moments


def _in_one_pass(case: Case) -> bool:
    return bool(case.get("code") == "transformers" or case.get("attention") == "eager")


def _held(
    case: Case,
    trail: Trail,
    tokens: tuple[int, int],
    layout: Layout,
    *,
    note_set: bool = True,
) -> tuple[int, int]:
    """Return the bytes of the whole cache, and of the working set on a card."""
    cached, passing = tokens
    model, batch = case.architecture, case.get("micro_batch")
    cache = _cache(case, trail, cached)
    trail = trail if note_set else case.silent
    held = trail.bytes(
        f.PREFILL,
        T=passing,
        e=f.widest_working_set(model, layout.tp),
        b_a=2,
        B=batch,
        V=model.vocab,
        b_l=f.LOGIT_BYTES,
    )
    if passing > 1 and case.format("weight_dtype").id in UNPACKING:
        held += trail.bytes(f.UNPACKED, n_m=f.largest_matrix(model, layout.tp), b_a=2)
    if case.get("attention") == "eager":
        heads, each = model.attention.heads, passing // batch
        held += trail.bytes(f.EAGER_SCORES, B=batch, a=heads, s=each, b_s=f.EAGER_SCORE_BYTES)
    return cache, held


def _cache(case: Case, trail: Trail, tokens: int) -> int:
    return cache_bytes(
        trail,
        case.architecture,
        tokens=tokens,
        sequences=case.get("micro_batch"),
        element_bytes=case.format("kv_dtype").bits_per_weight / 8,
    )


def _reserve(case: Case, working_set: int) -> int:
    return allocator_bytes(working_set) + workspace_bytes(case.gpu)


def _one_card(case: Case, trail: Trail, layout: Layout, weights: int, held: tuple[int, int]) -> int:
    cache, working_set = held
    workspace = workspace_bytes(case.gpu)
    trail.bytes(RESERVED, M_alloc=allocator_bytes(working_set), M_ws=workspace)
    return trail.bytes(
        f.ONE_CARD,
        M_w=weights,
        k=layout.shards,
        M_kv=cache,
        k_kv=cache_shards(case, layout),
        M_a=working_set,
        M_cuda=CUDA_CONTEXT_BYTES,
        M_r=_reserve(case, working_set),
    )


def _components(
    case: Case,
    layout: Layout,
    weights: int,
    held: tuple[tuple[int, int], int],
    total: int,
) -> tuple[Component, ...]:
    """Return the parts over all cards, of the moment ``held`` and the whole cache.

    The cache is what remains of the total. Where the moment comes before the cache is full, it
    is the activations that remain: what they need beyond the room that the cache grows into.
    """
    (kept, working_set), whole_cache = held
    cards, replicas = layout.cards, layout.dp
    context, reserve = CUDA_CONTEXT_BYTES * cards, _reserve(case, working_set) * cards
    rest = total - weights * replicas - context - reserve
    activations = working_set * cards
    if kept < whole_cache:
        activations = rest - whole_bytes(whole_cache / cache_shards(case, layout)) * cards
    return (
        Component("weights", WEIGHTS, weights * replicas),
        Component("kv_cache", CACHE, rest - activations),
        Component("activations", ACTIVATIONS, activations),
        Component("cuda_context", CONTEXT, context),
        Component("reserve", RESERVE, reserve),
    )


def cache_shards(case: Case, layout: Layout) -> float:
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


def _more_in_one_pass(case: Case, layout: Layout, weights: int, one: int) -> int | None:
    """Return what a card needs beyond ``one`` when all prompts pass at once; None where they do."""
    prompt = max(1, case.get("seq") - (case.get("new_tokens") or 0))
    tokens = prompt * case.get("micro_batch")
    if tokens <= CHUNK_TOKENS or _in_one_pass(case):
        return None
    whole = _held(case, case.silent, (prompt, tokens), layout)
    return max(0, _one_card(case, case.silent, layout, weights, whole) - one)


def _older_totals(
    case: Case,
    memory: Memory,
    total: int,
    held: dict[str, tuple[int, int]],
    layout: Layout,
) -> OlderTotals | None:
    """Return what older versions of transformers take; None where no prompt is among the moments.

    Until 4.45 its models made the logits of a whole prompt, and once more in fp32; of the layers
    only the last one's output is still there then, plain and normed. Until 4.36 a step made each
    layer's cache anew beside the old one, the output of the step before still at hand: that of
    the prompt with all its logits.
    """
    if not _in_one_pass(case) or "prefill" not in memory.moments:
        return None
    model, (kept, working_set) = case.architecture, held["prefill"]
    prompt = max(1, case.get("seq") - (case.get("new_tokens") or 0)) * case.get("micro_batch")
    split = cache_shards(case, layout)
    before = memory.moments["prefill"] - working_set  # weights and the prompt's cache
    at_the_head = before + prompt * (model.vocab * ALL_LOGIT_BYTES + 2 * model.hidden * 2)
    peak = max(memory.peak_allocated_bytes, at_the_head)
    grown, _ = held.get("decode", (0, 0))
    first = before + whole_bytes(kept / split) + prompt * model.vocab * f.LOGIT_BYTES
    last = memory.moments.get("decode", 0) + whole_bytes(grown / split)
    anew = max(peak, first, last)
    return OlderTotals(
        all_logits_bytes=total + peak - memory.peak_allocated_bytes,
        cache_anew_bytes=total + anew - memory.peak_allocated_bytes,
    )
