"""Multi-head latent attention (arXiv 2405.04434): DeepSeek V2, V3, R1, Kimi K2."""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.blocks import Heads, Names, mixture, norms
from calculators.architecture.families.decoder import (
    Sizes,
    Style,
    activation,
    assemble,
    dense,
)
from calculators.architecture.families.mixture import read_experts
from calculators.architecture.keys import HEADS, HIDDEN, LAYERS, VOCAB, Keys
from calculators.architecture.model import Architecture, Attention, Layer
from calculators.architecture.modules import Module, linear


def latent_attention(keys: Keys, hidden: int, heads: int) -> Attention:
    """Return latent attention: low-rank query and key-value paths, one shared rotary key."""
    q_rank = keys.optional("q_lora_rank")
    kv_rank = keys.integer("kv_lora_rank")
    nope, rope = keys.integer("qk_nope_head_dim", least=0), keys.integer("qk_rope_head_dim")
    value = keys.integer("v_head_dim")
    bias = keys.flag("attention_bias")
    if q_rank is None:
        query = [linear("q_proj", heads * (nope + rope), hidden)]
    else:
        query = [
            linear("q_a_proj", q_rank, hidden, bias),
            Module("q_a_layernorm", "norm", q_rank),
            linear("q_b_proj", heads * (nope + rope), q_rank),
        ]
    return Attention(
        kind="mla",
        heads=heads,
        kv_heads=heads,
        head_dim=nope + rope,
        v_head_dim=value,
        rope_dim=rope,
        q_lora_rank=q_rank,
        kv_lora_rank=kv_rank,
        qkv_bias=bias,
        out_bias=bias,
        dropout=keys.number("attention_dropout"),
        modules=(
            *query,
            linear("kv_a_proj_with_mqa", kv_rank + rope, hidden, bias),
            Module("kv_a_layernorm", "norm", kv_rank),
            linear("kv_b_proj", heads * (nope + value), kv_rank),
            linear("o_proj", hidden, heads * value, bias),
        ),
    )


def read_deepseek(keys: Keys) -> Architecture:
    """DeepSeek V2 and V3 (R1, Kimi K2): latent attention, dense layers first, then mixtures."""
    hidden, heads = keys.size(HIDDEN), keys.size(HEADS)
    sizes = Sizes(hidden, keys.size(LAYERS), keys.size(VOCAB), Heads(hidden, heads, heads, 0))
    bias = keys.flag("mlp_bias")
    style = Style(mlp_bias=bias, names=Names())
    attention = latent_attention(keys, hidden, heads)
    width = keys.integer("moe_intermediate_size")
    shared = keys.integer("n_shared_experts", default=0, least=0)
    experts = replace(read_experts(keys, width=width), shared_width=shared * width)
    routed = mixture(hidden, experts, style.names, activation=activation(keys, style), bias=bias)
    first_dense = keys.integer("first_k_dense_replace", default=0, least=0)

    def make(is_routed: bool) -> Layer:
        return Layer(
            attention=attention,
            feed_forward=routed if is_routed else dense(keys, sizes, style),
            norms=norms(style.norm_names, "rms", hidden),
        )

    plan = [index >= first_dense for index in range(sizes.layers)]
    return assemble(keys, sizes, style, plan, make)
