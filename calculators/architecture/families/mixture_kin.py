"""Further mixtures of experts: Aria, Command A MoE, Laguna, Mellum, MiniMax-M3.

Source of each: transformers 5.23.0, models/<family>/modeling_<family>.py.
"""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.blocks import AttentionStyle, mixture, norms, softmax_attention
from calculators.architecture.families.decoder import (
    Style,
    activation,
    assemble,
    check_groups,
    dense,
    layer,
    read_sizes,
)
from calculators.architecture.families.mixture import (
    after_dense,
    biased,
    layer_count,
    read_experts,
    shared_experts,
    sparse,
)
from calculators.architecture.families.windows import (
    FULL,
    every_nth_full,
    from_types,
    layer_types,
    repeat,
)
from calculators.architecture.keys import Keys, malformed
from calculators.architecture.model import Architecture, Layer
from calculators.architecture.modules import Module, linear

_M3_SPARSE = "minimax_m3_sparse"


def read_aria(keys: Keys) -> Architecture:
    """Aria: every layer a mixture with shared experts."""
    width = keys.integer("intermediate_size")
    experts = replace(
        read_experts(keys, width=width),
        shared_width=shared_experts(keys, width),
        router="router",
    )
    style = Style(attention=biased(keys), mlp_bias=keys.flag("mlp_bias"))
    return sparse(keys, style, experts)


def read_cohere2_moe(keys: Keys) -> Architecture:
    """Command A's mixtures: one norm, blocks in parallel, dense layers of their own width."""
    sizes = read_sizes(keys)
    width = keys.integer("intermediate_size")
    experts = replace(read_experts(keys, width=width), shared_width=shared_experts(keys, width))
    style = Style(
        attention=biased(keys),
        norm_names=("input_layernorm",),
        norm_kind="layernorm",
        parallel=True,
    )
    mixed = mixture(sizes.hidden, experts, style.names, activation=activation(keys, style))
    routed = after_dense(keys, sizes.layers, dense_first=0)
    first = keys.integer("first_k_dense_replace", default=0, least=0)
    nth = keys.integer("sliding_window_pattern", default=4)
    early = keys.integer("prefix_dense_sliding_window_pattern", default=1)
    fallback = (
        *repeat(every_nth_full(early), min(first, sizes.layers)),
        *repeat(every_nth_full(nth), max(sizes.layers - first, 0)),
    )
    seen = from_types(keys, sizes.layers, fallback)

    def make(kind: tuple[bool, int | None]) -> Layer:
        narrow = None if kind[0] else keys.optional("prefix_dense_intermediate_size")
        block = mixed if kind[0] else dense(keys, sizes, style, narrow)
        return layer(keys, sizes, style, block, replace(style.attention, window=kind[1]))

    return assemble(keys, sizes, style, list(zip(routed, seen, strict=True)), make)


def read_mellum(keys: Keys) -> Architecture:
    """Mellum: Qwen3-MoE's block with a type per layer for attention and for the block."""

    def windows(keys: Keys, layers: int) -> tuple[int | None, ...]:
        return from_types(keys, layers, (FULL,) * layers)

    experts = read_experts(keys, width=keys.integer("moe_intermediate_size"))
    routed = after_dense(keys, layer_count(keys), dense_first=0)
    return sparse(keys, Style(attention=biased(keys, qk_norm="head")), experts, routed, windows)


def read_laguna(keys: Keys) -> Architecture:
    """Laguna: heads by layer, a gate on attention's output, a shared expert, a learned offset."""
    sizes = read_sizes(keys)
    style = Style(attention=biased(keys, qk_norm="head"))
    experts = replace(
        read_experts(keys, width=keys.integer("moe_intermediate_size")),
        shared_width=keys.integer("shared_expert_intermediate_size", default=0, least=0),
        correction="e_score_correction_bias",
    )
    mixed = mixture(sizes.hidden, experts, style.names, activation=activation(keys, style))
    counts = keys.list("num_attention_heads_per_layer", sizes.layers)
    heads = (sizes.heads.heads,) * sizes.layers if counts is None else counts
    if not all(isinstance(count, int) and count > 0 for count in heads):
        raise malformed("num_attention_heads_per_layer", counts)
    by_head = keys.raw("gating") in (None, True, "per-head")

    def make(kind: tuple[bool, int | None, int]) -> Layer:
        check_groups(kind[2], sizes.heads.kv_heads)
        own = replace(sizes.heads, heads=kind[2])
        mixer = softmax_attention(own, replace(style.attention, window=kind[1]), style.names)
        rows = kind[2] if by_head else mixer.q_dim
        gate = linear("g_proj", rows, sizes.hidden)
        return Layer(
            attention=replace(mixer, output_gate=True, modules=(*mixer.modules, gate)),
            feed_forward=mixed if kind[0] else dense(keys, sizes, style),
            norms=norms(style.norm_names, "rms", sizes.hidden),
        )

    routed = after_dense(keys, sizes.layers)
    seen = from_types(keys, sizes.layers, (FULL,) * sizes.layers)
    return assemble(keys, sizes, style, list(zip(routed, seen, heads, strict=True)), make)


def read_minimax_m3(keys: Keys) -> Architecture:
    """MiniMax-M3: head norms, a shared expert, an indexer in the sparse layers."""
    sizes = read_sizes(keys)
    style = Style(attention=AttentionStyle(qk_norm="head"), fused_gate_up=True)
    experts = read_experts(keys, width=keys.integer("intermediate_size"))
    mixed = mixture(sizes.hidden, experts, style.names, activation=activation(keys, style))
    shared = keys.integer("shared_intermediate_size", default=0, least=0)
    if shared:
        block = dense(keys, sizes, style, shared)
        mixed = replace(mixed, shared_width=shared, modules=mixed.modules + block.modules)
    width = keys.integer("dense_intermediate_size")
    given = keys.part("sparse_attention_config")
    fallback = (FULL,) * sizes.layers
    listed = given.list("sparse_attention_freq", sizes.layers)
    if listed is not None:
        fallback = tuple(_M3_SPARSE if value else FULL for value in listed)
    indexer = _m3_indexer(keys, given, sizes.hidden)

    def make(kind: tuple[bool, str]) -> Layer:
        block = mixed if kind[0] else dense(keys, sizes, style, width)
        made = layer(keys, sizes, style, block)
        if kind[1] == FULL:
            return made
        if kind[1] != _M3_SPARSE:
            raise malformed("layer_types", kind[1])
        own = replace(made.attention, modules=made.attention.modules + indexer)
        return replace(made, attention=own)

    types = layer_types(keys, sizes.layers, fallback)
    plan = list(zip(_m3_routed(keys, sizes.layers), types, strict=True))
    return assemble(keys, sizes, style, plan, make)


def _m3_routed(keys: Keys, layers: int) -> tuple[bool, ...]:
    listed = keys.raw("moe_layer_freq")
    if isinstance(listed, list) and keys.raw("mlp_layer_types") is None:
        return tuple(bool(value) for value in keys.list("moe_layer_freq", layers) or ())
    return after_dense(keys, layers, dense_first=0)


def _m3_indexer(keys: Keys, given: Keys, hidden: int) -> tuple[Module, ...]:
    heads = given.integer("sparse_num_index_heads", default=keys.integer("index_n_heads"))
    width = given.integer("sparse_index_dim", default=keys.integer("index_head_dim"))
    return (
        linear("q_proj", heads * width, hidden),
        linear("k_proj", width, hidden),
        Module("q_norm", "norm", width),
        Module("k_norm", "norm", width),
    )
