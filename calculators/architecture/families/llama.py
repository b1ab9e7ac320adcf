"""LLaMA and the families that share its block: RMS norms, rotary heads, gated feed-forward."""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.blocks import AttentionStyle, Names
from calculators.architecture.families.decoder import PRE_NORMS, Style, read_sizes, uniform
from calculators.architecture.families.windows import (
    FULL,
    SLIDING,
    always_sliding,
    every_nth_full,
    from_types,
    late_sliding,
    periodic,
)
from calculators.architecture.keys import Keys, contradiction
from calculators.architecture.model import Architecture


def read_llama(keys: Keys) -> Architecture:
    """LLaMA 1 to 3.3, Vicuna, Yi, DeepSeek LLM, SmolLM2, TinyLlama and others."""
    bias = keys.flag("attention_bias", default=keys.flag("bias"))
    style = Style(
        attention=AttentionStyle(q_bias=bias, kv_bias=bias, out_bias=bias),
        mlp_bias=keys.flag("mlp_bias"),
    )
    return uniform(keys, style)


def read_mistral(keys: Keys) -> Architecture:
    """Mistral and Ministral: LLaMA with a sliding window where one is given."""
    return uniform(keys, Style(), always_sliding)


def read_qwen2(keys: Keys) -> Architecture:
    """Qwen1.5, Qwen2 and Qwen2.5: biases on query, key and value."""
    return uniform(keys, Style(attention=AttentionStyle(q_bias=True, kv_bias=True)), late_sliding)


def read_qwen3(keys: Keys) -> Architecture:
    """Qwen3: a norm on each query and key head."""
    bias = keys.flag("attention_bias")
    attention = AttentionStyle(q_bias=bias, kv_bias=bias, out_bias=bias, qk_norm="head")
    return uniform(keys, Style(attention=attention), late_sliding)


def _biased(keys: Keys, **more: object) -> AttentionStyle:
    """Return attention whose four projections follow ``attention_bias``."""
    bias = keys.flag("attention_bias")
    style = AttentionStyle(q_bias=bias, kv_bias=bias, out_bias=bias)
    return replace(style, **more)  # type: ignore[arg-type]


def read_smollm3(keys: Keys) -> Architecture:
    """SmolLM3: every fourth layer has no rotary embedding, and the window when there is one."""

    def windows(keys: Keys, layers: int) -> tuple[int | None, ...]:
        every = keys.integer("no_rope_layer_interval", default=4)
        sliding = keys.flag("use_sliding_window") and keys.optional("sliding_window") is not None
        fallback = tuple(
            SLIDING if sliding and (index + 1) % every == 0 else FULL for index in range(layers)
        )
        return from_types(keys, layers, fallback)

    style = Style(attention=_biased(keys), mlp_bias=keys.flag("mlp_bias"))
    return uniform(keys, style, windows)


def read_helium(keys: Keys) -> Architecture:
    """Helium: LLaMA whose heads must make up the hidden size exactly."""
    sizes = read_sizes(keys)
    if sizes.heads.heads * sizes.heads.head_dim != sizes.hidden:
        raise contradiction(
            f"{sizes.heads.heads} heads of {sizes.heads.head_dim} do not make hidden_size "
            f"{sizes.hidden}.",
            f"{sizes.heads.heads} 个宽 {sizes.heads.head_dim} 的头与 hidden_size "
            f"{sizes.hidden} 不符。",
        )
    bias = keys.flag("attention_bias")
    attention = AttentionStyle(q_bias=bias, kv_bias=bias)
    return uniform(keys, Style(attention=attention, mlp_bias=keys.flag("mlp_bias")))


def read_seed_oss(keys: Keys) -> Architecture:
    """Seed-OSS: biases on query, key and value; the output's own flag."""
    bias = keys.flag("attention_bias")
    out = keys.flag("attention_out_bias")
    attention = AttentionStyle(q_bias=bias, kv_bias=bias, out_bias=out)
    return uniform(keys, Style(attention=attention, mlp_bias=keys.flag("mlp_bias")))


def read_phi3(keys: Keys) -> Architecture:
    """Phi-3, Phi-3.5 and Phi-4: one matrix for query, key and value, one for gate and up."""
    style = Style(attention=AttentionStyle(fused_qkv=True), fused_gate_up=True)
    return uniform(keys, style, always_sliding)


def read_glm(keys: Keys) -> Architecture:
    """GLM-4-9B in transformers' own class: biases on query, key and value."""
    bias = keys.flag("attention_bias")
    attention = AttentionStyle(q_bias=bias, kv_bias=bias)
    return uniform(keys, Style(attention=attention, fused_gate_up=True))


def read_glm4(keys: Keys) -> Architecture:
    """GLM-4-0414: GLM with norms after attention and feed-forward too."""
    bias = keys.flag("attention_bias")
    style = Style(
        attention=AttentionStyle(q_bias=bias, kv_bias=bias),
        fused_gate_up=True,
        norm_names=GLM_NORMS,
        post_norms=True,
    )
    return uniform(keys, style)


def read_hunyuan(keys: Keys) -> Architecture:
    """Hunyuan dense: norms on query and key heads."""
    names = ("query_layernorm", "key_layernorm")
    return uniform(keys, Style(attention=_biased(keys, qk_norm="head", qk_norm_names=names)))


def read_ernie(keys: Keys) -> Architecture:
    """ERNIE 4.5 dense: one flag for all biases."""
    bias = keys.flag("use_bias")
    attention = AttentionStyle(q_bias=bias, kv_bias=bias, out_bias=bias)
    return uniform(keys, Style(attention=attention, mlp_bias=bias))


def read_plain_relu(keys: Keys) -> Architecture:
    """Arcee: LLaMA's attention with an ungated feed-forward block."""
    style = Style(attention=_biased(keys), gated=False, mlp_bias=keys.flag("mlp_bias"))
    return uniform(keys, style)


def read_olmo(keys: Keys) -> Architecture:
    """OLMo: layer norms without parameters."""
    return uniform(keys, Style(attention=_biased(keys), norm_kind="layernorm", norm_affine=False))


POST_NORMS = ("post_attention_layernorm", "post_feedforward_layernorm")


def read_olmo2(keys: Keys) -> Architecture:
    """OLMo 2: norms after the blocks, and over all query and key heads together."""
    style = Style(attention=_biased(keys, qk_norm="full"), norm_names=POST_NORMS, post_norms=True)
    return uniform(keys, style)


def read_olmo3(keys: Keys) -> Architecture:
    """OLMo 3: OLMo 2 with a window in three layers of four."""
    style = Style(attention=_biased(keys, qk_norm="full"), norm_names=POST_NORMS, post_norms=True)
    return uniform(keys, style, periodic(every_nth_full(4)))


def read_exaone4(keys: Keys) -> Architecture:
    """EXAONE 4: norms after the blocks and on each head; windows by pattern."""

    def windows(keys: Keys, layers: int) -> tuple[int | None, ...]:
        pattern = keys.raw("sliding_window_pattern")
        if keys.optional("sliding_window") is None or not pattern:
            return from_types(keys, layers, (FULL,) * layers)
        if isinstance(pattern, str):
            period = tuple(SLIDING if letter == "L" else FULL for letter in pattern)
        else:
            period = every_nth_full(keys.integer("sliding_window_pattern"))
        return periodic(period)(keys, layers)

    attention = AttentionStyle(qk_norm="head")
    style = Style(attention=attention, norm_names=POST_NORMS, post_norms=True)
    return uniform(keys, style, windows)


GLM_NORMS = (*PRE_NORMS, "post_self_attn_layernorm", "post_mlp_layernorm")
SANDWICH = (
    "input_layernorm",
    "post_attention_layernorm",
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm",
)


def read_gemma(keys: Keys) -> Architecture:
    """Gemma: LLaMA's block with wide heads and a tied embedding."""
    return uniform(keys, Style(attention=_biased(keys)))


def read_gemma2(keys: Keys) -> Architecture:
    """Gemma 2: norms before and after each block, every other layer sliding, soft caps."""
    cap = keys.number("attn_logit_softcapping") or None
    style = Style(attention=_biased(keys, softcap=cap), norm_names=SANDWICH, post_norms=True)
    return uniform(keys, style, periodic((SLIDING, FULL)))


def read_gemma3(keys: Keys) -> Architecture:
    """Gemma 3: Gemma 2 with head norms, and five sliding layers to each full one."""

    def windows(keys: Keys, layers: int) -> tuple[int | None, ...]:
        nth = keys.integer("sliding_window_pattern", default=6)
        return periodic(every_nth_full(nth))(keys, layers)

    cap = keys.number("attn_logit_softcapping") or None
    attention = _biased(keys, softcap=cap, qk_norm="head")
    return uniform(keys, Style(attention=attention, norm_names=SANDWICH, post_norms=True), windows)


def read_cohere(keys: Keys) -> Architecture:
    """Command R and R+: one bias-free layer norm, blocks in parallel, tied embedding."""
    norm = "full" if keys.flag("use_qk_norm") else None
    style = Style(
        attention=_biased(keys, qk_norm=norm, qk_norm_kind="layernorm"),
        norm_names=("input_layernorm",),
        norm_kind="layernorm",
        parallel=True,
    )
    return uniform(keys, style)


def read_cohere2(keys: Keys) -> Architecture:
    """Command R7B: Command R with a window in three layers of four."""

    def windows(keys: Keys, layers: int) -> tuple[int | None, ...]:
        nth = keys.integer("sliding_window_pattern", default=4)
        return periodic(every_nth_full(nth))(keys, layers)

    style = Style(
        attention=_biased(keys),
        norm_names=("input_layernorm",),
        norm_kind="layernorm",
        parallel=True,
    )
    return uniform(keys, style, windows)


def read_nemotron(keys: Keys) -> Architecture:
    """Nemotron (Minitron): layer norms with bias, an ungated squared-ReLU block."""
    style = Style(
        attention=_biased(keys),
        norm_kind="layernorm",
        norm_bias=True,
        gated=False,
        mlp_bias=keys.flag("mlp_bias"),
    )
    return uniform(keys, style)


STARCODER_NAMES = Names(up="c_fc", down="c_proj")


def read_starcoder2(keys: Keys) -> Architecture:
    """StarCoder2: biases everywhere, layer norms, an ungated block, a window."""
    bias = keys.flag("use_bias")
    style = Style(
        attention=AttentionStyle(q_bias=bias, kv_bias=bias, out_bias=bias),
        names=STARCODER_NAMES,
        norm_kind="layernorm",
        norm_bias=True,
        gated=False,
        mlp_bias=bias,
        dropout_keys=("residual_dropout",),
        embedding_dropout_keys=("embedding_dropout",),
    )
    return uniform(keys, style, always_sliding)


def read_stablelm(keys: Keys) -> Architecture:
    """StableLM: layer norms with bias; optional norms per head and parallel blocks."""
    bias = keys.flag("use_qkv_bias")
    parallel = keys.flag("use_parallel_residual")
    norm = "full" if keys.flag("qk_layernorm") else None
    style = Style(
        attention=AttentionStyle(
            q_bias=bias,
            kv_bias=bias,
            qk_norm=norm,
            qk_norm_kind="layernorm",
            qk_norm_names=("q_layernorm", "k_layernorm"),
        ),
        norm_names=("input_layernorm",) if parallel else PRE_NORMS,
        norm_kind="layernorm",
        norm_bias=True,
        parallel=parallel,
    )
    return uniform(keys, style)
