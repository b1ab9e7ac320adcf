"""Hybrids of softmax and linear attention: Qwen3-Next, Qwen3.5, MiniMax-Text-01."""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.blocks import AttentionStyle, mixture, norms, softmax_attention
from calculators.architecture.families.decoder import (
    Sizes,
    Style,
    activation,
    assemble,
    dense,
    read_sizes,
)
from calculators.architecture.families.mixture import qwen_routed, read_experts
from calculators.architecture.families.windows import (
    FULL,
    LINEAR,
    every_nth_full,
    layer_types,
    repeat,
    window_of,
)
from calculators.architecture.keys import Keys, contradiction
from calculators.architecture.model import Architecture, Attention, FeedForward, Layer, LinearState
from calculators.architecture.modules import Module, linear, vector


def gated_delta_net(keys: Keys, hidden: int, *, fused: bool) -> Attention:
    """Return the gated delta rule's mixer (arXiv 2412.06464) as Qwen3-Next has it."""
    state = LinearState(
        key_heads=keys.integer("linear_num_key_heads"),
        value_heads=keys.integer("linear_num_value_heads"),
        key_dim=keys.integer("linear_key_head_dim"),
        value_dim=keys.integer("linear_value_head_dim"),
        conv_dim=0,
        conv_kernel=keys.integer("linear_conv_kernel_dim"),
    )
    if state.value_heads % state.key_heads:
        raise contradiction(
            f"{state.value_heads} value heads cannot share {state.key_heads} key heads evenly.",
            f"{state.value_heads} 个值头不能平均共享 {state.key_heads} 个键头。",
        )
    keyed, valued = state.key_heads * state.key_dim, state.value_heads * state.value_dim
    state = replace(state, conv_dim=2 * keyed + valued)
    if fused:
        inputs = [
            linear("in_proj_qkvz", 2 * keyed + 2 * valued, hidden),
            linear("in_proj_ba", 2 * state.value_heads, hidden),
        ]
    else:
        inputs = [
            linear("in_proj_qkv", 2 * keyed + valued, hidden),
            linear("in_proj_z", valued, hidden),
            linear("in_proj_b", state.value_heads, hidden),
            linear("in_proj_a", state.value_heads, hidden),
        ]
    return Attention(
        kind="linear",
        heads=state.value_heads,
        kv_heads=state.key_heads,
        head_dim=state.key_dim,
        v_head_dim=state.value_dim,
        position="none",
        state=state,
        modules=(
            *inputs,
            Module("conv1d", "conv", state.conv_dim, state.conv_kernel),
            vector("dt_bias", state.value_heads),
            vector("A_log", state.value_heads),
            Module("norm", "norm", state.value_dim),
            linear("out_proj", hidden, valued),
        ),
    )


def _qwen_hybrid(
    keys: Keys, mixed: FeedForward | None, sizes: Sizes, style: Style, *, fused: bool
) -> Architecture:
    bias = keys.flag("attention_bias")
    full = replace(
        style.attention,
        q_bias=bias,
        kv_bias=bias,
        out_bias=bias,
        qk_norm="head",
        output_gate=True,
        dropout=keys.number("attention_dropout"),
    )
    nth = keys.integer("full_attention_interval", default=4)
    fallback = tuple(
        FULL if kind == FULL else LINEAR for kind in repeat(every_nth_full(nth), sizes.layers)
    )
    types = layer_types(keys, sizes.layers, fallback)
    routed = qwen_routed(keys, sizes.layers) if mixed is not None else (False,) * sizes.layers

    def make(kind: tuple[str, bool]) -> Layer:
        if kind[0] == LINEAR:
            mixer = gated_delta_net(keys, sizes.hidden, fused=fused)
        else:
            windowed = replace(full, window=window_of(keys, kind[0]))
            mixer = softmax_attention(sizes.heads, windowed, style.names)
        block = mixed if mixed is not None and kind[1] else dense(keys, sizes, style)
        return Layer(mixer, block, norms(style.norm_names, "rms", sizes.hidden))

    return assemble(keys, sizes, style, list(zip(types, routed, strict=True)), make)


def read_qwen3_next(keys: Keys) -> Architecture:
    """Qwen3-Next: three delta-net layers to each gated full one, mixtures with a shared expert."""
    sizes, style = read_sizes(keys), Style(attention=AttentionStyle())
    return _qwen_hybrid(keys, _qwen_mixture(keys, sizes, style), sizes, style, fused=True)


def read_qwen3_5(keys: Keys) -> Architecture:
    """Qwen3.5 dense: Qwen3-Next's mixers with separate input projections."""
    return _qwen_hybrid(keys, None, read_sizes(keys), Style(), fused=False)


def read_qwen3_5_moe(keys: Keys) -> Architecture:
    """Qwen3.5 mixtures."""
    sizes, style = read_sizes(keys), Style()
    return _qwen_hybrid(keys, _qwen_mixture(keys, sizes, style), sizes, style, fused=False)


def _qwen_mixture(keys: Keys, sizes: Sizes, style: Style) -> FeedForward:
    experts = replace(
        read_experts(keys, width=keys.integer("moe_intermediate_size")),
        shared_width=keys.integer("shared_expert_intermediate_size"),
        shared_gate=True,
    )
    return mixture(sizes.hidden, experts, style.names, activation=activation(keys, style))


def lightning_attention(sizes: Sizes) -> Attention:
    """Return MiniMax's lightning attention (arXiv 2501.08313, section 2.2)."""
    heads, width = sizes.heads.heads, sizes.heads.heads * sizes.heads.head_dim
    return Attention(
        kind="linear",
        heads=heads,
        kv_heads=heads,
        head_dim=sizes.heads.head_dim,
        v_head_dim=sizes.heads.head_dim,
        position="none",
        state=LinearState(heads, heads, sizes.heads.head_dim, sizes.heads.head_dim, 0, 0),
        modules=(
            Module("norm", "norm", width),
            linear("qkv_proj", 3 * width, sizes.hidden),
            linear("out_proj", sizes.hidden, width),
            linear("output_gate", width, sizes.hidden),
        ),
    )


def read_minimax(keys: Keys) -> Architecture:
    """MiniMax-Text-01: lightning attention with a softmax layer at intervals, mixtures."""
    sizes, style = read_sizes(keys), Style()
    experts = read_experts(keys, width=keys.integer("intermediate_size"))
    mixed = mixture(sizes.hidden, experts, style.names, activation=activation(keys, style))
    listed = keys.list("attn_type_list", sizes.layers)
    if listed is None:
        fallback = tuple(FULL if i % 2 == 0 else LINEAR for i in range(sizes.layers))
    else:
        fallback = tuple(FULL if value else LINEAR for value in listed)
    types = layer_types(keys, sizes.layers, fallback)

    def make(kind: str) -> Layer:
        if kind == LINEAR:
            mixer = lightning_attention(sizes)
        else:
            attention = replace(style.attention, window=window_of(keys, kind))
            mixer = softmax_attention(sizes.heads, attention, style.names)
        return Layer(mixer, mixed, norms(style.norm_names, "rms", sizes.hidden))

    return assemble(keys, sizes, style, types, make)
