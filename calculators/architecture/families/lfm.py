"""Liquid's LFM2 family: gated short convolutions with attention at some layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calculators.architecture.blocks import (
    AttentionStyle,
    Names,
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
from calculators.architecture.families.mixture import after_dense, read_experts
from calculators.architecture.families.windows import FULL, SLIDING, layer_types, window_of
from calculators.architecture.keys import Keys
from calculators.architecture.model import (
    Architecture,
    Attention,
    FeedForward,
    Layer,
    LinearState,
    Norm,
)
from calculators.architecture.modules import Module, linear

CONV = "conv"
_STYLE = Style(
    attention=AttentionStyle(qk_norm="head", qk_norm_names=("q_layernorm", "k_layernorm")),
    names=Names(out="out_proj", gate="w1", up="w3", down="w2"),
    norm_names=("operator_norm", "ffn_norm"),
    final_norm=None,
)


def read_lfm2(keys: Keys) -> Architecture:
    """LFM2: every block dense, its width adjusted unless the config says otherwise."""
    sizes = read_sizes(keys)
    width = keys.integer("block_ff_dim", default=keys.integer("intermediate_size"))
    if keys.flag("block_auto_adjust_ff_dim", default=True):
        multiple = keys.integer("block_multiple_of", default=256)
        width = int(keys.number("block_ffn_dim_multiplier", default=1.0) * int(2 * width / 3))
        width = -(-width // multiple) * multiple
    blocks = (dense(keys, sizes, _STYLE, width),) * sizes.layers
    return _convolved(keys, sizes, _STYLE, _attending(keys, sizes.layers), blocks)


def read_lfm2_moe(keys: Keys) -> Architecture:
    """LFM2 MoE: the first layers dense, then mixtures."""
    sizes = read_sizes(keys)
    experts = read_experts(keys, width=keys.integer("moe_intermediate_size"))
    mixed = mixture(sizes.hidden, experts, _STYLE.names, activation=activation(keys, _STYLE))
    plain = dense(keys, sizes, _STYLE)
    routed = after_dense(keys, sizes.layers, dense_first=2)
    blocks = [mixed if flag else plain for flag in routed]
    return _convolved(keys, sizes, _STYLE, _attending(keys, sizes.layers), blocks)


def read_lfm3(keys: Keys) -> Architecture:
    """LFM3: windows in half of the attention layers, gated heads, norms after the blocks too."""
    sizes = read_sizes(keys)
    after = keys.flag("use_sandwich_norm", default=True)
    bias = keys.flag("attention_bias")
    extra = ("post_operator_norm", "post_ffn_norm") if after else ()
    style = replace(
        _STYLE,
        attention=AttentionStyle(bias, bias, bias, qk_norm="head"),
        names=replace(_STYLE.names, out="o_proj"),
        norm_names=(*_STYLE.norm_names, *extra),
        post_norms=after,
    )
    fallback = tuple(
        FULL if i % 4 == 2 else SLIDING if i % 4 == 0 and i > 0 else CONV
        for i in range(sizes.layers)
    )
    blocks = (dense(keys, sizes, style),) * sizes.layers
    return _convolved(keys, sizes, style, fallback, blocks)


def _attending(keys: Keys, layers: int) -> tuple[str, ...]:
    places = keys.places("full_attn_idxs")
    listed = range(layers) if places is None else places
    return tuple(FULL if i in listed else CONV for i in range(layers))


def _convolution(keys: Keys, hidden: int) -> Attention:
    kernel, bias = keys.integer("conv_L_cache"), keys.flag("conv_bias")
    return Attention(
        kind="linear",
        position="none",
        state=LinearState(0, 0, 0, 0, hidden, kernel),
        modules=(
            Module("conv", "conv", hidden, kernel, bias=bias),
            linear("in_proj", 3 * hidden, hidden, bias),
            linear("out_proj", hidden, hidden, bias),
        ),
    )


def _convolved(
    keys: Keys,
    sizes: Sizes,
    style: Style,
    fallback: tuple[str, ...],
    blocks: Sequence[FeedForward],
) -> Architecture:
    gated = keys.flag("use_attention_gate")

    def mixer(kind: str) -> Attention:
        if kind == CONV:
            return _convolution(keys, sizes.hidden)
        wanted = replace(style.attention, window=window_of(keys, kind))
        made = softmax_attention(sizes.heads, wanted, style.names)
        if not gated:
            return made
        gate = linear("g_proj", sizes.heads.heads, sizes.hidden)
        return replace(made, output_gate=True, modules=(*made.modules, gate))

    def make(kind: tuple[str, FeedForward]) -> Layer:
        return Layer(
            mixer(kind[0]),
            kind[1],
            norms(style.norm_names, "rms", sizes.hidden),
            post_norms=style.post_norms,
        )

    types = layer_types(keys, sizes.layers, fallback)
    made = assemble(keys, sizes, style, list(zip(types, blocks, strict=True)), make)
    tied = keys.flag("tie_embedding", default=made.tied_embeddings)
    outer = tuple(replace(m, tied=tied) if m.kind == "head" else m for m in made.outer)
    final = Norm("embedding_norm", "rms", sizes.hidden)
    return replace(made, outer=outer, tied_embeddings=tied, final_norm=final)
