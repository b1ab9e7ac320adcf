"""Multi-head latent attention (arXiv 2405.04434): DeepSeek V2, V3, R1, Kimi K2."""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.blocks import Heads, mixture, norms
from calculators.architecture.families.decoder import (
    Sizes,
    Style,
    activation,
    assemble,
    dense,
)
from calculators.architecture.families.mixture import after_dense, read_experts, shared_experts
from calculators.architecture.keys import HEADS, HIDDEN, LAYERS, VOCAB, Keys
from calculators.architecture.model import Architecture, Attention, Layer
from calculators.architecture.modules import Module, linear


def latent_attention(keys: Keys, hidden: int, heads: int) -> Attention:
    """Return latent attention: low-rank query and key-value paths, one shared rotary key."""
    q_rank = keys.optional("q_lora_rank")
    kv_rank = keys.integer("kv_lora_rank")
    nope, rope = keys.integer("qk_nope_head_dim", least=0), keys.integer("qk_rope_head_dim")
    value = keys.integer("v_head_dim", default=hidden // heads)
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


def indexer(keys: Keys, hidden: int) -> tuple[Module, ...]:
    """Return the indexer of DeepSeek sparse attention (DeepSeek-V3.2), which picks past tokens."""
    heads, width = keys.integer("index_n_heads"), keys.integer("index_head_dim")
    return (
        linear("wq_b", heads * width, keys.integer("q_lora_rank")),
        linear("wk", width, hidden),
        Module("k_norm", "norm", width, bias=True),
        linear("indexers_proj", heads, hidden),
    )


def read_deepseek_v2(keys: Keys) -> Architecture:
    """DeepSeek V2: dense layers first, then mixtures; the blocks' biases have a flag."""
    return _latent(keys, (), bias=keys.flag("mlp_bias"))


def read_deepseek(keys: Keys) -> Architecture:
    """DeepSeek V3 (R1, Kimi K2), GLM-4.7-Flash: V2's plan without biases in the blocks."""
    return _latent(keys, ())


def read_deepseek_sparse(keys: Keys) -> Architecture:
    """DeepSeek-V3.2: every layer has an indexer."""
    return _latent(keys, (True,) * keys.size(LAYERS))


def read_glm_sparse(keys: Keys) -> Architecture:
    """GLM-5: DeepSeek-V3.2's plan, in which some layers may reuse the layer before's picks."""
    layers = keys.size(LAYERS)
    listed = keys.list("indexer_types", layers)
    pattern = keys.raw("index_topk_pattern")
    if listed is not None:
        own = tuple(kind == "full" for kind in listed)
    elif isinstance(pattern, str) and len(pattern) == layers:
        own = tuple(letter == "F" for letter in pattern)
    else:
        every = max(keys.integer("index_topk_freq", default=1, least=0), 1)
        offset = keys.integer("index_skip_topk_offset", default=2, least=0)
        own = tuple(max(i - offset + 1, 0) % every == 0 for i in range(layers))
    return _latent(keys, own)


def read_dense_latent(keys: Keys) -> Architecture:
    """MiniCPM3 and Youtu: latent attention with dense feed-forward blocks."""
    hidden, heads = keys.size(HIDDEN), keys.size(HEADS)
    sizes = Sizes(hidden, keys.size(LAYERS), keys.size(VOCAB), Heads(hidden, heads, heads, 0))
    style = Style(mlp_bias=keys.flag("mlp_bias"))
    made = Layer(
        attention=latent_attention(keys, hidden, heads),
        feed_forward=dense(keys, sizes, style),
        norms=norms(style.norm_names, "rms", hidden),
    )
    return assemble(keys, sizes, style, (None,) * sizes.layers, lambda _: made)


def _latent(keys: Keys, indexed: tuple[bool, ...], *, bias: bool = False) -> Architecture:
    hidden, heads = keys.size(HIDDEN), keys.size(HEADS)
    sizes = Sizes(hidden, keys.size(LAYERS), keys.size(VOCAB), Heads(hidden, heads, heads, 0))
    style = Style(mlp_bias=bias)
    attention = latent_attention(keys, hidden, heads)
    width = keys.integer("moe_intermediate_size")
    experts = replace(read_experts(keys, width=width), shared_width=shared_experts(keys, width))
    routed = mixture(
        hidden, experts, style.names, activation=activation(keys, style), bias=style.mlp_bias
    )
    own = indexed or (False,) * sizes.layers
    plan = list(zip(after_dense(keys, sizes.layers), own, strict=True))

    def make(kind: tuple[bool, bool]) -> Layer:
        mixer = attention
        if kind[1]:
            mixer = replace(attention, modules=attention.modules + indexer(keys, hidden))
        return Layer(
            attention=mixer,
            feed_forward=routed if kind[0] else dense(keys, sizes, style),
            norms=norms(style.norm_names, "rms", hidden),
        )

    return assemble(keys, sizes, style, plan, make)
