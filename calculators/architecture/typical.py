"""A dense decoder of typical shape for a bare size ("7b").

Well-known shapes are used at their sizes (LLaMA, arXiv 2302.13971 table 2; Llama 2,
arXiv 2307.09288; GPT-3, arXiv 2005.14165 table 2.1; Llama 3.1 405B, arXiv 2407.21783 table 3);
between and beyond them hidden size and layers follow the power law through the neighbours.
The sizes of other well-known models have their shapes too, with an inner width as if gated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

from calculators.architecture.families.llama import read_llama
from calculators.architecture.keys import Keys
from calculators.architecture.model import Architecture
from calculators.errors import InvalidRequest
from calculators.text import Text

LEAST, MOST = 1e7, 1e13


SNAP = 0.08
GROUPED_FROM = 3.35e10
"""Dense models above have grouped key-value heads since Code Llama 34B (arXiv 2308.12950)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A reference shape and its parameters; ``width`` 0 is solved from the size.

    ``called`` are the sizes that it goes by, where they are not its parameters.
    """

    name: str
    nominal: float
    hidden: int
    layers: int
    heads: int
    kv_heads: int
    width: int
    vocab: int = 32000
    tied: bool = False
    called: tuple[float, ...] = ()

    @property
    def sizes(self) -> tuple[float, ...]:
        """The sizes that are understood as this shape."""
        return (self.nominal, *self.called)


SHAPES = (
    Shape("", 1e7, 256, 4, 4, 4, 0, 8192, True),
    Shape("SmolLM2-135M", 135e6, 576, 30, 9, 3, 1536, 49152, True),
    Shape("SmolLM2-360M", 360e6, 960, 32, 15, 5, 2560, 49152, True),
    Shape("TinyLlama-1.1B", 1.1e9, 2048, 22, 32, 4, 5632),
    Shape("OpenLLaMA-3B", 3.43e9, 3200, 26, 32, 32, 8640, called=(3e9,)),
    Shape("LLaMA-7B", 6.74e9, 4096, 32, 32, 32, 11008, called=(7e9,)),
    Shape("LLaMA-13B", 13.02e9, 5120, 40, 40, 40, 13824, called=(13e9,)),
    Shape("LLaMA-33B", 32.53e9, 6656, 60, 52, 52, 17920, called=(33e9,)),
    Shape("LLaMA-65B", 65.29e9, 8192, 80, 64, 64, 22016, called=(65e9,)),
    Shape("Llama-2-70B", 68.98e9, 8192, 80, 64, 8, 28672, called=(70e9,)),
    Shape("", 175e9, 12288, 96, 96, 8, 0, 50257),
    Shape("Llama-3.1-405B", 405.85e9, 16384, 126, 128, 8, 53248, 128256, called=(405e9,)),
    Shape("", 1e13, 49152, 252, 384, 8, 0, 128256),
)
"""The shapes between which others lie, by size."""
OTHERS = (
    Shape("Llama-3-8B", 8.03e9, 4096, 32, 32, 8, 14336, 128256, called=(8e9,)),
    Shape("Qwen2.5-32B", 32.76e9, 5120, 64, 40, 8, 27648, 152064, called=(32e9,)),
    Shape("CodeLlama-34B", 33.74e9, 8192, 48, 64, 8, 22016, called=(34e9,)),
    Shape("Falcon-40B", 41.8e9, 8192, 60, 128, 8, 21824, 65024, called=(40e9,)),
    Shape("Qwen2.5-72B", 72.71e9, 8192, 80, 64, 8, 29568, 152064, called=(72e9,)),
    Shape("Qwen1.5-110B", 111.2e9, 8192, 80, 64, 8, 49152, 152064, called=(110e9,)),
    Shape("GPT-3 175B", 175.2e9, 12288, 96, 96, 96, 32768, 50257, called=(175e9,)),
    Shape("Falcon-180B", 179.6e9, 14848, 80, 232, 8, 39616, 65024, called=(180e9,)),
)
"""Further models that a bare size is known by, whose shapes lie off the line of the others.

Sources: their config.json (that of 8B as all published ones of its size, Qwen3 and Granite too,
has grouped heads); Falcon's and GPT-3's ungated inner width of four hidden sizes stands
as the gated one of as many parameters, 8/3 of the hidden size.
"""
NAMED = tuple(shape for shape in (*SHAPES, *OTHERS) if shape.width)


@lru_cache(maxsize=1024)
def typical_architecture(params: float) -> Architecture:
    """Return a dense llama-shaped decoder of about ``params`` parameters (1e7 to 1e13).

    Within 8 % of a well-known shape it is that shape, whose exact count may differ from
    ``params``; elsewhere the count is ``params`` to within the rounding of the inner width.
    Raises InvalidRequest outside the range.
    """
    if not LEAST <= params <= MOST:
        raise InvalidRequest(
            Text(
                f"A dense model of {params:g} parameters is outside what is known "
                "(10 million to 10 trillion).",
                f"参数量 {params:g} 超出已知稠密模型的范围（1 千万到 10 万亿）。",
            ),
            field="params",
        )
    known = nearest_shape(params)
    shape = known or _between(params)
    name = known.name if known else "LLaMA"
    grouped = Text("", "")
    if shape.kv_heads < shape.heads:
        grouped = Text(
            f" over {shape.kv_heads} key-value heads (grouped-query attention)",
            f"（GQA，{shape.kv_heads} 个 KV 头）",
        )
    note = Text(
        f"{params / 1e9:g}B is taken as a dense model of {name}'s shape: hidden size "
        f"{shape.hidden}, {shape.layers} layers, {shape.heads} heads{grouped.en}, inner width "
        f"{shape.width}, vocabulary {shape.vocab}.",
        f"把 {params / 1e9:g}B 当作 {name} 形状的稠密模型：隐藏维度 {shape.hidden}，"
        f"{shape.layers} 层，{shape.heads} 个头{grouped.zh}，"
        f"中间维度 {shape.width}，词表 {shape.vocab}。",
    )
    bare = replace(shape, name="", nominal=0, called=())
    return replace(_llama(bare), family="llama", class_name="LlamaForCausalLM", notes=(note,))


def nearest_shape(params: float) -> Shape | None:
    """Return the well-known shape within 8 % of ``params``, None when there is none."""
    best = best_known_shape(params)
    return best if abs(params / best.nominal - 1) <= SNAP else None


def best_known_shape(params: float) -> Shape:
    """Return the well-known shape that goes by the size nearest to ``params``."""

    def distance(shape: Shape) -> float:
        return min(abs(math.log(params / size)) for size in shape.sizes)

    return min(NAMED, key=distance)


def _between(params: float) -> Shape:
    """Return a shape between its neighbours, its inner width solved from ``params``."""
    upper = next(i for i, shape in enumerate(SHAPES) if params <= shape.nominal)
    low, high = SHAPES[max(upper - 1, 0)], SHAPES[max(upper, 1)]
    part = math.log(params / low.nominal) / math.log(high.nominal / low.nominal)
    head_dim = 128 if params >= 1e9 else 64
    step = head_dim * (8 if params >= 2e10 else 4)
    hidden = max(step, step * round(low.hidden * (high.hidden / low.hidden) ** part / step))
    layers = round(low.layers * (high.layers / low.layers) ** part)
    heads = hidden // head_dim
    kv_heads = math.gcd(heads, 8) if params > GROUPED_FROM else heads
    kv_dim = kv_heads * head_dim
    embeddings = low.vocab * hidden * (1 if low.tied else 2)
    attention = 2 * hidden * hidden + 2 * hidden * kv_dim
    left = (params - embeddings - hidden) / layers - attention - 2 * hidden
    width = max(64, 64 * round(left / (3 * hidden) / 64))
    return Shape("", params, hidden, layers, heads, kv_heads, width, low.vocab, low.tied)


@lru_cache(maxsize=256)
def _llama(shape: Shape) -> Architecture:
    """Return the decoder of a shape; all sizes that are taken for it share its layers."""
    return read_llama(
        Keys(
            {
                "hidden_size": shape.hidden,
                "num_hidden_layers": shape.layers,
                "num_attention_heads": shape.heads,
                "num_key_value_heads": shape.kv_heads,
                "intermediate_size": shape.width,
                "vocab_size": shape.vocab,
                "tie_word_embeddings": shape.tied,
                "torch_dtype": "float16",
            }
        )
    )
