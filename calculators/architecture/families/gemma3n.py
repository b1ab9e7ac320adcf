"""Gemma 3n: four streams side by side (AltUp), a low-rank branch (LAuReL), per-layer inputs."""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.blocks import AttentionStyle, Heads, norms, softmax_attention
from calculators.architecture.families.decoder import Style, assemble, dense, read_sizes
from calculators.architecture.families.llama import SANDWICH
from calculators.architecture.families.per_layer_inputs import (
    layer_modules,
    outer_modules,
    shared_from,
    without_own_cache,
)
from calculators.architecture.families.windows import (
    every_nth_full,
    layer_types,
    repeat,
    window_of,
)
from calculators.architecture.keys import Keys, malformed
from calculators.architecture.model import Architecture, Attention, Layer
from calculators.architecture.modules import Module, linear, vector

OWN_NORMS = ("post_laurel_norm", "router_norm", "post_per_layer_input_norm")


def read_gemma3n(keys: Keys) -> Architecture:
    """Return Gemma 3n's language model: E2B, E4B."""
    sizes = read_sizes(keys)
    bias = keys.flag("attention_bias")
    style = Style(
        attention=AttentionStyle(bias, bias, bias, qk_norm="head"),
        norm_names=(*SANDWICH, *OWN_NORMS),
        post_norms=True,
    )
    streams, rank = keys.integer("altup_num_inputs"), keys.integer("laurel_rank")
    inputs = keys.integer("hidden_size_per_layer_input")
    extra = _streams(sizes.hidden, streams, rank) + layer_modules(sizes.hidden, inputs)

    def make(kind: tuple[str, bool, int]) -> Layer:
        return Layer(
            attention=_attention(keys, style, sizes.heads, kind),
            feed_forward=dense(keys, sizes, style, kind[2]),
            norms=norms(style.norm_names, "rms", sizes.hidden),
            post_norms=True,
            extra=extra,
        )

    first = shared_from(keys, sizes.layers)
    types = layer_types(keys, sizes.layers, repeat(every_nth_full(5), sizes.layers))
    widths = _widths(keys, sizes.layers)
    plan = [(types[i], i >= first, widths[i]) for i in range(sizes.layers)]
    made = assemble(keys, sizes, style, plan, make)
    table = keys.integer("vocab_size_per_layer_input", default=sizes.vocab)
    projections = tuple(
        Module(name, "linear", sizes.hidden, sizes.hidden, count=streams - 1)
        for name in ("altup_projections", "altup_unembed_projections")
        if streams > 1
    )
    outer = (*made.outer, *outer_modules(sizes, inputs, table), *projections)
    return replace(made, outer=outer)


def _streams(hidden: int, streams: int, rank: int) -> tuple[Module, ...]:
    return (
        vector("correct_output_scale", hidden),
        linear("correction_coefs", streams, streams),
        linear("prediction_coefs", streams * streams, streams),
        linear("modality_router", streams, hidden),
        linear("linear_left", rank, hidden),
        linear("linear_right", hidden, rank),
    )


def _attention(keys: Keys, style: Style, heads: Heads, kind: tuple[str, bool, int]) -> Attention:
    wanted = replace(
        style.attention,
        window=window_of(keys, kind[0]),
        dropout=keys.number("attention_dropout"),
    )
    made = softmax_attention(heads, wanted, style.names)
    return without_own_cache(made) if kind[1] else made


def _widths(keys: Keys, layers: int) -> tuple[int, ...]:
    value = keys.raw("intermediate_size")
    if not isinstance(value, list | tuple):
        return (keys.integer("intermediate_size"),) * layers
    listed = keys.list("intermediate_size", layers) or ()
    if not all(isinstance(width, int) and width > 0 for width in listed):
        raise malformed("intermediate_size", value)
    return listed
