"""Dense relatives of the llama block: BitNet, DiffLlama, GLM-4.xV, Granite with sinks, VaultGemma.

Source of each: transformers 5.23.0, models/<family>/modeling_<family>.py.
"""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.blocks import AttentionStyle
from calculators.architecture.families.decoder import Style, uniform
from calculators.architecture.families.llama import GLM_NORMS
from calculators.architecture.families.mixture import biased, granite_moe
from calculators.architecture.families.windows import FULL, SLIDING, periodic
from calculators.architecture.keys import Keys
from calculators.architecture.model import Architecture
from calculators.architecture.modules import Module, vector

_SINK_WINDOWS = periodic((FULL, SLIDING, SLIDING, SLIDING))


def with_extra(made: Architecture, extra: tuple[Module, ...]) -> Architecture:
    """Return ``made`` with free parameters of its own in every layer."""
    changed = {id(old): replace(old, extra=old.extra + extra) for old, _ in made.groups}
    return replace(made, layers=tuple(changed[id(old)] for old in made.layers))


def read_bitnet(keys: Keys) -> Architecture:
    """BitNet b1.58: LLaMA with a norm before each block's last projection."""
    made = uniform(keys, Style(attention=biased(keys)))
    width = made.layers[0].feed_forward.width
    inner = (
        Module("attn_sub_norm", "norm", made.hidden),
        Module("ffn_sub_norm", "norm", width),
    )
    return with_extra(made, inner)


def read_diffllama(keys: Keys) -> Architecture:
    """DiffLlama (arXiv 2410.05258): the difference of two softmax maps, weighed by lambda."""
    made = uniform(keys, Style(attention=biased(keys)))
    width = made.attention.head_dim
    names = ("lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2")
    return with_extra(made, tuple(vector(name, width) for name in names))


def read_vaultgemma(keys: Keys) -> Architecture:
    """VaultGemma: Gemma 2 without the norms after the blocks."""
    cap = keys.number("attn_logit_softcapping") or None
    style = Style(
        attention=replace(biased(keys), softcap=cap),
        norm_names=("input_layernorm", "pre_feedforward_layernorm"),
    )
    return uniform(keys, style, periodic((SLIDING, FULL)))


def read_glm4v(keys: Keys) -> Architecture:
    """GLM-4.1V: GLM-4's block, with biases on query, key and value whatever the config says."""
    return _glm(keys, AttentionStyle(q_bias=True, kv_bias=True))


def read_glm_ocr(keys: Keys) -> Architecture:
    """GLM-OCR: GLM-4's block without biases."""
    return _glm(keys, AttentionStyle())


def _glm(keys: Keys, attention: AttentionStyle) -> Architecture:
    style = Style(attention=attention, fused_gate_up=True, norm_names=GLM_NORMS, post_norms=True)
    return uniform(keys, style)


def read_granite_swa(keys: Keys) -> Architecture:
    """Granite with attention sinks and a window in three layers of four."""
    style = Style(attention=replace(biased(keys), sinks=True), mlp_bias=keys.flag("mlp_bias"))
    return uniform(keys, style, _SINK_WINDOWS)


def read_granitemoe_swa(keys: Keys) -> Architecture:
    """Granite MoE with attention sinks and a window in three layers of four."""
    style = Style(attention=replace(biased(keys), sinks=True))
    return granite_moe(keys, style, _SINK_WINDOWS)
