"""LLaMA and the families that share its block: RMS norms, rotary heads, gated feed-forward."""

from __future__ import annotations

from calculators.architecture.blocks import AttentionStyle
from calculators.architecture.families.decoder import Style, uniform
from calculators.architecture.families.windows import always_sliding, late_sliding
from calculators.architecture.keys import Keys
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
