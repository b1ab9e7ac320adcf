"""Recurrent language models: RecurrentGemma (arXiv 2404.07839) and RWKV-4 (arXiv 2305.13048).

Source of each: transformers 5.23.0, models/<family>/modeling_<family>.py.
"""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.blocks import AttentionStyle, Heads, norms, softmax_attention
from calculators.architecture.families.decoder import (
    Sizes,
    Style,
    assemble,
    dense,
    read_sizes,
)
from calculators.architecture.keys import HIDDEN, LAYERS, VOCAB, Keys, contradiction, malformed
from calculators.architecture.model import (
    Architecture,
    Attention,
    FeedForward,
    Layer,
    LinearState,
    Norm,
)
from calculators.architecture.modules import Module, linear, vector

_BLOCKS = ("recurrent", "recurrent", "attention")


def read_recurrent_gemma(keys: Keys) -> Architecture:
    """RecurrentGemma: two linear recurrences to each layer with a window."""
    sizes = read_sizes(keys)
    bias = keys.flag("attention_bias")
    style = Style(
        attention=AttentionStyle(
            bias, bias, True, window=keys.integer("attention_window_size", default=2048)
        ),
        norm_names=("temporal_pre_norm", "channel_pre_norm"),
        final_norm="final_norm",
        mlp_bias=True,
    )
    block = dense(keys, sizes, style, keys.size(("intermediate_size",)) // 2)
    mixers = {
        "attention": softmax_attention(sizes.heads, style.attention, style.names),
        "recurrent": _gated_recurrence(keys, sizes),
    }
    given = keys.raw("block_types") or _BLOCKS
    if not isinstance(given, list | tuple) or not set(given) <= set(mixers):
        raise malformed("block_types", given)
    plan = [str(given[i % len(given)]) for i in range(sizes.layers)]

    def make(kind: str) -> Layer:
        return Layer(mixers[kind], block, norms(style.norm_names, "rms", sizes.hidden))

    made = assemble(keys, sizes, style, plan, make)
    return replace(made, logit_softcap=keys.number("logits_soft_cap") or None)


def _gated_recurrence(keys: Keys, sizes: Sizes) -> Attention:
    hidden, heads = sizes.hidden, sizes.heads.heads
    width = keys.integer("lru_width", default=hidden)
    if width % heads:
        raise contradiction(
            f"lru_width {width} is not divisible by {heads} heads.",
            f"lru_width {width} 不能被 {heads} 个头整除。",
        )
    kernel = keys.integer("conv1d_width", default=4)
    gate = width * (width // heads + 1)
    return Attention(
        kind="linear",
        position="none",
        state=LinearState(1, 1, 1, width, width, kernel),
        modules=(
            linear("linear_y", width, hidden, True),
            linear("linear_x", width, hidden, True),
            linear("linear_out", hidden, width, True),
            Module("conv_1d", "conv", width, kernel, bias=True),
            vector("recurrent_param", width),
            vector("input_gate", gate),
            vector("recurrent_gate", gate),
        ),
    )


def read_rwkv(keys: Keys) -> Architecture:
    """RWKV-4: a recurrence in place of attention, and no cache that grows."""
    hidden, layers = keys.size(HIDDEN), keys.size(LAYERS)
    width = keys.integer("attention_hidden_size", default=hidden)
    inner = keys.integer("intermediate_size", default=4 * hidden)
    mixer = Attention(
        kind="linear",
        position="none",
        state=LinearState(1, 1, 3, width, hidden, 2),
        modules=(
            vector("time_decay", width),
            vector("time_first", width),
            vector("time_mix", hidden, 3),
            linear("key", width, hidden),
            linear("value", width, hidden),
            linear("receptance", width, hidden),
            linear("output", hidden, width),
        ),
    )
    block = FeedForward(
        kind="dense",
        width=inner,
        gated=False,
        activation="relu2",
        modules=(
            vector("time_mix", hidden, 2),
            linear("key", inner, hidden),
            linear("receptance", hidden, hidden),
            linear("value", hidden, inner),
        ),
    )
    style = Style(
        norm_names=("ln1", "ln2"),
        norm_kind="layernorm",
        norm_bias=True,
        final_norm="ln_out",
        embedding="embeddings",
        head="head",
    )
    after = norms(style.norm_names, "layernorm", hidden, bias=True)
    made = Layer(mixer, block, after)
    sizes = Sizes(hidden, layers, keys.size(VOCAB), Heads(hidden, 0, 0, 0))
    found = assemble(keys, sizes, style, (None,) * layers, lambda _: made)
    first = Norm("pre_ln", "layernorm", hidden, bias=True)
    return replace(found, embedding_norm=first)
