"""Llama 3.2 Vision's text model: LLaMA with layers that look at an image instead of the text."""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.families.decoder import Style, assemble, dense, layer, read_sizes
from calculators.architecture.keys import Keys, malformed
from calculators.architecture.model import Architecture, Attention, FeedForward, Layer
from calculators.architecture.modules import Module, vector
from calculators.text import Text

IMAGE_ROWS = 8
"""Rows of the embedding beyond the vocabulary: the image token and its padding."""

SKIPPED = Text(
    "Cross-attention layers are counted as parameters; without an image they are skipped, and keep "
    "neither activations nor a cache of the text.",
    "交叉注意力层只计入参数；没有图像时会被跳过，不保存激活，也不缓存文本。",
)


def read_mllama(keys: Keys) -> Architecture:
    """Mllama's language model: cross-attention layers among those of LLaMA."""
    sizes, style = read_sizes(keys), Style()
    crossing = keys.raw("cross_attention_layers")
    if not isinstance(crossing, (list, tuple)) or not all(isinstance(i, int) for i in crossing):
        raise malformed("cross_attention_layers", crossing)
    plain = layer(keys, sizes, style, dense(keys, sizes, style))

    def make(crosses: bool) -> Layer:
        return _cross(plain) if crosses else plain

    plan = [index in set(crossing) for index in range(sizes.layers)]
    made = assemble(keys, sizes, style, plan, make)
    outer = tuple(
        replace(m, rows=m.rows + IMAGE_ROWS) if m.kind == "embedding" else m for m in made.outer
    )
    return replace(made, outer=outer, notes=(*made.notes, SKIPPED))


def _cross(plain: Layer) -> Layer:
    """Return the layer as one that text alone passes by: all of it are free parameters."""
    head = plain.attention.head_dim
    more = (
        vector("q_norm", head),
        vector("k_norm", head),
        vector("cross_attn_attn_gate", 1),
        vector("cross_attn_mlp_gate", 1),
    )
    modules: tuple[Module, ...] = (*plain.modules, *more)
    return Layer(attention=Attention(kind="none"), feed_forward=FeedForward("none"), extra=modules)
