"""Delta-rule hybrids: Kimi Linear (with latent attention) and OLMo Hybrid.

Source of each: transformers 5.23.0, models/<family>/modeling_<family>.py.
"""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.blocks import Heads, mixture, norms, softmax_attention
from calculators.architecture.families.decoder import (
    PRE_NORMS,
    Sizes,
    Style,
    activation,
    assemble,
    dense,
    read_sizes,
)
from calculators.architecture.families.latent import latent_attention
from calculators.architecture.families.mixture import (
    after_dense,
    biased,
    read_experts,
    shared_experts,
)
from calculators.architecture.families.windows import (
    FULL,
    LINEAR,
    layer_types,
    repeat,
)
from calculators.architecture.keys import (
    HEADS,
    HIDDEN,
    LAYERS,
    VOCAB,
    Keys,
    contradiction,
    malformed,
)
from calculators.architecture.model import Architecture, Attention, Layer, LinearState
from calculators.architecture.modules import Module, linear, vector


def kimi_delta_attention(hidden: int, heads: int, width: int, kernel: int) -> Attention:
    """Return Kimi delta attention (arXiv 2510.26692): a gate of forgetting for each channel."""
    inner = heads * width
    return Attention(
        kind="linear",
        heads=heads,
        kv_heads=heads,
        head_dim=width,
        v_head_dim=width,
        position="none",
        state=LinearState(heads, heads, width, width, 3 * inner, kernel),
        modules=(
            *(linear(name, inner, hidden) for name in ("q_proj", "k_proj", "v_proj")),
            Module("conv1d", "conv", 3 * inner, kernel),
            vector("dt_bias", inner),
            vector("A_log", heads),
            linear("f_a_proj", width, hidden),
            linear("f_b_proj", inner, width),
            linear("b_proj", heads, hidden),
            linear("g_a_proj", width, hidden),
            linear("g_b_proj", inner, width),
            Module("o_norm", "norm", width),
            linear("o_proj", hidden, inner),
        ),
    )


def read_kimi_linear(keys: Keys) -> Architecture:
    """Kimi Linear: delta attention, latent attention, mixtures; its class never ties the head."""
    hidden, heads, layers = keys.size(HIDDEN), keys.size(HEADS), keys.size(LAYERS)
    sizes = Sizes(hidden, layers, keys.size(VOCAB), Heads(hidden, heads, heads, 0))
    style = Style()
    part = keys.part("linear_attn_config")
    mixers = {
        FULL: latent_attention(keys, hidden, heads),
        LINEAR: kimi_delta_attention(
            hidden,
            part.integer("num_heads", default=keys.integer("linear_num_heads", default=32)),
            part.integer("head_dim", default=keys.integer("linear_head_dim", default=128)),
            part.integer(
                "short_conv_kernel_size", default=keys.integer("linear_conv_kernel_dim", default=4)
            ),
        ),
    }
    width = keys.integer("moe_intermediate_size")
    experts = replace(read_experts(keys, width=width), shared_width=shared_experts(keys, width))
    routed = mixture(hidden, experts, style.names, activation=activation(keys, style))

    def make(kind: tuple[str, bool]) -> Layer:
        if kind[0] not in mixers:
            raise malformed("layer_types", kind[0])
        block = routed if kind[1] else dense(keys, sizes, style)
        return Layer(mixers[kind[0]], block, norms(style.norm_names, "rms", hidden))

    types = layer_types(keys, layers, _kimi_types(part, layers))
    plan = list(zip(types, after_dense(keys, layers), strict=True))
    made = assemble(keys, sizes, style, plan, make)
    outer = tuple(replace(m, tied=False) if m.kind == "head" else m for m in made.outer)
    return replace(made, outer=outer, tied_embeddings=False)


def _kimi_types(part: Keys, layers: int) -> tuple[str, ...]:
    """Return the layers that attend fully: listed from 1 in the published config."""
    full, delta = part.places("full_attn_layers"), part.places("kda_layers")
    if full is None and delta is None:
        return tuple(FULL if i and i % 4 == 0 else LINEAR for i in range(layers))
    every = frozenset(range(1, layers + 1))
    attending = every - set(delta or ()) if full is None else frozenset(full)
    others = every - attending if delta is None else frozenset(delta)
    for odd, en, zh in (
        ((attending | others) - every, f"outside 1 to {layers}", f"超出 1 到 {layers}"),
        (attending & others, "in both lists", "同时出现在两个列表中"),
        (every - attending - others, "in neither list", "不在任何一个列表中"),
    ):
        if odd:
            raise contradiction(
                f"linear_attn_config: layer {min(odd)} is {en} (full_attn_layers, kda_layers).",
                f"linear_attn_config：第 {min(odd)} 层{zh}（full_attn_layers、kda_layers）。",
            )
    return tuple(FULL if i in attending else LINEAR for i in sorted(every))


def read_olmo_hybrid(keys: Keys) -> Architecture:
    """OLMo Hybrid: three gated delta-net layers to each of OLMo 3's full ones."""
    sizes = read_sizes(keys)
    style = Style(
        attention=biased(keys, qk_norm="full"),
        norm_names=("post_attention_layernorm", "post_feedforward_layernorm"),
        post_norms=True,
    )
    attention = replace(style.attention, dropout=keys.number("attention_dropout"))
    block = dense(keys, sizes, style)
    made = {
        FULL: Layer(
            softmax_attention(sizes.heads, attention, style.names),
            block,
            norms(style.norm_names, "rms", sizes.hidden),
            post_norms=True,
        ),
        LINEAR: Layer(_olmo_delta_net(keys, sizes), block, norms(PRE_NORMS, "rms", sizes.hidden)),
    }
    fallback = repeat((LINEAR, LINEAR, LINEAR, FULL), sizes.layers)
    if FULL not in fallback:
        fallback = (*fallback[:-1], FULL)
    types = layer_types(keys, sizes.layers, fallback)
    for kind in types:
        if kind not in made:
            raise malformed("layer_types", kind)
    return assemble(keys, sizes, style, types, lambda kind: made[kind])


def _olmo_delta_net(keys: Keys, sizes: Sizes) -> Attention:
    hidden = sizes.hidden
    key_heads = keys.integer("linear_num_key_heads", default=sizes.heads.heads)
    value_heads = keys.integer("linear_num_value_heads", default=sizes.heads.heads)
    key_dim = keys.integer("linear_key_head_dim", default=3 * hidden // (4 * key_heads))
    value_dim = keys.integer("linear_value_head_dim", default=2 * key_dim)
    keyed, valued = key_heads * key_dim, value_heads * value_dim
    kernel = keys.integer("linear_conv_kernel_dim")
    conv = 2 * keyed + valued
    return Attention(
        kind="linear",
        heads=value_heads,
        kv_heads=key_heads,
        head_dim=key_dim,
        v_head_dim=value_dim,
        position="none",
        state=LinearState(key_heads, value_heads, key_dim, value_dim, conv, kernel),
        modules=(
            linear("q_proj", keyed, hidden),
            linear("k_proj", keyed, hidden),
            linear("v_proj", valued, hidden),
            linear("a_proj", value_heads, hidden),
            linear("b_proj", value_heads, hidden),
            linear("g_proj", valued, hidden),
            linear("o_proj", hidden, valued),
            Module("conv1d", "conv", conv, kernel),
            Module("o_norm", "norm", value_dim),
            vector("A_log", value_heads),
            vector("dt_bias", value_heads),
        ),
    )
