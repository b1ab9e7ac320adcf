"""Mamba-2 (arXiv 2405.21060) and the hybrids built on it: Nemotron-H, Granite 4, Bamba."""

from __future__ import annotations

from dataclasses import dataclass, replace

from calculators.architecture.blocks import (
    AttentionStyle,
    Heads,
    dense_feed_forward,
    mixture,
    norms,
    softmax_attention,
)
from calculators.architecture.families.decoder import (
    Sizes,
    Style,
    activation,
    assemble,
    check_groups,
    dense,
    even_head_dim,
    read_sizes,
)
from calculators.architecture.families.mixture import biased, granite_shared, read_experts
from calculators.architecture.families.windows import FULL, LINEAR, layer_types
from calculators.architecture.keys import (
    HEADS,
    HIDDEN,
    LAYERS,
    VOCAB,
    Keys,
    contradiction,
    malformed,
)
from calculators.architecture.model import Architecture, Attention, FeedForward, Layer, LinearState
from calculators.architecture.modules import Module, linear, vector

PATTERN = {"M": "mamba", "E": "moe", "*": "attention", "-": "mlp"}
LEGACY = {
    "linear_attention": "mamba",
    "full_attention": "attention",
    "mamba": "mamba",
    "attention": "attention",
    "moe": "moe",
    "mlp": "mlp",
}


@dataclass(frozen=True, slots=True)
class Mamba:
    """Sizes of a Mamba-2 mixer."""

    heads: int
    head_dim: int
    groups: int
    state: int
    kernel: int
    conv_bias: bool
    bias: bool


def mamba2(hidden: int, sizes: Mamba) -> Attention:
    """Return the mixer: one input projection, a short convolution, a state, a gated norm."""
    inner = sizes.heads * sizes.head_dim
    conv = inner + 2 * sizes.groups * sizes.state
    state = LinearState(sizes.heads, sizes.heads, sizes.state, sizes.head_dim, conv, sizes.kernel)
    return Attention(
        kind="linear",
        heads=sizes.heads,
        kv_heads=sizes.groups,
        head_dim=sizes.state,
        v_head_dim=sizes.head_dim,
        position="none",
        state=state,
        modules=(
            linear("in_proj", inner + conv + sizes.heads, hidden, sizes.bias),
            Module("conv1d", "conv", conv, sizes.kernel, bias=sizes.conv_bias),
            vector("dt_bias", sizes.heads),
            vector("A_log", sizes.heads),
            vector("D", sizes.heads),
            Module("norm", "norm", inner),
            linear("out_proj", hidden, inner, sizes.bias),
        ),
    )


def read_mamba2(keys: Keys) -> Architecture:
    """Mamba-2 alone: no attention, no feed-forward block."""
    hidden, layers = keys.size(HIDDEN), keys.size(LAYERS)
    heads, width = keys.integer("num_heads"), keys.integer("head_dim")
    if heads * width != keys.integer("expand", default=2) * hidden:
        raise contradiction(
            f"{heads} heads of {width} are not expand times {hidden}.",
            f"{heads} 个宽 {width} 的头与 expand × {hidden} 不符。",
        )
    mixer = mamba2(
        hidden,
        Mamba(
            heads,
            width,
            keys.integer("n_groups"),
            keys.integer("state_size"),
            keys.integer("conv_kernel"),
            keys.flag("use_conv_bias", default=True),
            keys.flag("use_bias"),
        ),
    )
    made = Layer(mixer, FeedForward("none"), norms(("norm",), "rms", hidden))
    sizes = Sizes(hidden, layers, keys.size(VOCAB), Heads(hidden, 0, 0, 0))
    style = Style(embedding="embeddings", final_norm="norm_f")
    return assemble(keys, sizes, style, (None,) * layers, lambda _: made)


def read_nemotron_h(keys: Keys) -> Architecture:
    """Nemotron-H and Nemotron 3: each layer is one mixer, one block or one mixture."""
    hidden, heads = keys.size(HIDDEN), keys.size(HEADS)
    plan = _nemotron_plan(keys)
    kv_heads = keys.integer("num_key_value_heads", default=heads)
    check_groups(heads, kv_heads)
    width = keys.optional("head_dim", "attention_head_dim") or even_head_dim(hidden, heads)
    sizes = Sizes(hidden, len(plan), keys.size(VOCAB), Heads(hidden, heads, kv_heads, width))
    style = Style(
        embedding="embeddings",
        final_norm="norm_f",
        gated=False,
        mlp_bias=keys.flag("mlp_bias"),
        activation_keys=("mlp_hidden_act",),
    )

    def make(kind: str) -> Layer:
        attention, block = Attention("none"), FeedForward("none")
        if kind == "mamba":
            attention = mamba2(hidden, _nemotron_mamba(keys))
        elif kind == "attention":
            attention = softmax_attention(sizes.heads, AttentionStyle(position="none"), style.names)
        elif kind == "mlp":
            block = dense(keys, sizes, style)
        else:
            block = _nemotron_mixture(keys, hidden, style)
        return Layer(attention, block, norms(("norm",), "rms", hidden))

    made = assemble(keys, sizes, style, plan, make)
    # transformers' class does not tie the head, whatever tie_word_embeddings says.
    outer = tuple(replace(module, tied=False) for module in made.outer)
    return replace(made, outer=outer, tied_embeddings=False)


def _nemotron_plan(keys: Keys) -> tuple[str, ...]:
    pattern = keys.raw("hybrid_override_pattern")
    if isinstance(pattern, str):
        listed: list[str] = [PATTERN.get(letter, "") for letter in pattern]
    else:
        given = keys.raw("layers_block_type") or keys.raw("layer_types")
        if not isinstance(given, list | tuple):
            raise malformed("hybrid_override_pattern", pattern)
        listed = [LEGACY.get(str(kind), "") for kind in given]
    if not listed or "" in listed:
        raise malformed("hybrid_override_pattern", pattern)
    count = keys.optional(*LAYERS)
    if count is not None and count != len(listed):
        raise contradiction(
            f"the pattern has {len(listed)} layers, num_hidden_layers says {count}.",
            f"模式有 {len(listed)} 层，而 num_hidden_layers 是 {count}。",
        )
    return tuple(listed)


def _nemotron_mamba(keys: Keys) -> Mamba:
    return Mamba(
        keys.integer("mamba_num_heads"),
        keys.integer("mamba_head_dim"),
        keys.integer("mamba_n_groups", "n_groups"),
        keys.integer("ssm_state_size"),
        keys.integer("mamba_d_conv", "conv_kernel"),
        keys.flag("mamba_conv_bias", "use_conv_bias", default=True),
        keys.flag("use_bias"),
    )


def _nemotron_mixture(keys: Keys, hidden: int, style: Style) -> FeedForward:
    width = keys.integer("moe_intermediate_size")
    latent = keys.optional("moe_latent_size")
    name = keys.text("mlp_hidden_act", default="relu2")
    experts = replace(read_experts(keys, width=width), gated=False)
    routed = mixture(latent or hidden, experts, style.names, activation=name)
    router = Module("gate", "router", experts.experts, hidden)
    shared_width = keys.integer("moe_shared_expert_intermediate_size")
    shared = dense_feed_forward(hidden, shared_width, style.names, gated=False, bias=style.mlp_bias)
    modules = [m for m in routed.modules if m.kind != "router"] + [router, *shared.modules]
    if latent is not None:
        modules.append(linear("fc1_latent_proj", latent, hidden, style.mlp_bias))
        modules.append(linear("fc2_latent_proj", hidden, latent, style.mlp_bias))
    return replace(routed, shared_width=shared_width, modules=tuple(modules))


def read_granite_hybrid(keys: Keys) -> Architecture:
    """Granite 4: Mamba-2 or attention, then a shared block and, where there are any, experts."""
    sizes = read_sizes(keys)
    style = Style(attention=biased(keys))
    width = keys.integer("shared_intermediate_size")
    shared = granite_shared(sizes.hidden, width)
    name = activation(keys, style)
    block = FeedForward("dense", width=width, activation=name, fused_gate_up=True, modules=shared)
    if keys.integer("num_local_experts", default=0, least=0):
        experts = read_experts(keys, width=keys.integer("intermediate_size"))
        routed = mixture(sizes.hidden, replace(experts, router="router"), style.names)
        block = replace(
            routed, shared_width=width, activation=name, modules=routed.modules + shared
        )
    name_of_list = "layer_types" if keys.raw("layer_types") else "layers_block_type"
    types = keys.list(name_of_list, sizes.layers) or (LINEAR,) * sizes.layers
    plan = [LEGACY.get(str(kind), "") for kind in types]
    if not set(plan) <= {"mamba", "attention"}:
        raise malformed(name_of_list, types)
    inner = keys.integer("mamba_expand", default=2) * sizes.hidden
    return _hybrid(keys, sizes, style, block, plan, inner)


def read_bamba(keys: Keys) -> Architecture:
    """Bamba: Mamba-2 layers with attention at listed places, a gated block in each."""
    sizes = read_sizes(keys)
    style = Style(
        attention=biased(keys),
        norm_names=("input_layernorm", "pre_ff_layernorm"),
        final_norm="final_layernorm",
        mlp_bias=keys.flag("mlp_bias"),
    )
    places = keys.places("attn_layer_indices") or ()
    fallback = tuple(FULL if index in places else LINEAR for index in range(sizes.layers))
    plan = [LEGACY[kind] for kind in layer_types(keys, sizes.layers, fallback)]
    inner = keys.integer("mamba_expand", default=2) * sizes.hidden
    return _hybrid(keys, sizes, style, dense(keys, sizes, style), plan, inner)


def _hybrid(
    keys: Keys, sizes: Sizes, style: Style, block: FeedForward, plan: list[str], inner: int
) -> Architecture:
    heads = keys.integer("mamba_n_heads")
    given = keys.raw("mamba_d_head")
    width = inner // heads if given in (None, "auto") else keys.integer("mamba_d_head")
    if heads * width != inner:
        raise contradiction(
            f"{heads} Mamba heads of {width} do not make {inner}.",
            f"{heads} 个宽 {width} 的 Mamba 头与 {inner} 不符。",
        )
    sizes_of_mamba = Mamba(
        heads,
        width,
        keys.integer("mamba_n_groups"),
        keys.integer("mamba_d_state"),
        keys.integer("mamba_d_conv"),
        keys.flag("mamba_conv_bias", default=True),
        keys.flag("mamba_proj_bias"),
    )

    def make(kind: str) -> Layer:
        if kind == "mamba":
            mixer = mamba2(sizes.hidden, sizes_of_mamba)
        else:
            mixer = softmax_attention(sizes.heads, style.attention, style.names)
        return Layer(mixer, block, norms(style.norm_names, "rms", sizes.hidden))

    return assemble(keys, sizes, style, plan, make)
