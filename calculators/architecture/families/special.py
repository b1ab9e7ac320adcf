"""Mixtures whose layers differ in more than their feed-forward: Llama 4, MiMo-V2, DBRX, Grok."""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.blocks import AttentionStyle, Experts, Heads, Names, mixture
from calculators.architecture.families.decoder import (
    Style,
    activation,
    assemble,
    check_groups,
    dense,
    layer,
    read_sizes,
)
from calculators.architecture.families.gpt import gpt_sizes
from calculators.architecture.families.mixture import (
    after_dense,
    biased,
    interleave,
    read_experts,
    shared_experts,
)
from calculators.architecture.families.windows import (
    CHUNKED,
    FULL,
    SLIDING,
    from_types,
    layer_types,
    window_of,
)
from calculators.architecture.keys import Keys
from calculators.architecture.model import Architecture, Layer, PositionKind


def read_llama4(keys: Keys) -> Architecture:
    """Llama 4's language model: chunked attention but for every fourth layer, shared expert."""
    sizes = read_sizes(keys)
    width = keys.integer("intermediate_size")
    experts = replace(read_experts(keys, width=width), shared_width=width, router="router")
    style = Style(attention=biased(keys))
    mixed = mixture(sizes.hidden, experts, style.names, activation=activation(keys, style))
    step = keys.integer("interleave_moe_layer_step", default=1)
    listed = keys.places("moe_layers")
    routed = listed if listed is not None else range(step - 1, sizes.layers, step)
    rotary = _rotary(keys, sizes.layers)
    fallback = tuple(CHUNKED if flag else FULL for flag in rotary)
    windows = from_types(keys, sizes.layers, fallback)
    plan = [(i in routed, windows[i], bool(rotary[i])) for i in range(sizes.layers)]
    dense_width = keys.integer("intermediate_size_mlp")

    def make(kind: tuple[bool, int | None, bool]) -> Layer:
        block = mixed if kind[0] else dense(keys, sizes, style, dense_width)
        position: PositionKind = "rope" if kind[2] else "none"
        attention = replace(style.attention, window=kind[1], position=position)
        return layer(keys, sizes, style, block, attention)

    return assemble(keys, sizes, style, plan, make)


def _rotary(keys: Keys, layers: int) -> tuple[object, ...]:
    given = keys.raw("no_rope_layers")
    if given:
        return keys.list("no_rope_layers", layers) or ()
    every = keys.integer("no_rope_layer_interval", default=4)
    return tuple((index + 1) % every != 0 for index in range(layers))


def read_mimo_v2(keys: Keys) -> Architecture:
    """MiMo-V2-Flash: sliding layers with sinks and their own heads, values narrower than keys."""
    sizes = read_sizes(keys)
    full = replace(sizes.heads, v_head_dim=keys.integer("v_head_dim"))
    swa_heads = keys.integer("swa_num_attention_heads", default=full.heads)
    swa_kv = keys.integer("swa_num_key_value_heads", default=2 * full.kv_heads)
    check_groups(swa_heads, swa_kv)
    sliding = Heads(
        sizes.hidden,
        swa_heads,
        swa_kv,
        keys.integer("swa_head_dim", default=full.head_dim),
        keys.integer("swa_v_head_dim", default=full.value_dim),
    )
    types = _mimo_types(keys, sizes.layers)
    routed = _mimo_routed(keys, sizes.layers)
    width = keys.integer("moe_intermediate_size")
    experts = replace(read_experts(keys, width=width), shared_width=shared_experts(keys, width))
    style = Style(attention=biased(keys, out=False))
    mixed = mixture(sizes.hidden, experts, style.names, activation=activation(keys, style))
    sinks = {
        SLIDING: keys.flag("add_swa_attention_sink_bias", default=True),
        FULL: keys.flag("add_full_attention_sink_bias"),
    }

    def make(kind: tuple[str, bool]) -> Layer:
        attention = replace(
            style.attention, window=window_of(keys, kind[0]), sinks=sinks.get(kind[0], False)
        )
        block = mixed if kind[1] else dense(keys, sizes, style)
        heads = sliding if kind[0] == SLIDING else full
        return layer(keys, sizes, style, block, attention, heads)

    return assemble(keys, sizes, style, list(zip(types, routed, strict=True)), make)


def _mimo_types(keys: Keys, layers: int) -> tuple[str, ...]:
    pattern = keys.list("hybrid_layer_pattern", layers)
    if pattern is None:
        fallback = tuple(FULL if i == 0 or (i + 1) % 6 == 0 else SLIDING for i in range(layers))
    else:
        fallback = tuple(SLIDING if value else FULL for value in pattern)
    return layer_types(keys, layers, fallback)


def _mimo_routed(keys: Keys, layers: int) -> tuple[bool, ...]:
    if isinstance(keys.raw("moe_layer_freq"), list | tuple):
        return tuple(bool(value) for value in keys.list("moe_layer_freq", layers) or ())
    return after_dense(keys, layers)


def read_dbrx(keys: Keys) -> Architecture:
    """DBRX: fused attention, bias-free layer norms, sixteen experts as three stacked matrices."""
    attention, inner = keys.part("attn_config"), keys.part("ffn_config")
    sizes = gpt_sizes(keys, attention.integer("kv_n_heads", default=1))
    experts = Experts(
        inner.integer("moe_num_experts", default=4),
        inner.integer("moe_top_k", default=1),
        inner.integer("ffn_hidden_size", default=3584),
        router="layer",
    )
    style = Style(
        attention=AttentionStyle(fused_qkv=True),
        names=Names(qkv="Wqkv", out="out_proj", gate_up="w1_v1", down="w2"),
        norm_names=("norm_1", "norm_2"),
        norm_kind="layernorm",
        final_norm="norm_f",
        embedding="wte",
    )
    mixed = mixture(sizes.hidden, experts, style.names)
    return interleave(keys, sizes, style, mixed)
