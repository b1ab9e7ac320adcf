"""Families whose feed-forward blocks are mixtures of experts over a llama-shaped decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from calculators.architecture.blocks import AttentionStyle, Experts, mixture
from calculators.architecture.families.decoder import (
    Sizes,
    Style,
    Windows,
    activation,
    assemble,
    dense,
    layer,
    read_sizes,
)
from calculators.architecture.families.windows import (
    FULL,
    SLIDING,
    always_sliding,
    from_types,
    periodic,
)
from calculators.architecture.keys import Keys, contradiction, malformed
from calculators.architecture.model import Architecture, FeedForward, Layer
from calculators.architecture.modules import Module, linear

EXPERT_COUNT = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")
PER_TOKEN = ("num_experts_per_tok", "moe_k", "moe_topk", "num_experts_per_token")


def read_experts(keys: Keys, *, width: int) -> Experts:
    """Return routed experts of ``width``; refuses more used experts than there are."""
    count = keys.integer(*EXPERT_COUNT)
    per_token = keys.integer(*PER_TOKEN)
    if per_token > count:
        raise contradiction(
            f"{per_token} experts per token out of {count} experts.",
            f"每个 token 使用 {per_token} 个专家，但只有 {count} 个专家。",
        )
    return Experts(count, per_token, width)


def sparse(
    keys: Keys,
    style: Style,
    experts: Experts,
    routed: Sequence[bool] | None = None,
    windows: Windows | None = None,
) -> Architecture:
    """Return a decoder in which ``routed`` layers (default all) have the mixture."""
    sizes = read_sizes(keys)
    mixed = mixture(
        sizes.hidden,
        experts,
        style.names,
        activation=activation(keys, style),
        bias=style.mlp_bias,
    )
    return interleave(keys, sizes, style, mixed, routed, windows)


def interleave(
    keys: Keys,
    sizes: Sizes,
    style: Style,
    mixed: FeedForward,
    routed: Sequence[bool] | None = None,
    windows: Windows | None = None,
) -> Architecture:
    """Return a decoder with ``mixed`` in the ``routed`` layers and dense blocks elsewhere."""
    flags = (True,) * sizes.layers if routed is None else tuple(routed)
    seen = (None,) * sizes.layers if windows is None else windows(keys, sizes.layers)

    def make(kind: tuple[bool, int | None]) -> Layer:
        block = mixed if kind[0] else dense(keys, sizes, style)
        return layer(keys, sizes, style, block, replace(style.attention, window=kind[1]))

    return assemble(keys, sizes, style, list(zip(flags, seen, strict=True)), make)


def after_dense(keys: Keys, layers: int, dense_first: int = 1) -> tuple[bool, ...]:
    """Return which layers are mixtures: ``mlp_layer_types``, else all past the dense first."""
    given = keys.list("mlp_layer_types", layers)
    if given is not None:
        for value in given:
            if value not in ("dense", "sparse"):
                raise malformed("mlp_layer_types", value)
        return tuple(value == "sparse" for value in given)
    first = keys.integer("first_k_dense_replace", "num_dense_layers", default=dense_first, least=0)
    if first > max(layers, dense_first):
        raise contradiction(
            f"the first {first} layers are dense, but there are {layers} layers.",
            f"前 {first} 层为稠密层，但层数是 {layers}。",
        )
    step = keys.raw("moe_layer_freq")
    every = step if isinstance(step, int) and step > 0 else 1
    return tuple(index >= first and index % every == 0 for index in range(layers))


def biased(keys: Keys, *, out: bool = True, qk_norm: str | None = None) -> AttentionStyle:
    """Return attention whose biases follow ``attention_bias``."""
    bias = keys.flag("attention_bias")
    return AttentionStyle(q_bias=bias, kv_bias=bias, out_bias=bias and out, qk_norm=qk_norm)


def layer_count(keys: Keys) -> int:
    """Return the number of layers, checked with the other sizes."""
    return read_sizes(keys).layers


def read_mixtral(keys: Keys) -> Architecture:
    """Mixtral: every feed-forward block is a mixture."""
    experts = read_experts(keys, width=keys.integer("intermediate_size"))
    return sparse(keys, Style(), experts, windows=always_sliding)


def read_qwen_moe(keys: Keys) -> Architecture:
    """Qwen2-MoE (biases, a gated shared expert) and Qwen3-MoE (query and key norms)."""
    shared = keys.optional("shared_expert_intermediate_size", least=0) or 0
    if shared:
        bias = keys.flag("qkv_bias", default=True)
        style = Style(attention=AttentionStyle(q_bias=bias, kv_bias=bias))
    else:
        style = Style(attention=biased(keys, qk_norm="head"))
    experts = replace(
        read_experts(keys, width=keys.integer("moe_intermediate_size")),
        shared_width=shared,
        shared_gate=bool(shared),
    )
    windows = alternating if shared else everywhere
    return sparse(keys, style, experts, qwen_routed(keys, layer_count(keys)), windows)


def everywhere(keys: Keys, layers: int) -> tuple[int | None, ...]:
    """Qwen3-MoE's rule: with ``use_sliding_window``, every layer has the window."""
    window = keys.optional("sliding_window") if keys.flag("use_sliding_window") else None
    return (window,) * layers


def alternating(keys: Keys, layers: int) -> tuple[int | None, ...]:
    """Qwen2-MoE's rule: with ``use_sliding_window``, even layers below ``max_window_layers``."""
    last = 0
    if keys.flag("use_sliding_window") and keys.optional("sliding_window") is not None:
        last = keys.integer("max_window_layers", default=layers, least=0)
    types = tuple(SLIDING if i < last and i % 2 == 0 else FULL for i in range(layers))
    return from_types(keys, layers, types)


def qwen_routed(keys: Keys, layers: int) -> tuple[bool, ...]:
    """Return which Qwen layers are mixtures: each ``decoder_sparse_step``-th, some excepted."""
    only_dense = keys.places("mlp_only_layers") or ()
    step = keys.integer("decoder_sparse_step", default=1)
    return tuple(i not in only_dense and (i + 1) % step == 0 for i in range(layers))


def read_phimoe(keys: Keys) -> Architecture:
    """Phi-3.5-MoE: layer norms with bias; the head's bias has its own flag."""
    style = Style(
        attention=biased(keys),
        norm_kind="layernorm",
        norm_bias=True,
        head_bias=keys.flag("lm_head_bias"),
    )
    experts = read_experts(keys, width=keys.integer("intermediate_size"))
    return sparse(keys, style, replace(experts, router="router"), windows=always_sliding)


def read_olmoe(keys: Keys) -> Architecture:
    """OLMoE: OLMo 2's norms over all heads, before the blocks."""
    experts = read_experts(keys, width=keys.integer("intermediate_size"))
    return sparse(keys, Style(attention=biased(keys, qk_norm="full")), experts)


def read_flex_olmo(keys: Keys) -> Architecture:
    """FlexOlmo: OLMo 2's block with a mixture."""
    style = Style(
        attention=biased(keys, qk_norm="full"),
        norm_names=("post_attention_layernorm", "post_feedforward_layernorm"),
        post_norms=True,
    )
    return sparse(keys, style, read_experts(keys, width=keys.integer("intermediate_size")))


def granite_shared(hidden: int, width: int) -> tuple[Module, ...]:
    """Return the block of Granite that always runs: gate and up are one matrix."""
    return linear("input_linear", 2 * width, hidden), linear("output_linear", hidden, width)


def read_granite_moe(keys: Keys) -> Architecture:
    """Granite MoE, optionally with a shared block."""
    return granite_moe(keys, Style(attention=biased(keys)))


def granite_moe(keys: Keys, style: Style, windows: Windows | None = None) -> Architecture:
    """Return Granite's mixtures with the attention of ``style``."""
    experts = replace(read_experts(keys, width=keys.integer("intermediate_size")), router="router")
    width = keys.integer("shared_intermediate_size", default=0, least=0)
    sizes = read_sizes(keys)
    mixed = mixture(sizes.hidden, experts, style.names, activation=activation(keys, style))
    if width:
        modules = mixed.modules + granite_shared(sizes.hidden, width)
        mixed = replace(mixed, shared_width=width, modules=modules)
    return interleave(keys, sizes, style, mixed, windows=windows)


def read_gpt_oss(keys: Keys) -> Architecture:
    """gpt-oss: biases everywhere, attention sinks, every other layer sliding."""
    experts = replace(
        read_experts(keys, width=keys.integer("intermediate_size")),
        expert_bias=True,
        router_bias=True,
        router="router",
    )
    style = Style(attention=replace(biased(keys), sinks=True))
    return sparse(keys, style, experts, windows=periodic((SLIDING, FULL)))


def shared_experts(keys: Keys, width: int) -> int:
    """Return the width of all shared experts together."""
    names = ("n_shared_experts", "num_shared_experts", "moe_num_shared_experts")
    return width * keys.integer(*names, default=0, least=0)


def read_glm_moe(keys: Keys) -> Architecture:
    """GLM-4.5: the first layers dense, then mixtures with a shared expert."""
    norm = "head" if keys.flag("use_qk_norm") else None
    style = Style(attention=biased(keys, out=False, qk_norm=norm))
    return _dense_first(keys, style)


def _dense_first(keys: Keys, style: Style, windows: Windows | None = None) -> Architecture:
    width = keys.integer("moe_intermediate_size")
    experts = replace(read_experts(keys, width=width), shared_width=shared_experts(keys, width))
    return sparse(keys, style, experts, after_dense(keys, layer_count(keys)), windows)


def read_dots1(keys: Keys) -> Architecture:
    """dots.llm1: GLM-4.5's plan with norms on each head."""

    def windows(keys: Keys, layers: int) -> tuple[int | None, ...]:
        first = layers
        if keys.optional("sliding_window") is not None:
            first = min(layers, keys.integer("max_window_layers", default=layers, least=0))
        return from_types(keys, layers, (FULL,) * first + (SLIDING,) * (layers - first))

    return _dense_first(keys, Style(attention=biased(keys, qk_norm="head")), windows)


def read_solar_open(keys: Keys) -> Architecture:
    """Solar Open: every layer a mixture with a shared expert."""
    width = keys.integer("moe_intermediate_size")
    experts = replace(read_experts(keys, width=width), shared_width=shared_experts(keys, width))
    return sparse(keys, Style(attention=biased(keys, out=False)), experts)


def read_hunyuan_v3(keys: Keys) -> Architecture:
    """Hunyuan 3: head norms, the first layer dense, a shared expert."""
    style = Style(attention=biased(keys, qk_norm="head"), mlp_bias=keys.flag("mlp_bias"))
    return _dense_first(keys, style)


def read_hunyuan_moe(keys: Keys) -> Architecture:
    """Hunyuan-A13B: each mixture beside a shared block of the same width."""
    sizes = read_sizes(keys)
    width = _uniform(keys, "intermediate_size")
    per_token = _uniform(keys, "moe_topk")
    experts = Experts(
        _uniform(keys, "num_experts"),
        per_token,
        width,
        shared_width=width * _uniform(keys, "num_shared_expert", 1),
        router="wg",
    )
    if per_token > experts.experts:
        raise contradiction(
            f"{per_token} experts per token out of {experts.experts} experts.",
            f"每个 token 使用 {per_token} 个专家，但只有 {experts.experts} 个专家。",
        )
    attention = replace(
        biased(keys, qk_norm="head"), qk_norm_names=("query_layernorm", "key_layernorm")
    )
    style = Style(attention=attention)
    mixed = mixture(sizes.hidden, experts, style.names, activation=activation(keys, style))
    return interleave(keys, sizes, style, mixed)


def _uniform(keys: Keys, name: str, default: int | None = None) -> int:
    """Return a whole number that may be stored as one equal value per layer."""
    value = keys.raw(name)
    if isinstance(value, list | tuple) and value and all(item == value[0] for item in value):
        return Keys({name: value[0]}).integer(name)
    return keys.integer(name, default=default)


def read_ernie_moe(keys: Keys) -> Architecture:
    """ERNIE 4.5 MoE: layers from a start to an end index, shared experts, a learned offset."""
    layers = layer_count(keys)
    width = keys.integer("moe_intermediate_size")
    experts = replace(
        read_experts(keys, width=width),
        shared_width=shared_experts(keys, width),
        correction="e_score_correction_bias",
    )
    start = keys.integer("moe_layer_start_index", default=1, least=0)
    end = keys.integer("moe_layer_end_index", default=-1, least=-1)
    step = keys.integer("moe_layer_interval", default=1)
    last = layers - 1 if end == -1 else end
    routed = [(i + 1) % step == 0 and start <= i <= last for i in range(layers)]
    bias = keys.flag("use_bias")
    attention = AttentionStyle(q_bias=bias, kv_bias=bias, out_bias=bias)
    style = Style(attention=attention, mlp_bias=bias, head_bias=bias)
    return sparse(keys, style, experts, routed)


def read_minimax_m2(keys: Keys) -> Architecture:
    """MiniMax-M2: norms over all heads, every layer a mixture."""
    experts = read_experts(keys, width=keys.integer("intermediate_size"))
    return sparse(keys, Style(attention=AttentionStyle(qk_norm="full")), experts)
