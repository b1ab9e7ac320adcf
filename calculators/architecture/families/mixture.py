"""Families whose feed-forward blocks are mixtures of experts over a llama-shaped decoder."""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.blocks import AttentionStyle, Experts, mixture
from calculators.architecture.families.decoder import (
    Style,
    activation,
    assemble,
    dense,
    layer,
    read_sizes,
)
from calculators.architecture.families.windows import always_sliding, late_sliding
from calculators.architecture.keys import Keys, contradiction
from calculators.architecture.model import Architecture, Layer

EXPERT_COUNT = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")


def read_experts(keys: Keys, *, width: int, default_per_token: int | None = None) -> Experts:
    """Return routed experts of ``width``; refuses more used experts than there are."""
    count = keys.integer(*EXPERT_COUNT)
    per_token = keys.integer("num_experts_per_tok", "moe_k", "moe_topk", default=default_per_token)
    if per_token > count:
        raise contradiction(
            f"{per_token} experts per token out of {count} experts.",
            f"每个 token 使用 {per_token} 个专家，但只有 {count} 个专家。",
        )
    return Experts(count, per_token, width)


def read_mixtral(keys: Keys) -> Architecture:
    """Mixtral: every feed-forward block is a mixture."""
    sizes = read_sizes(keys)
    style = Style()
    block = mixture(
        sizes.hidden,
        read_experts(keys, width=keys.integer("intermediate_size")),
        style.names,
        activation=activation(keys, style),
    )

    def make(window: int | None) -> Layer:
        return layer(keys, sizes, style, block, replace(style.attention, window=window))

    return assemble(keys, sizes, style, always_sliding(keys, sizes.layers), make)


def read_qwen_moe(keys: Keys) -> Architecture:
    """Qwen2-MoE (biases, a gated shared expert) and Qwen3-MoE (query and key norms)."""
    sizes = read_sizes(keys)
    shared = keys.optional("shared_expert_intermediate_size") or 0
    if shared:
        bias = keys.flag("qkv_bias", default=True)
        style = Style(attention=AttentionStyle(q_bias=bias, kv_bias=bias))
    else:
        bias = keys.flag("attention_bias")
        attention = AttentionStyle(q_bias=bias, kv_bias=bias, out_bias=bias, qk_norm="head")
        style = Style(attention=attention)
    experts = replace(
        read_experts(keys, width=keys.integer("moe_intermediate_size")),
        shared_width=shared,
        shared_gate=bool(shared),
    )
    routed = mixture(sizes.hidden, experts, style.names, activation=activation(keys, style))
    only_dense = keys.raw("mlp_only_layers") or ()
    step = keys.integer("decoder_sparse_step", default=1)
    windows = late_sliding(keys, sizes.layers)
    plan = [
        (index not in only_dense and (index + 1) % step == 0, windows[index])
        for index in range(sizes.layers)
    ]

    def make(kind: tuple[bool, int | None]) -> Layer:
        block = routed if kind[0] else dense(keys, sizes, style)
        return layer(keys, sizes, style, block, replace(style.attention, window=kind[1]))

    return assemble(keys, sizes, style, plan, make)
