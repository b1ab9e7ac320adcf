"""Nemotron models from architecture search (DeciLM): every layer has its own block config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calculators.architecture.blocks import (
    AttentionStyle,
    Heads,
    dense_feed_forward,
    norms,
    softmax_attention,
)
from calculators.architecture.families.decoder import (
    Sizes,
    Style,
    activation,
    assemble,
    check_groups,
    even_head_dim,
)
from calculators.architecture.keys import HEADS, HIDDEN, LAYERS, VOCAB, Keys, malformed, missing
from calculators.architecture.model import Architecture, Attention, FeedForward, Layer
from calculators.architecture.modules import linear

Block = tuple[str, float]
ROUNDED_TO = 256


def read_decilm(keys: Keys) -> Architecture:
    """Return the architecture; a layer's mixer or feed-forward may be absent or one matrix."""
    hidden, heads, layers = keys.size(HIDDEN), keys.size(HEADS), keys.size(LAYERS)
    blocks = keys.list("block_configs", layers)
    if blocks is None:
        raise missing(("block_configs",))
    head_dim = keys.optional("head_dim") or even_head_dim(hidden, heads)
    sizes = Sizes(hidden, layers, keys.size(VOCAB), Heads(hidden, heads, heads, head_dim))
    bias = keys.flag("attention_bias")
    style = Style(
        attention=AttentionStyle(bias, bias, bias, dropout=keys.number("attention_dropout")),
        mlp_bias=keys.flag("mlp_bias"),
    )
    plan = [(_mixer(block), _width(block)) for block in blocks]

    def make(kind: tuple[Block, Block]) -> Layer:
        attention = _attention(kind[0], sizes, style)
        block = _feed_forward(kind[1], sizes, style, activation(keys, style))
        names = ("input_layernorm",) if kind[0][0] != "no_op" else ()
        if kind[1][0] != "no_op":
            names = (*names, "post_attention_layernorm")
        return Layer(attention, block, norms(names, "rms", hidden))

    return assemble(keys, sizes, style, plan, make)


def _part(block: Any, name: str) -> Mapping[str, Any]:
    part = block.get(name) if isinstance(block, Mapping) else None
    if not isinstance(part, Mapping):
        raise malformed("block_configs", block)
    return part


def _mixer(block: Any) -> Block:
    part = _part(block, "attention")
    if part.get("no_op"):
        return ("no_op", 0)
    if part.get("replace_with_linear"):
        return ("linear", 0)
    return ("attention", Keys(part).integer("n_heads_in_group"))


def _width(block: Any) -> Block:
    part = _part(block, "ffn")
    if part.get("no_op"):
        return ("no_op", 0)
    if part.get("replace_with_linear"):
        return ("linear", 0)
    if part.get("intermediate_size") is not None:
        return ("width", Keys(part).integer("intermediate_size"))
    factor = Keys(part).number("ffn_mult")
    if factor <= 0:
        raise missing(("ffn_mult",))
    return ("factor", factor)


def _attention(kind: Block, sizes: Sizes, style: Style) -> Attention:
    if kind[0] == "no_op":
        return Attention("none")
    if kind[0] == "linear":
        return Attention("none", modules=(linear("linear_attn", sizes.hidden, sizes.hidden),))
    heads = sizes.heads
    check_groups(heads.heads, int(kind[1]))
    kv_heads = heads.heads // int(kind[1])
    grouped = Heads(sizes.hidden, heads.heads, kv_heads, heads.head_dim)
    return softmax_attention(grouped, style.attention, style.names)


def _feed_forward(kind: Block, sizes: Sizes, style: Style, name: str) -> FeedForward:
    if kind[0] == "no_op":
        return FeedForward("none")
    if kind[0] == "linear":
        return FeedForward("none", modules=(linear("linear_mlp", sizes.hidden, sizes.hidden),))
    width = int(kind[1])
    if kind[0] == "factor":
        exact = int(2 * kind[1] * sizes.hidden / 3)
        width = -(-exact // ROUNDED_TO) * ROUNDED_TO
    return dense_feed_forward(
        sizes.hidden, width, style.names, bias=style.mlp_bias, activation=name
    )
