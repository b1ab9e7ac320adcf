"""What the llama-shaped families share: sizes, layers built from a style, embeddings, head."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from calculators.architecture.blocks import (
    AttentionStyle,
    Heads,
    Names,
    dense_feed_forward,
    norms,
    softmax_attention,
)
from calculators.architecture.keys import (
    CONTEXT,
    HEADS,
    HIDDEN,
    LAYERS,
    VOCAB,
    Keys,
    contradiction,
)
from calculators.architecture.model import Architecture, FeedForward, Layer, Norm, NormKind
from calculators.architecture.modules import Module

PRE_NORMS = ("input_layernorm", "post_attention_layernorm")
WIDTH = ("intermediate_size",)
Kind = TypeVar("Kind", bound=Hashable)
Windows = Callable[[Keys, int], tuple[int | None, ...]]


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes that every decoder has."""

    hidden: int
    layers: int
    vocab: int
    heads: Heads


@dataclass(frozen=True)
class Style:
    """How a family differs from LLaMA; the keys name where its config keeps a value."""

    attention: AttentionStyle = field(default_factory=AttentionStyle)
    names: Names = field(default_factory=Names)
    norm_names: tuple[str, ...] = PRE_NORMS
    norm_kind: NormKind = "rms"
    norm_bias: bool = False
    norm_affine: bool = True
    final_norm: str | None = "norm"
    embedding: str = "embed_tokens"
    head: str = "lm_head"
    head_bias: bool = False
    mlp_bias: bool = False
    gated: bool = True
    fused_gate_up: bool = False
    parallel: bool = False
    post_norms: bool = False
    activation_keys: tuple[str, ...] = ("hidden_act", "hidden_activation")
    dropout_keys: tuple[str, ...] = ("hidden_dropout", "resid_pdrop")
    embedding_dropout_keys: tuple[str, ...] = ("embd_pdrop",)


def read_heads(keys: Keys, hidden: int, heads: int) -> Heads:
    """Return the head sizes; grouped attention where ``num_key_value_heads`` says so."""
    kv_heads = keys.integer("num_key_value_heads", default=heads)
    head_dim = keys.optional("head_dim")
    if head_dim is None:
        head_dim = even_head_dim(hidden, heads)
    check_groups(heads, kv_heads)
    return Heads(hidden, heads, kv_heads, head_dim)


def even_head_dim(hidden: int, heads: int) -> int:
    """Return hidden / heads, which must come out even."""
    if hidden % heads:
        raise contradiction(
            f"hidden_size {hidden} is not divisible by {heads} attention heads, "
            "and there is no head_dim.",
            f"hidden_size {hidden} 不能被 {heads} 个注意力头整除，且没有给出 head_dim。",
        )
    return hidden // heads


def check_groups(heads: int, kv_heads: int) -> None:
    """Refuse KV heads that do not divide the query heads."""
    if heads % kv_heads:
        raise contradiction(
            f"{heads} attention heads cannot share {kv_heads} key-value heads evenly.",
            f"{heads} 个注意力头不能平均共享 {kv_heads} 个 KV 头。",
        )


def read_sizes(keys: Keys) -> Sizes:
    """Return the sizes under their usual keys."""
    hidden = keys.size(HIDDEN)
    layers = keys.size(LAYERS)
    if layers > 100_000:
        raise contradiction(f"{layers} layers are not possible.", f"{layers} 层不合理。")
    heads = read_heads(keys, hidden, keys.size(HEADS))
    return Sizes(hidden, layers, keys.size(VOCAB), heads)


def dense(keys: Keys, sizes: Sizes, style: Style, width: int | None = None) -> FeedForward:
    """Return the family's dense feed-forward block of ``width`` (default: the config's)."""
    return dense_feed_forward(
        sizes.hidden,
        keys.size(WIDTH) if width is None else width,
        style.names,
        gated=style.gated,
        bias=style.mlp_bias,
        activation=activation(keys, style),
        fused=style.fused_gate_up,
    )


def activation(keys: Keys, style: Style) -> str:
    """Return the name of the activation function."""
    return keys.text(*style.activation_keys, default="silu")


def layer(
    keys: Keys,
    sizes: Sizes,
    style: Style,
    feed_forward: FeedForward,
    attention: AttentionStyle | None = None,
    heads: Heads | None = None,
) -> Layer:
    """Return one layer of the family."""
    chosen = style.attention if attention is None else attention
    chosen = replace(chosen, dropout=keys.number("attention_dropout", "attn_pdrop"))
    return Layer(
        attention=softmax_attention(heads or sizes.heads, chosen, style.names),
        feed_forward=feed_forward,
        norms=norms(
            style.norm_names,
            style.norm_kind,
            sizes.hidden,
            bias=style.norm_bias,
            affine=style.norm_affine,
        ),
        parallel=style.parallel,
        post_norms=style.post_norms,
    )


def uniform(keys: Keys, style: Style, windows: Windows | None = None) -> Architecture:
    """Return a decoder whose layers differ at most in their window."""
    sizes = read_sizes(keys)
    block = dense(keys, sizes, style)
    plan = (None,) * sizes.layers if windows is None else windows(keys, sizes.layers)

    def make(window: int | None) -> Layer:
        return layer(keys, sizes, style, block, replace(style.attention, window=window))

    return assemble(keys, sizes, style, plan, make)


def assemble(
    keys: Keys,
    sizes: Sizes,
    style: Style,
    plan: Sequence[Kind],
    make: Callable[[Kind], Layer],
) -> Architecture:
    """Return the architecture; ``make`` is called once per kind of layer in ``plan``."""
    made = {kind: make(kind) for kind in dict.fromkeys(plan)}
    layers = [made[kind] for kind in plan]
    tied = keys.flag("tie_word_embeddings", default=False)
    outer = (
        Module(style.embedding, "embedding", sizes.vocab, sizes.hidden),
        Module(style.head, "head", sizes.vocab, sizes.hidden, bias=style.head_bias, tied=tied),
    )
    final = None
    if style.final_norm is not None:
        final = Norm(
            style.final_norm, style.norm_kind, sizes.hidden, style.norm_bias, style.norm_affine
        )
    return Architecture(
        family="",
        class_name="",
        hidden=sizes.hidden,
        vocab=sizes.vocab,
        layers=tuple(layers),
        outer=outer,
        tied_embeddings=tied,
        max_context=keys.optional(*CONTEXT),
        final_norm=final,
        activation=activation(keys, style),
        hidden_dropout=keys.number(*style.dropout_keys),
        embedding_dropout=keys.number(*style.embedding_dropout_keys),
        logit_softcap=keys.number("final_logit_softcapping") or None,
    )
