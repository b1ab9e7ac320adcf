"""Families whose code ships with their weights: Baichuan, ChatGLM, InternLM, Qwen 1, and others.

Shapes follow the modeling files that the makers publish beside the weights; the counts agree
with the published ones (``published_params`` in the registry).
"""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.blocks import AttentionStyle, Heads, Names, mixture
from calculators.architecture.families.decoder import (
    Sizes,
    Style,
    activation,
    assemble,
    check_groups,
    dense,
    layer,
    read_sizes,
    uniform,
)
from calculators.architecture.families.gpt import BIASED, BLOCK_NAMES, gpt, gpt_sizes, gpt_style
from calculators.architecture.families.mixture import (
    after_dense,
    biased,
    interleave,
    read_experts,
    shared_experts,
    sparse,
)
from calculators.architecture.keys import HEADS, HIDDEN, LAYERS, Keys
from calculators.architecture.model import Architecture, Layer


def read_baichuan(keys: Keys) -> Architecture:
    """Baichuan 1 and 2: one packed projection; rotary (7B) or ALiBi (13B)."""
    alibi = keys.raw("max_position_embeddings") is None
    attention = AttentionStyle(fused_qkv=True)
    if alibi:
        attention = replace(attention, position="alibi", rope_dim=0)
    made = uniform(keys, Style(attention=attention, names=Names(qkv="W_pack")))
    context = keys.optional("max_position_embeddings", "model_max_length")
    return replace(made, max_context=context)


def read_internlm(keys: Keys) -> Architecture:
    """InternLM 1: LLaMA with one flag for the biases of attention."""
    bias = keys.flag("bias", default=True)
    return uniform(keys, Style(attention=AttentionStyle(bias, bias, bias)))


def read_internlm2(keys: Keys) -> Architecture:
    """InternLM 2 and 2.5: one matrix for query, key and value."""
    bias = keys.flag("bias", default=True)
    style = Style(
        attention=AttentionStyle(bias, bias, bias, fused_qkv=True),
        names=Names(qkv="wqkv", out="wo", gate="w1", up="w3", down="w2"),
        norm_names=("attention_norm", "ffn_norm"),
        embedding="tok_embeddings",
        head="output",
    )
    return uniform(keys, style)


def read_qwen1(keys: Keys) -> Architecture:
    """Qwen 1: packed attention with a bias; the config's inner width is of two halves."""
    hidden, heads = keys.size(HIDDEN), keys.size(HEADS)
    width = keys.integer("kv_channels", default=hidden // heads)
    sizes = Sizes(
        hidden, keys.size(LAYERS), keys.size(("vocab_size",)), Heads(hidden, heads, heads, width)
    )
    plain = not keys.flag("no_bias", default=True)
    style = Style(
        attention=AttentionStyle(q_bias=True, kv_bias=True, out_bias=plain, fused_qkv=True),
        names=Names(qkv="c_attn", out="c_proj", gate="w2", up="w1", down="c_proj"),
        norm_names=("ln_1", "ln_2"),
        final_norm="ln_f",
        embedding="wte",
        mlp_bias=plain,
    )
    block = dense(keys, sizes, style, keys.size(("intermediate_size",)) // 2)
    made = layer(keys, sizes, style, block)
    return assemble(keys, sizes, style, (None,) * sizes.layers, lambda _: made)


def read_chatglm(keys: Keys) -> Architecture:
    """ChatGLM: 6B of the first generation, or ChatGLM 2, 3 and GLM-4-9B."""
    if keys.raw("position_encoding_2d") is not None or keys.has("inner_hidden_size"):
        return _chatglm1(keys)
    heads, hidden = keys.size(HEADS), keys.size(HIDDEN)
    groups = heads
    if keys.flag("multi_query_attention"):
        groups = keys.integer("multi_query_group_num", default=1)
    check_groups(heads, groups)
    width = keys.integer("kv_channels", default=hidden // heads)
    bias = keys.flag("add_bias_linear")
    sizes = Sizes(
        hidden,
        keys.size(LAYERS),
        keys.integer("padded_vocab_size", "vocab_size"),
        Heads(hidden, heads, groups, width),
    )
    qkv_bias = bias or keys.flag("add_qkv_bias")
    rms = keys.flag("rmsnorm", default=True)
    style = Style(
        attention=AttentionStyle(qkv_bias, qkv_bias, bias, fused_qkv=True, rope_dim=width // 2),
        names=Names(
            qkv="query_key_value", out="dense", gate_up="dense_h_to_4h", down="dense_4h_to_h"
        ),
        norm_kind="rms" if rms else "layernorm",
        norm_bias=not rms,
        final_norm="final_layernorm",
        embedding="word_embeddings",
        head="output_layer",
        mlp_bias=bias,
        fused_gate_up=True,
    )
    block = dense(keys, sizes, style, keys.size(("ffn_hidden_size",)))
    made = layer(keys, sizes, style, block)
    return assemble(keys, sizes, style, (None,) * sizes.layers, lambda _: made)


def _chatglm1(keys: Keys) -> Architecture:
    sizes = gpt_sizes(keys)
    style = gpt_style(
        replace(BIASED, fused_qkv=True),
        BLOCK_NAMES,
        norm_names=("input_layernorm", "post_attention_layernorm"),
        final_norm="final_layernorm",
        embedding="word_embeddings",
    )
    width = keys.integer("inner_hidden_size", default=4 * sizes.hidden)
    made = gpt(keys, sizes, style, width)
    outer = tuple(replace(m, tied=True) if m.kind == "head" else m for m in made.outer)
    context = keys.optional("max_sequence_length")
    return replace(made, outer=outer, tied_embeddings=True, max_context=context, activation="gelu")


def read_minicpm(keys: Keys) -> Architecture:
    """MiniCPM 1: LLaMA with a tied embedding unless the config says otherwise."""
    return uniform(keys, Style(attention=biased(keys)))


def read_deepseek_moe(keys: Keys) -> Architecture:
    """DeepSeek-MoE 16B: LLaMA's attention, shared and routed experts after a dense layer."""
    width = keys.integer("moe_intermediate_size")
    experts = replace(read_experts(keys, width=width), shared_width=shared_experts(keys, width))
    routed = after_dense(keys, read_sizes(keys).layers)
    return sparse(keys, Style(attention=biased(keys)), experts, routed)


def read_grok1(keys: Keys) -> Architecture:
    """Grok-1: eight experts, norms before and after each block, a tied embedding."""
    sizes = read_sizes(keys)
    style = Style(
        norm_names=("pre_attn_norm", "post_attn_norm", "pre_moe_norm", "post_moe_norm"),
        post_norms=True,
        names=Names(gate_up="linear_v", down="linear_1"),
    )
    experts = read_experts(keys, width=keys.integer("intermediate_size"))
    mixed = mixture(sizes.hidden, experts, style.names, activation=activation(keys, style))
    return interleave(keys, sizes, style, mixed)


def read_exaone3(keys: Keys) -> Architecture:
    """EXAONE 3 and 3.5: LLaMA's block under GPT-like names."""
    style = Style(
        names=Names(out="out_proj", gate="c_fc_0", up="c_fc_1", down="c_proj"),
        norm_names=("ln_1", "ln_2"),
        final_norm="ln_f",
        embedding="wte",
        activation_keys=("activation_function",),
    )
    sizes = read_sizes(keys)
    block = dense(keys, sizes, style)

    def make(_: None) -> Layer:
        return layer(keys, sizes, style, block)

    return assemble(keys, sizes, style, (None,) * sizes.layers, make)
