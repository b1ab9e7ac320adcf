"""Further families on the shared decoder: one short reader each."""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.blocks import AttentionStyle, Names
from calculators.architecture.families.decoder import PRE_NORMS, Style, uniform
from calculators.architecture.families.gpt import (
    BIASED,
    BLOCK_NAMES,
    GPT2_NAMES,
    gpt,
    gpt_sizes,
    gpt_style,
)
from calculators.architecture.families.llama import SANDWICH
from calculators.architecture.families.mixture import (
    after_dense,
    biased,
    layer_count,
    read_experts,
    shared_experts,
    sparse,
)
from calculators.architecture.families.relatives import with_extra
from calculators.architecture.families.windows import (
    FULL,
    SLIDING,
    every_nth_full,
    from_types,
    periodic,
)
from calculators.architecture.keys import CONTEXT, Keys
from calculators.architecture.model import Architecture, Layer
from calculators.architecture.modules import linear, vector


def read_ministral(keys: Keys) -> Architecture:
    """Ministral: Mistral with a type per layer, all sliding when there is a window."""

    def windows(keys: Keys, layers: int) -> tuple[int | None, ...]:
        kind = FULL if keys.optional("sliding_window") is None else SLIDING
        return from_types(keys, layers, (kind,) * layers)

    return uniform(keys, Style(), windows)


def read_cwm(keys: Keys) -> Architecture:
    """Code World Model: LLaMA with a window in three layers of four, the first one full."""
    style = Style(mlp_bias=keys.flag("mlp_bias"))
    return uniform(keys, style, periodic((FULL, SLIDING, SLIDING, SLIDING)))


def read_hyperclovax(keys: Keys) -> Architecture:
    """HyperCLOVA X: LLaMA with optional norms after the blocks."""
    after = keys.flag("use_post_norm", default=True)
    style = Style(
        attention=biased(keys),
        mlp_bias=keys.flag("mlp_bias"),
        norm_names=(*PRE_NORMS, "post_norm1", "post_norm2") if after else PRE_NORMS,
        post_norms=after,
    )
    return uniform(keys, style)


def read_apertus(keys: Keys) -> Architecture:
    """Apertus: head norms, an ungated block whose activation has two parameters."""
    style = Style(
        attention=biased(keys, qk_norm="head"),
        norm_names=("attention_layernorm", "feedforward_layernorm"),
        gated=False,
    )
    made = uniform(keys, style)
    knobs = (vector("alpha_p", 1), vector("alpha_n", 1))
    return with_extra(made, knobs)


def read_nanochat(keys: Keys) -> Architecture:
    """nanochat: norms without parameters, an ungated block."""
    style = Style(
        attention=biased(keys),
        names=Names(up="fc1", down="fc2"),
        norm_affine=False,
        gated=False,
    )
    return uniform(keys, style)


def read_persimmon(keys: Keys) -> Architecture:
    """Persimmon: biases everywhere, rotary on half a head, norms on each head."""
    sizes = gpt_sizes(keys)
    norm = "head" if keys.flag("qk_layernorm", default=True) else None
    attention = replace(
        BIASED,
        fused_qkv=True,
        qk_norm=norm,
        qk_norm_kind="layernorm",
        qk_norm_bias=True,
        qk_norm_names=("q_layernorm", "k_layernorm"),
    )
    style = gpt_style(
        attention,
        BLOCK_NAMES,
        norm_names=PRE_NORMS,
        final_norm="final_layernorm",
        embedding="embed_tokens",
    )
    return gpt(keys, sizes, style, keys.size(("intermediate_size",)))


def read_openai_gpt(keys: Keys) -> Architecture:
    """GPT-1: norms after the blocks, none at the end, learned positions."""
    sizes = gpt_sizes(keys)
    style = gpt_style(
        replace(BIASED, fused_qkv=True),
        GPT2_NAMES,
        final_norm=None,
        embedding="tokens_embed",
        post_norms=True,
    )
    return gpt(keys, sizes, style, 4 * sizes.hidden, keys.integer(*CONTEXT))


def read_xglm(keys: Keys) -> Architecture:
    """XGLM: OPT's block with positions that are computed, not learned."""
    sizes = gpt_sizes(keys)
    style = gpt_style(
        replace(BIASED, position="none", rope_dim=0),
        Names(out="out_proj", up="fc1", down="fc2"),
        norm_names=("self_attn_layer_norm", "final_layer_norm"),
        final_norm="layer_norm",
        embedding="embed_tokens",
        dropout_keys=("dropout",),
        embedding_dropout_keys=("dropout",),
    )
    return gpt(keys, sizes, style, keys.size(("ffn_dim",)))


def read_exaone_moe(keys: Keys) -> Architecture:
    """EXAONE MoE: head norms, windows by pattern, the first layers dense."""

    def windows(keys: Keys, layers: int) -> tuple[int | None, ...]:
        nth = keys.raw("sliding_window_pattern")
        if keys.optional("sliding_window") is None or not isinstance(nth, int) or nth < 1:
            return from_types(keys, layers, (FULL,) * layers)
        return periodic(every_nth_full(nth))(keys, layers)

    width = keys.integer("moe_intermediate_size")
    experts = replace(read_experts(keys, width=width), shared_width=shared_experts(keys, width))
    style = Style(attention=AttentionStyle(qk_norm="head"))
    return sparse(keys, style, experts, after_dense(keys, layer_count(keys)), windows)


def read_afmoe(keys: Keys) -> Architecture:
    """AFMoE (Trinity): a gate on attention's output, four norms, a learned router offset."""

    def windows(keys: Keys, layers: int) -> tuple[int | None, ...]:
        nth = keys.integer("global_attn_every_n_layers", default=4)
        return periodic(every_nth_full(nth))(keys, layers)

    width = keys.integer("moe_intermediate_size")
    experts = replace(
        read_experts(keys, width=width),
        shared_width=shared_experts(keys, width),
        correction="expert_bias",
    )
    style = Style(
        attention=biased(keys, qk_norm="head"),
        norm_names=(*SANDWICH[:2], "pre_mlp_layernorm", "post_mlp_layernorm"),
        post_norms=True,
    )
    made = sparse(keys, style, experts, after_dense(keys, layer_count(keys)), windows)

    def gated(old: Layer) -> Layer:
        attention = old.attention
        gate = linear("gate_proj", attention.q_dim, made.hidden)
        mixer = replace(attention, output_gate=True, modules=(*attention.modules, gate))
        return replace(old, attention=mixer)

    changed = {id(old): gated(old) for old, _ in made.groups}
    return replace(made, layers=tuple(changed[id(old)] for old in made.layers))
