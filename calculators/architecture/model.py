"""Dataclasses that describe a decoder-only language model exactly enough to count with.

Shapes follow the transformers classes; sizes are numbers of elements. Equal layers are one
shared object, so per-layer work can be done once per :attr:`Architecture.groups` entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from calculators.architecture.modules import Module
from calculators.text import Text

AttentionKind = Literal["mha", "mla", "linear", "none"]
FeedForwardKind = Literal["dense", "moe", "none"]
NormKind = Literal["rms", "layernorm"]
PositionKind = Literal["rope", "learned", "alibi", "none"]


@dataclass(frozen=True, slots=True)
class Norm:
    """A normalisation over ``width`` elements; without ``affine`` it has no parameters."""

    name: str
    kind: NormKind
    width: int
    bias: bool = False
    affine: bool = True

    @property
    def modules(self) -> tuple[Module, ...]:
        """The parameters of the norm, none when it is not affine."""
        if not self.affine:
            return ()
        return (Module(self.name, "norm", self.width, bias=self.bias),)


@dataclass(frozen=True, slots=True)
class LinearState:
    """What a linear-attention or state-space layer keeps per sequence, whatever its length.

    ``recurrent_elements`` is the state matrix, kept in ``recurrent_bytes`` a number (fp32 in
    the reference kernels); ``conv_elements`` the window of the short convolution.
    """

    key_heads: int
    value_heads: int
    key_dim: int
    value_dim: int
    conv_dim: int
    conv_kernel: int
    recurrent_bytes: int = 4

    @property
    def recurrent_elements(self) -> int:
        """Elements of the recurrent state of one sequence."""
        return self.value_heads * self.key_dim * self.value_dim

    @property
    def conv_elements(self) -> int:
        """Elements of the convolution window of one sequence."""
        return self.conv_dim * self.conv_kernel


@dataclass(frozen=True, slots=True)
class Attention:
    """One layer's token mixer.

    ``head_dim`` is the width of a query and key head, ``v_head_dim`` of a value head;
    ``window`` is the number of past tokens a sliding or chunked layer sees, None for all.
    With latent attention (``mla``) the cache keeps ``kv_lora_rank`` + ``rope_dim`` elements;
    a layer that ``shares_cache`` reads an earlier layer's keys and values and keeps none.
    """

    kind: AttentionKind
    heads: int = 0
    kv_heads: int = 0
    head_dim: int = 0
    v_head_dim: int = 0
    window: int | None = None
    position: PositionKind = "rope"
    rope_dim: int = 0
    q_lora_rank: int | None = None
    kv_lora_rank: int | None = None
    qkv_bias: bool = False
    out_bias: bool = False
    qk_norm: NormKind | None = None
    fused_qkv: bool = False
    output_gate: bool = False
    sinks: bool = False
    shares_cache: bool = False
    softcap: float | None = None
    dropout: float = 0.0
    state: LinearState | None = None
    modules: tuple[Module, ...] = ()

    @property
    def q_dim(self) -> int:
        """Elements of all query heads of a token."""
        return self.heads * self.head_dim

    @property
    def k_dim(self) -> int:
        """Elements of all key heads of a token (not expanded)."""
        return self.kv_heads * self.head_dim

    @property
    def v_dim(self) -> int:
        """Elements of all value heads of a token (not expanded)."""
        return self.kv_heads * self.v_head_dim

    @property
    def kv_elements_per_token(self) -> int:
        """Elements that the cache keeps of one token; 0 for a linear or absent mixer."""
        if self.shares_cache:
            return 0
        if self.kind == "mha":
            return self.k_dim + self.v_dim
        if self.kind == "mla":
            return (self.kv_lora_rank or 0) + self.rope_dim
        return 0


@dataclass(frozen=True, slots=True)
class FeedForward:
    """One layer's feed-forward part.

    ``width`` is the inner width of the dense part, ``expert_width`` of one routed expert,
    ``shared_width`` of all shared experts together. ``experts_per_token`` are routed ones.
    """

    kind: FeedForwardKind
    width: int = 0
    gated: bool = True
    bias: bool = False
    activation: str = "silu"
    fused_gate_up: bool = False
    experts: int = 0
    experts_per_token: int = 0
    expert_width: int = 0
    shared_width: int = 0
    dropout: float = 0.0
    modules: tuple[Module, ...] = ()

    @property
    def active_width(self) -> int:
        """Inner width that one token passes through."""
        return self.width + self.shared_width + self.experts_per_token * self.expert_width

    @property
    def skipped_parameters(self) -> int:
        """Parameters of the routed experts that a token skips."""
        if not self.experts:
            return 0
        routed = sum(m.parameters for m in self.modules if m.kind == "expert")
        return routed * (self.experts - self.experts_per_token) // self.experts


@dataclass(frozen=True, slots=True)
class Layer:
    """A decoder layer: mixer, feed-forward, norms, and free parameters of its own."""

    attention: Attention
    feed_forward: FeedForward
    norms: tuple[Norm, ...] = ()
    parallel: bool = False
    post_norms: bool = False
    extra: tuple[Module, ...] = ()

    @property
    def modules(self) -> tuple[Module, ...]:
        """All parameter records of the layer."""
        norms = tuple(module for norm in self.norms for module in norm.modules)
        return self.attention.modules + self.feed_forward.modules + norms + self.extra

    @property
    def passed_by(self) -> bool:
        """Whether text skips it: neither mixer nor feed-forward, for all its parameters."""
        return self.attention.kind == self.feed_forward.kind == "none"

    @property
    def parameters(self) -> int:
        """Parameters of the layer."""
        return sum(module.parameters for module in self.modules)


@dataclass(frozen=True, eq=False)
class Architecture:
    """A decoder-only language model: sizes, layers, and what surrounds them.

    ``outer`` are the modules outside the layers (embeddings, position table, projections,
    head). ``dtype`` is the format the weights are published in, ``quantization`` the method and
    format when the config names one. ``notes`` say what a count leaves out or rests on. Two
    architectures are equal only if they are one object.
    """

    family: str
    class_name: str
    hidden: int
    vocab: int
    layers: tuple[Layer, ...]
    outer: tuple[Module, ...]
    tied_embeddings: bool
    max_context: int | None
    final_norm: Norm | None
    activation: str
    embedding_norm: Norm | None = None
    embedding_dropout: float = 0.0
    hidden_dropout: float = 0.0
    logit_softcap: float | None = None
    dtype: str | None = None
    quantization: str | None = None
    notes: tuple[Text, ...] = ()

    @cached_property
    def groups(self) -> tuple[tuple[Layer, int], ...]:
        """Distinct layers and how often each occurs, in order of first appearance."""
        layers = {id(layer): layer for layer in self.layers}
        counts = Counter(id(layer) for layer in self.layers)
        return tuple((layer, counts[key]) for key, layer in layers.items())

    @cached_property
    def outer_modules(self) -> tuple[Module, ...]:
        """Modules outside the layers, norms included."""
        norms = [norm for norm in (self.embedding_norm, self.final_norm) if norm is not None]
        return self.outer + tuple(module for norm in norms for module in norm.modules)

    def modules(self) -> Iterator[Module]:
        """Yield every module once, those of layers with their layer's index."""
        yield from self.outer_modules
        for index, layer in enumerate(self.layers):
            for module in layer.modules:
                yield module.in_layer(index)

    @cached_property
    def parameters_total(self) -> int:
        """Parameters (not buffers) of the transformers class, tied weights once."""
        outer = sum(module.parameters for module in self.outer_modules)
        return outer + sum(layer.parameters * count for layer, count in self.groups)

    @cached_property
    def parameters_active(self) -> int:
        """Total less the routed experts that a token skips."""
        skipped = sum(lay.feed_forward.skipped_parameters * count for lay, count in self.groups)
        return self.parameters_total - skipped

    @cached_property
    def embedding_parameters(self) -> int:
        """Parameters of the token embedding."""
        return sum(m.parameters for m in self.outer if m.kind == "embedding")

    @cached_property
    def head_parameters(self) -> int:
        """Parameters of an untied output head, 0 when it is tied."""
        return sum(m.parameters for m in self.outer if m.kind == "head")

    @property
    def layer_count(self) -> int:
        """Number of decoder layers."""
        return len(self.layers)

    @property
    def attention(self) -> Attention:
        """The first layer's softmax attention, for architectures where all are alike."""
        for layer in self.layers:
            if layer.attention.kind in ("mha", "mla"):
                return layer.attention
        return self.layers[0].attention
