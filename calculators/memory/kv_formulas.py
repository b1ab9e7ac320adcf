"""The key-value cache as formulas: full, windowed and latent layers, and fixed linear states.

Sources: arXiv 2305.13245 (grouped-query attention), 2405.04434 (latent attention), 2310.06825
(sliding window), 2309.06180 (what a serving engine stores).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from calculators import quantities as q
from calculators.architecture import Architecture, Attention, Layer
from calculators.architecture_facts import fact
from calculators.formula import Quantity, define, minimum
from calculators.quantities import size
from calculators.results import Number, Source
from calculators.text import Text
from calculators.trail import Trail, whole_bytes

GQA = Source("Grouped-query attention", "arXiv 2305.13245, section 2")
MLA = Source("DeepSeek-V2, multi-head latent attention", "arXiv 2405.04434, section 2.1")
WINDOWED = Source("Mistral 7B, rolling cache", "arXiv 2310.06825, section 2")

KV_HEADS = Quantity("h_kv", Text("key-value heads", "KV 头数"), "count", integer=True, minimum=1)
HEAD_DIM = Quantity("d", Text("head dimension", "头维度"), "count", integer=True, minimum=1)
VALUE_DIM = Quantity("d_v", Text("value head dimension", "V 头维度"), "count", integer=True)
WINDOW = Quantity("w", Text("window", "滑动窗口"), "tokens", integer=True, minimum=1)
RANK = Quantity("r_kv", Text("latent width", "潜在向量宽度"), "count", integer=True, minimum=1)
ROPE_DIM = Quantity("d_r", Text("rotary key width", "旋转位置键宽度"), "count", integer=True)
CACHE = size("M_kv", "KV cache", "KV 缓存")

_TAIL = (q.TOKENS, q.BATCH, q.CACHE_BYTES)

FULL = define(
    "kv_cache",
    title=Text("KV cache", "KV 缓存"),
    result=CACHE,
    symbols=(q.LAYERS, KV_HEADS, HEAD_DIM, *_TAIL),
    expression=lambda layers, h, d, s, batch, b: 2 * layers * h * d * s * batch * b,
    source=GQA,
)
UNEVEN = define(
    "kv_cache_uneven_heads",
    title=Text("KV cache, keys and values of different width", "KV 缓存（K 与 V 宽度不同）"),
    result=CACHE,
    symbols=(q.LAYERS, KV_HEADS, HEAD_DIM, VALUE_DIM, *_TAIL),
    expression=lambda layers, h, d, d_v, s, batch, b: layers * h * (d + d_v) * s * batch * b,
    source=GQA,
)
SLIDING = define(
    "kv_cache_window",
    title=Text("KV cache of the sliding-window layers", "滑动窗口层的 KV 缓存"),
    result=size("M_win", "KV cache of windowed layers", "窗口层 KV 缓存"),
    symbols=(q.LAYERS, KV_HEADS, HEAD_DIM, q.TOKENS, WINDOW, q.BATCH, q.CACHE_BYTES),
    expression=lambda layers, h, d, s, w, batch, b: 2 * layers * h * d * minimum(s, w) * batch * b,
    source=WINDOWED,
)
SLIDING_UNEVEN = define(
    "kv_cache_window_uneven_heads",
    title=Text(
        "KV cache of the sliding-window layers, keys and values of different width",
        "滑动窗口层的 KV 缓存（K 与 V 宽度不同）",
    ),
    result=SLIDING.result,
    symbols=(q.LAYERS, KV_HEADS, HEAD_DIM, VALUE_DIM, q.TOKENS, WINDOW, q.BATCH, q.CACHE_BYTES),
    expression=lambda layers, h, d, d_v, s, w, batch, b: (
        layers * h * (d + d_v) * minimum(s, w) * batch * b
    ),
    source=WINDOWED,
)
LATENT = define(
    "kv_cache_latent",
    title=Text("KV cache of latent attention", "潜在注意力（MLA）的 KV 缓存"),
    result=CACHE,
    symbols=(q.LAYERS, RANK, ROPE_DIM, *_TAIL),
    expression=lambda layers, r, d_r, s, batch, b: layers * (r + d_r) * s * batch * b,
    source=MLA,
)
STATES = define(
    "linear_attention_state",
    title=Text("Fixed state of the linear-attention layers", "线性注意力层的固定状态"),
    result=size("M_lin", "linear-attention state", "线性注意力状态"),
    symbols=(q.LAYERS, size("m_s", "state of one layer and sequence", "单层单序列状态"), q.BATCH),
    expression=lambda layers, state, batch: layers * state * batch,
    source=Source("Gated linear attention", "arXiv 2312.06635, section 2"),
)

SUM = define(
    "kv_cache_sum",
    title=Text("Whole cache", "缓存合计"),
    result=size("M_all", "whole cache", "缓存合计"),
    symbols=(
        size("M_before", "cache so far", "已计入的缓存"),
        size("M_next", "cache of the other layers", "其余层的缓存"),
    ),
    expression=lambda before, more: before + more,
    source=GQA,
)


PER_CARD = define(
    "kv_cache_per_card",
    title=Text("Share of one card", "单卡份额"),
    result=size("M_1", "KV cache of one card", "单卡 KV 缓存"),
    symbols=(
        CACHE,
        Quantity("k_kv", Text("cards that share the cache", "均分缓存的卡数"), "count"),
    ),
    expression=lambda cache, k: cache / k,
    source=GQA,
)


def cache_bytes(
    trail: Trail,
    architecture: Architecture,
    *,
    tokens: int,
    sequences: int,
    element_bytes: float,
) -> int:
    """Return the bytes of the cache of ``sequences`` texts of ``tokens`` tokens, noting steps.

    Layers that keep alike are one step. Fixed states of linear-attention layers count too.
    """
    tail: dict[str, Number] = {"s": tokens, "B": sequences, "b_kv": element_bytes}
    total: Number = 0
    for attention, layers in fact(architecture, "alike", lambda: _alike(architecture.groups)):
        for part in _parts(trail, attention, layers, tail):
            total = trail.run(SUM, M_before=total, M_next=part) if total else part
    return whole_bytes(total)


def _alike(groups: Iterable[tuple[Layer, int]]) -> list[tuple[Attention, int]]:
    """Merge groups of layers that keep the same per token."""
    merged: dict[tuple[object, ...], tuple[Attention, int]] = {}
    for layer, count in groups:
        a = layer.attention
        widths = (a.kv_heads, a.head_dim, a.v_head_dim, a.kv_lora_rank, a.rope_dim)
        key = (a.kind, a.window, a.shares_cache, id(a.state), *widths)
        before = merged[key][1] if key in merged else 0
        merged[key] = (a, before + count)
    return list(merged.values())


def _parts(
    trail: Trail, attention: Attention, layers: int, tail: dict[str, Number]
) -> Iterator[Number]:
    """Yield what ``layers`` keep of each token, and their fixed states; Falcon-H1 has both."""
    if attention.kind in ("mla", "mha") and not attention.shares_cache:
        yield _of_tokens(trail, attention, layers, tail)
    state = attention.state
    if state is not None:
        one = state.recurrent_elements * state.recurrent_bytes + state.conv_elements * 2
        yield trail.run(STATES, L=layers, m_s=one, B=tail["B"])


def _of_tokens(trail: Trail, attention: Attention, layers: int, tail: dict[str, Number]) -> Number:
    if attention.kind == "mla":
        ranks = {"r_kv": attention.kv_lora_rank or 0, "d_r": attention.rope_dim}
        return trail.run(LATENT, L=layers, **ranks, **tail)
    heads = {"L": layers, "h_kv": attention.kv_heads, "d": attention.head_dim}
    uneven = attention.v_head_dim != attention.head_dim
    if attention.window is not None and uneven:
        heads |= {"d_v": attention.v_head_dim, "w": attention.window}
        return trail.run(SLIDING_UNEVEN, **heads, **tail)
    if attention.window is not None:
        return trail.run(SLIDING, **heads, w=attention.window, **tail)
    if uneven:
        return trail.run(UNEVEN, **heads, d_v=attention.v_head_dim, **tail)
    return trail.run(FULL, **heads, **tail)
