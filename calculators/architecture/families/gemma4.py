"""Gemma 4: wider heads in full layers, shared caches, per-layer inputs, experts beside the MLP."""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.blocks import AttentionStyle, Heads, norms, softmax_attention
from calculators.architecture.families.decoder import (
    Sizes,
    Style,
    activation,
    assemble,
    check_groups,
    dense,
    read_sizes,
)
from calculators.architecture.families.llama import SANDWICH
from calculators.architecture.families.per_layer_inputs import (
    layer_modules,
    outer_modules,
    shared_from,
    without_own_cache,
)
from calculators.architecture.families.windows import (
    FULL,
    every_nth_full,
    layer_types,
    repeat,
    window_of,
)
from calculators.architecture.keys import Keys, contradiction
from calculators.architecture.model import Architecture, Attention, FeedForward, Layer
from calculators.architecture.modules import Module, vector

EXPERT_NORMS = (
    "post_feedforward_layernorm_1",
    "post_feedforward_layernorm_2",
    "pre_feedforward_layernorm_2",
)


def read_gemma4(keys: Keys) -> Architecture:
    """Return Gemma 4's language model."""
    sizes = read_sizes(keys)
    style = Style(norm_names=SANDWICH, post_norms=True)
    fallback = repeat(every_nth_full(6), sizes.layers)
    types = [*layer_types(keys, sizes.layers, fallback)[:-1], FULL]
    first = shared_from(keys, sizes.layers)
    wide = keys.flag("use_double_wide_mlp")
    width = keys.size(("intermediate_size",))
    inputs = keys.integer("hidden_size_per_layer_input", default=0, least=0)
    mixed = keys.flag("enable_moe_block")

    def make(kind: tuple[str, bool]) -> Layer:
        block = dense(keys, sizes, style, width * (2 if wide and kind[1] else 1))
        names: tuple[str, ...] = SANDWICH
        if mixed:
            block, names = _with_experts(keys, sizes, style, block), SANDWICH + EXPERT_NORMS
        if inputs:
            names = (*names, "post_per_layer_input_norm")
        return Layer(
            attention=_attention(keys, sizes, style, kind),
            feed_forward=block,
            norms=norms(names, "rms", sizes.hidden),
            post_norms=True,
            extra=layer_modules(sizes.hidden, inputs),
        )

    plan = [(name, index >= first) for index, name in enumerate(types)]
    made = assemble(keys, sizes, style, plan, make)
    if inputs:
        table = keys.integer("vocab_size_per_layer_input", default=sizes.vocab)
        made = replace(made, outer=made.outer + outer_modules(sizes, inputs, table))
    return made


def _attention(keys: Keys, sizes: Sizes, style: Style, kind: tuple[str, bool]) -> Attention:
    heads, full = sizes.heads, kind[0] == FULL
    same = full and keys.flag("attention_k_eq_v")
    if full:
        kv_heads = heads.kv_heads
        if same:
            kv_heads = keys.integer("num_global_key_value_heads", default=kv_heads)
        check_groups(heads.heads, kv_heads)
        width = keys.integer("global_head_dim", default=512)
        heads = Heads(sizes.hidden, heads.heads, kv_heads, width)
    bias = keys.flag("attention_bias")
    wanted = AttentionStyle(
        bias,
        bias,
        bias,
        qk_norm="head",
        window=window_of(keys, kind[0]),
        dropout=keys.number("attention_dropout"),
    )
    made = softmax_attention(heads, wanted, style.names)
    if same:
        made = replace(made, modules=tuple(m for m in made.modules if m.name != "v_proj"))
    return without_own_cache(made) if kind[1] else made


def _with_experts(keys: Keys, sizes: Sizes, style: Style, block: FeedForward) -> FeedForward:
    count, used = keys.integer("num_experts"), keys.integer("top_k_experts")
    width = keys.integer("moe_intermediate_size")
    if used > count:
        raise contradiction(f"{used} experts of {count}.", f"{count} 个专家中取 {used} 个。")
    routed = (
        Module("proj", "router", count, sizes.hidden),
        vector("scale", sizes.hidden),
        vector("per_expert_scale", count),
        Module("gate_up_proj", "expert", 2 * width, sizes.hidden, count=count),
        Module("down_proj", "expert", sizes.hidden, width, count=count),
    )
    return replace(
        block,
        kind="moe",
        experts=count,
        experts_per_token=used,
        expert_width=width,
        activation=activation(keys, style),
        modules=block.modules + routed,
    )
