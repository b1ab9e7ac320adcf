"""GPT-2 and its kin: layer norms with biases, ungated feed-forward blocks of width 4h."""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.blocks import AttentionStyle, Heads, Names
from calculators.architecture.families.decoder import (
    Sizes,
    Style,
    assemble,
    check_groups,
    dense,
    even_head_dim,
    layer,
)
from calculators.architecture.keys import CONTEXT, HEADS, HIDDEN, LAYERS, VOCAB, Keys, contradiction
from calculators.architecture.model import Architecture, Layer, Norm
from calculators.architecture.modules import Module, linear

ACTIVATIONS = ("activation_function", "hidden_act", "activation", "afn")
GPT2_NAMES = Names(qkv="c_attn", out="c_proj", up="c_fc", down="c_proj")
BLOCK_NAMES = Names(qkv="query_key_value", out="dense", up="dense_h_to_4h", down="dense_4h_to_h")
BIASED = AttentionStyle(q_bias=True, kv_bias=True, out_bias=True)


def gpt_sizes(keys: Keys, kv_heads: int | None = None) -> Sizes:
    """Return the sizes of a GPT: every head as wide as hidden / heads."""
    hidden, heads = keys.size(HIDDEN), keys.size(HEADS)
    shared = heads if kv_heads is None else kv_heads
    check_groups(heads, shared)
    shape = Heads(hidden, heads, shared, even_head_dim(hidden, heads))
    return Sizes(hidden, keys.size(LAYERS), keys.size(VOCAB), shape)


def gpt(keys: Keys, sizes: Sizes, style: Style, width: int, positions: int = 0) -> Architecture:
    """Return a GPT of equal layers, with a learned table of ``positions`` if any."""
    block = dense(keys, sizes, style, width)
    attention = style.attention
    if positions:
        attention = replace(attention, position="learned", rope_dim=0)

    def make(_: None) -> Layer:
        return layer(keys, sizes, style, block, attention)

    made = assemble(keys, sizes, style, (None,) * sizes.layers, make)
    if positions:
        table = Module("wpe", "position", positions, sizes.hidden)
        made = replace(made, outer=(*made.outer, table))
    return made


def gpt_style(attention: AttentionStyle, names: Names, **more: object) -> Style:
    """Return GPT-2's conventions with ``more`` changed."""
    style = Style(
        attention=attention,
        names=names,
        norm_names=("ln_1", "ln_2"),
        norm_kind="layernorm",
        norm_bias=True,
        final_norm="ln_f",
        embedding="wte",
        mlp_bias=True,
        gated=False,
        activation_keys=ACTIVATIONS,
        dropout_keys=("resid_pdrop", "resid_dropout", "hidden_dropout", "dropout"),
        embedding_dropout_keys=("embd_pdrop", "embed_dropout", "emb_pdrop"),
    )
    return replace(style, **more)  # type: ignore[arg-type]


def read_gpt2(keys: Keys) -> Architecture:
    """GPT-2 and GPT-3: one matrix for query, key and value, learned positions."""
    if keys.flag("add_cross_attention"):
        raise contradiction("cross-attention is not counted.", "不支持交叉注意力。")
    sizes = gpt_sizes(keys)
    style = gpt_style(replace(BIASED, fused_qkv=True), GPT2_NAMES)
    width = keys.integer("n_inner", default=4 * sizes.hidden)
    return gpt(keys, sizes, style, width, keys.integer(*CONTEXT))


def read_bigcode(keys: Keys) -> Architecture:
    """StarCoder, SantaCoder: GPT-2 with multi-query attention."""
    sizes = gpt_sizes(keys, 1 if keys.flag("multi_query", default=True) else None)
    style = gpt_style(replace(BIASED, fused_qkv=True), GPT2_NAMES)
    width = keys.integer("n_inner", default=4 * sizes.hidden)
    return gpt(keys, sizes, style, width, keys.integer(*CONTEXT))


def read_gpt_neo(keys: Keys) -> Architecture:
    """GPT-Neo: separate bias-free projections; its local layers keep the whole cache."""
    sizes = gpt_sizes(keys)
    names = Names(out="out_proj", up="c_fc", down="c_proj")
    style = gpt_style(AttentionStyle(out_bias=True), names)
    width = keys.integer("intermediate_size", default=4 * sizes.hidden)
    return gpt(keys, sizes, style, width, keys.integer(*CONTEXT))


def read_gptj(keys: Keys) -> Architecture:
    """GPT-J: rotary, one norm, blocks in parallel, a bias on the head."""
    return _gptj(keys, AttentionStyle(), Names(out="out_proj", up="fc_in", down="fc_out"))


def read_codegen(keys: Keys) -> Architecture:
    """CodeGen: GPT-J with one matrix for query, key and value."""
    names = Names(qkv="qkv_proj", out="out_proj", up="fc_in", down="fc_out")
    return _gptj(keys, AttentionStyle(fused_qkv=True), names)


def _gptj(keys: Keys, attention: AttentionStyle, names: Names) -> Architecture:
    sizes = gpt_sizes(keys)
    rotary = keys.integer("rotary_dim", default=sizes.heads.head_dim)
    style = gpt_style(
        replace(attention, rope_dim=rotary),
        names,
        norm_names=("ln_1",),
        head_bias=True,
        parallel=True,
    )
    return gpt(keys, sizes, style, keys.integer("n_inner", default=4 * sizes.hidden))


def read_neox(keys: Keys) -> Architecture:
    """GPT-NeoX and Pythia: rotary on a part of the head, two norms, blocks in parallel."""
    sizes = gpt_sizes(keys)
    bias = keys.flag("attention_bias", default=True)
    style = gpt_style(
        AttentionStyle(q_bias=bias, kv_bias=bias, out_bias=bias, fused_qkv=True),
        BLOCK_NAMES,
        norm_names=("input_layernorm", "post_attention_layernorm"),
        final_norm="final_layer_norm",
        embedding="embed_in",
        parallel=keys.flag("use_parallel_residual", default=True),
        embedding_dropout_keys=("hidden_dropout",),
    )
    return gpt(keys, sizes, style, keys.size(("intermediate_size",)))


def read_opt(keys: Keys) -> Architecture:
    """OPT: learned positions with an offset of 2; the 350M one embeds narrower than it is."""
    sizes = gpt_sizes(keys)
    bias = keys.flag("enable_bias", default=True)
    affine = keys.flag("layer_norm_elementwise_affine", default=True)
    before = keys.flag("do_layer_norm_before", default=True)
    last = before and not keys.flag("_remove_final_layer_norm")
    style = gpt_style(
        AttentionStyle(q_bias=bias, kv_bias=bias, out_bias=bias),
        Names(out="out_proj", up="fc1", down="fc2"),
        norm_names=("self_attn_layer_norm", "final_layer_norm"),
        norm_affine=affine,
        final_norm="final_layer_norm" if last else None,
        embedding="embed_tokens",
        mlp_bias=bias,
        dropout_keys=("dropout",),
        embedding_dropout_keys=("dropout",),
    )
    made = gpt(keys, sizes, style, keys.size(("ffn_dim",)), keys.integer(*CONTEXT) + 2)
    inner = keys.integer("word_embed_proj_dim", default=sizes.hidden)
    if inner == sizes.hidden:
        return made
    outer = [replace(m, cols=inner) if m.kind in ("embedding", "head") else m for m in made.outer]
    outer += [linear("project_in", sizes.hidden, inner), linear("project_out", inner, sizes.hidden)]
    return replace(made, outer=tuple(outer))


def read_bloom(keys: Keys) -> Architecture:
    """BLOOM: ALiBi positions and a norm on the embedding."""
    sizes = gpt_sizes(keys)
    style = gpt_style(
        replace(BIASED, fused_qkv=True, position="alibi", rope_dim=0),
        BLOCK_NAMES,
        norm_names=("input_layernorm", "post_attention_layernorm"),
        embedding="word_embeddings",
    )
    made = gpt(keys, sizes, style, 4 * sizes.hidden)
    norm = Norm("word_embeddings_layernorm", "layernorm", sizes.hidden, bias=True)
    return replace(made, embedding_norm=norm, activation="gelu")


def read_falcon(keys: Keys) -> Architecture:
    """Falcon: multi-query (7B) or grouped attention with two norms (40B, 180B)."""
    heads = keys.size(HEADS)
    # Configs from before Falcon was in transformers name the grouped heads n_head_kv.
    new = keys.flag("new_decoder_architecture") or keys.has("n_head_kv")
    grouped = keys.integer("num_kv_heads", "n_head_kv", default=heads)
    if new or not keys.flag("multi_query", default=True):
        kv_heads = grouped if new else heads
    else:
        kv_heads = 1
    parallel = new or keys.flag("parallel_attn", default=True)
    count = keys.integer("num_ln_in_parallel_attn", default=2 if new else 1)
    norm_names: tuple[str, ...] = ("input_layernorm",)
    if not keys.flag("parallel_attn", default=True):
        norm_names = ("input_layernorm", "post_attention_layernorm")
    elif count == 2:
        norm_names = ("ln_attn", "ln_mlp")
    bias, alibi = keys.flag("bias"), keys.flag("alibi")
    sizes = gpt_sizes(keys, kv_heads)
    attention = AttentionStyle(
        q_bias=bias,
        kv_bias=bias,
        out_bias=bias,
        fused_qkv=True,
        position="alibi" if alibi else "rope",
        rope_dim=0 if alibi else None,
    )
    style = gpt_style(
        attention,
        BLOCK_NAMES,
        norm_names=norm_names,
        embedding="word_embeddings",
        mlp_bias=bias,
        parallel=parallel,
        dropout_keys=("hidden_dropout",),
    )
    return gpt(keys, sizes, style, keys.integer("ffn_hidden_size", default=4 * sizes.hidden))


def read_mpt(keys: Keys) -> Architecture:
    """MPT: ALiBi, no biases at all, a tied embedding."""
    sizes = gpt_sizes(keys)
    style = gpt_style(
        AttentionStyle(fused_qkv=True, position="alibi", rope_dim=0),
        Names(qkv="Wqkv", out="out_proj", up="up_proj", down="down_proj"),
        norm_names=("norm_1", "norm_2"),
        norm_bias=False,
        final_norm="norm_f",
        mlp_bias=False,
    )
    # transformers' class fixes the expansion at 4, whatever expansion_ratio says.
    return replace(gpt(keys, sizes, style, 4 * sizes.hidden), activation="gelu")


def read_biogpt(keys: Keys) -> Architecture:
    """BioGPT: OPT's block with a learned table of positions (offset 2)."""
    sizes = gpt_sizes(keys)
    style = gpt_style(
        BIASED,
        Names(out="out_proj", up="fc1", down="fc2"),
        norm_names=("self_attn_layer_norm", "final_layer_norm"),
        final_norm="layer_norm",
        embedding="embed_tokens",
        dropout_keys=("hidden_dropout_prob",),
        embedding_dropout_keys=("hidden_dropout_prob",),
    )
    width = keys.size(("intermediate_size",))
    return gpt(keys, sizes, style, width, keys.integer(*CONTEXT) + 2)


def read_phi(keys: Keys) -> Architecture:
    """Phi-1, 1.5 and 2: one norm, blocks in parallel, biases everywhere, also on the head."""
    heads = keys.size(HEADS)
    sizes = gpt_sizes(keys, keys.integer("num_key_value_heads", default=heads))
    norm = "head" if keys.flag("qk_layernorm") else None
    style = gpt_style(
        replace(
            BIASED,
            qk_norm=norm,
            qk_norm_kind="layernorm",
            qk_norm_bias=True,
            qk_norm_names=("q_layernorm", "k_layernorm"),
        ),
        Names(out="dense", up="fc1", down="fc2"),
        norm_names=("input_layernorm",),
        final_norm="final_layernorm",
        embedding="embed_tokens",
        head_bias=True,
        parallel=True,
    )
    return gpt(keys, sizes, style, keys.size(("intermediate_size",)))
