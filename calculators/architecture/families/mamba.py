"""Mamba (arXiv 2312.00752) and hybrids with it: Jamba, Falcon-H1."""

from __future__ import annotations

import math
from dataclasses import replace

from calculators.architecture.blocks import (
    AttentionStyle,
    Heads,
    mixture,
    norms,
    softmax_attention,
)
from calculators.architecture.families.decoder import (
    Sizes,
    Style,
    activation,
    assemble,
    dense,
    read_sizes,
)
from calculators.architecture.families.mixture import read_experts
from calculators.architecture.families.state_space import Mamba, mamba2
from calculators.architecture.keys import HIDDEN, LAYERS, VOCAB, Keys, malformed
from calculators.architecture.model import (
    Architecture,
    Attention,
    FeedForward,
    Layer,
    LinearState,
)
from calculators.architecture.modules import Module, linear, vector


def mamba1(
    hidden: int, inner: int, sizes: tuple[int, int, int], biases: tuple[bool, bool]
) -> Attention:
    """Return Mamba's mixer.

    ``sizes`` are the state, the kernel and the rank of the step; ``biases`` those of the
    projections and of the convolution.
    """
    state, kernel, rank = sizes
    return Attention(
        kind="linear",
        heads=1,
        kv_heads=1,
        head_dim=state,
        v_head_dim=inner,
        position="none",
        state=LinearState(1, 1, state, inner, inner, kernel),
        modules=(
            linear("in_proj", 2 * inner, hidden, biases[0]),
            Module("conv1d", "conv", inner, kernel, bias=biases[1]),
            linear("x_proj", rank + 2 * state, inner),
            linear("dt_proj", inner, rank, True),
            vector("A_log", inner * state),
            vector("D", inner),
            linear("out_proj", hidden, inner, biases[0]),
        ),
    )


def step_rank(keys: Keys, name: str, hidden: int) -> int:
    """Return the rank of the step's projection; ``auto`` is a sixteenth of the hidden size."""
    value = keys.raw(name)
    return math.ceil(hidden / 16) if value in (None, "auto") else keys.integer(name)


def read_mamba(keys: Keys) -> Architecture:
    """Mamba and Falcon-Mamba: nothing but mixers."""
    hidden, layers = keys.size(HIDDEN), keys.size(LAYERS)
    sizes = (
        keys.integer("state_size"),
        keys.integer("conv_kernel"),
        step_rank(keys, "time_step_rank", hidden),
    )
    biases = (keys.flag("use_bias"), keys.flag("use_conv_bias", default=True))
    inner = keys.integer("intermediate_size", default=keys.integer("expand", default=2) * hidden)
    made = Layer(
        mamba1(hidden, inner, sizes, biases), FeedForward("none"), norms(("norm",), "rms", hidden)
    )
    style = Style(embedding="embeddings", final_norm="norm_f")
    shape = Sizes(hidden, layers, keys.size(VOCAB), Heads(hidden, 0, 0, 0))
    return assemble(keys, shape, style, (None,) * layers, lambda _: made)


def read_jamba(keys: Keys) -> Architecture:
    """Jamba (arXiv 2403.19887): one attention layer in eight, mixtures in every other layer."""
    sizes = read_sizes(keys)
    style = Style(
        attention=AttentionStyle(position="none"),
        norm_names=("input_layernorm", "pre_ff_layernorm"),
        final_norm="final_layernorm",
    )
    state = keys.integer("mamba_d_state")
    rank = step_rank(keys, "mamba_dt_rank", sizes.hidden)
    mixer = mamba1(
        sizes.hidden,
        keys.integer("mamba_expand") * sizes.hidden,
        (state, keys.integer("mamba_d_conv"), rank),
        (keys.flag("mamba_proj_bias"), keys.flag("mamba_conv_bias", default=True)),
    )
    normed = (
        Module("dt_layernorm", "norm", rank),
        Module("b_layernorm", "norm", state),
        Module("c_layernorm", "norm", state),
    )
    mixer = replace(mixer, modules=mixer.modules + normed)
    width = keys.size(("intermediate_size",))
    experts = replace(read_experts(keys, width=width), router="router")
    routed = mixture(sizes.hidden, experts, style.names, activation=activation(keys, style))
    attends = (keys.integer("attn_layer_period"), keys.integer("attn_layer_offset", least=0))
    mixes = (keys.integer("expert_layer_period"), keys.integer("expert_layer_offset", least=0))

    def make(kind: tuple[bool, bool]) -> Layer:
        attention = softmax_attention(sizes.heads, style.attention, style.names)
        has_experts = kind[1] and experts.experts > 1
        return Layer(
            attention if kind[0] else mixer,
            routed if has_experts else dense(keys, sizes, style),
            norms(style.norm_names, "rms", sizes.hidden),
        )

    plan = [
        (index % attends[0] == attends[1], index % mixes[0] == mixes[1])
        for index in range(sizes.layers)
    ]
    return assemble(keys, sizes, style, plan, make)


def read_falcon_h1(keys: Keys) -> Architecture:
    """Falcon-H1: Mamba-2 and attention side by side in every layer."""
    sizes = read_sizes(keys)
    bias = keys.flag("attention_bias")
    style = Style(
        attention=AttentionStyle(bias, bias, bias),
        norm_names=("input_layernorm", "pre_ff_layernorm"),
        final_norm="final_layernorm",
        mlp_bias=keys.flag("mlp_bias"),
    )
    heads = keys.integer("mamba_n_heads")
    inner = keys.integer(
        "mamba_d_ssm", default=keys.integer("mamba_expand", default=2) * sizes.hidden
    )
    given = keys.raw("mamba_d_head")
    width = inner // heads if given in (None, "auto") else keys.integer("mamba_d_head")
    if heads * width != inner:
        raise malformed("mamba_n_heads", heads)
    ssm = mamba2(
        sizes.hidden,
        Mamba(
            heads,
            width,
            keys.integer("mamba_n_groups"),
            keys.integer("mamba_d_state"),
            keys.integer("mamba_d_conv"),
            keys.flag("mamba_conv_bias", default=True),
            keys.flag("mamba_proj_bias"),
        ),
    )
    normed = keys.flag("mamba_rms_norm")
    out_bias = keys.flag("projectors_bias")
    beside = tuple(
        replace(m, bias=out_bias) if m.name == "out_proj" else m
        for m in ssm.modules
        if m.name != "norm" or normed
    )
    attention = softmax_attention(sizes.heads, style.attention, style.names)
    both = replace(attention, state=ssm.state, modules=attention.modules + beside)
    made = Layer(both, dense(keys, sizes, style), norms(style.norm_names, "rms", sizes.hidden))
    return assemble(keys, sizes, style, (None,) * sizes.layers, lambda _: made)
