"""Builders of attention and feed-forward blocks: a description and its modules from one place."""

from __future__ import annotations

from dataclasses import dataclass

from calculators.architecture.model import (
    Attention,
    FeedForward,
    Norm,
    NormKind,
    PositionKind,
)
from calculators.architecture.modules import Module, linear, vector


@dataclass(frozen=True, slots=True)
class Names:
    """Leaf names of the linears in the transformers class; LoRA targets name these."""

    q: str = "q_proj"
    k: str = "k_proj"
    v: str = "v_proj"
    qkv: str = "qkv_proj"
    out: str = "o_proj"
    gate: str = "gate_proj"
    up: str = "up_proj"
    gate_up: str = "gate_up_proj"
    down: str = "down_proj"


@dataclass(frozen=True, slots=True)
class Heads:
    """Sizes of softmax attention: width of the stream, heads, and their widths."""

    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    v_head_dim: int | None = None

    @property
    def value_dim(self) -> int:
        """Width of a value head."""
        return self.head_dim if self.v_head_dim is None else self.v_head_dim


@dataclass(frozen=True, slots=True)
class AttentionStyle:
    """What one layer's softmax attention has besides its sizes.

    ``qk_norm`` spans each head (``head``) or has gains for all heads together (``full``).
    """

    q_bias: bool = False
    kv_bias: bool = False
    out_bias: bool = False
    fused_qkv: bool = False
    qk_norm: str | None = None
    qk_norm_kind: NormKind = "rms"
    qk_norm_bias: bool = False
    qk_norm_names: tuple[str, str] = ("q_norm", "k_norm")
    output_gate: bool = False
    sinks: bool = False
    softcap: float | None = None
    dropout: float = 0.0
    position: PositionKind = "rope"
    rope_dim: int | None = None
    window: int | None = None


def softmax_attention(heads: Heads, style: AttentionStyle, names: Names) -> Attention:
    """Return multi-head, grouped or multi-query attention with its projections."""
    q_rows = heads.heads * heads.head_dim * (2 if style.output_gate else 1)
    k_rows = heads.kv_heads * heads.head_dim
    v_rows = heads.kv_heads * heads.value_dim
    modules: list[Module] = []
    if style.fused_qkv:
        modules.append(linear(names.qkv, q_rows + k_rows + v_rows, heads.hidden, style.q_bias))
    else:
        modules.append(linear(names.q, q_rows, heads.hidden, style.q_bias))
        modules.append(linear(names.k, k_rows, heads.hidden, style.kv_bias))
        modules.append(linear(names.v, v_rows, heads.hidden, style.kv_bias))
    modules.append(linear(names.out, heads.hidden, heads.heads * heads.value_dim, style.out_bias))
    modules.extend(_qk_norms(heads, style))
    if style.sinks:
        modules.append(vector("sinks", heads.heads))
    return Attention(
        kind="mha",
        heads=heads.heads,
        kv_heads=heads.kv_heads,
        head_dim=heads.head_dim,
        v_head_dim=heads.value_dim,
        window=style.window,
        position=style.position,
        rope_dim=heads.head_dim if style.rope_dim is None else style.rope_dim,
        qkv_bias=style.q_bias,
        out_bias=style.out_bias,
        qk_norm=style.qk_norm_kind if style.qk_norm else None,
        fused_qkv=style.fused_qkv,
        output_gate=style.output_gate,
        sinks=style.sinks,
        softcap=style.softcap,
        dropout=style.dropout,
        modules=tuple(modules),
    )


def _qk_norms(heads: Heads, style: AttentionStyle) -> list[Module]:
    if style.qk_norm is None:
        return []
    q_width = k_width = heads.head_dim
    if style.qk_norm == "full":
        q_width, k_width = heads.heads * heads.head_dim, heads.kv_heads * heads.head_dim
    q_name, k_name = style.qk_norm_names
    return [
        Module(q_name, "norm", q_width, bias=style.qk_norm_bias),
        Module(k_name, "norm", k_width, bias=style.qk_norm_bias),
    ]


def dense_feed_forward(
    hidden: int,
    width: int,
    names: Names,
    *,
    gated: bool = True,
    bias: bool = False,
    activation: str = "silu",
    fused: bool = False,
) -> FeedForward:
    """Return a dense feed-forward block, gated (three matrices) or plain (two)."""
    if gated and fused:
        inner = [linear(names.gate_up, 2 * width, hidden, bias)]
    elif gated:
        inner = [linear(names.gate, width, hidden, bias), linear(names.up, width, hidden, bias)]
    else:
        inner = [linear(names.up, width, hidden, bias)]
    return FeedForward(
        kind="dense",
        width=width,
        gated=gated,
        bias=bias,
        activation=activation,
        fused_gate_up=gated and fused,
        modules=(*inner, linear(names.down, hidden, width, bias)),
    )


@dataclass(frozen=True, slots=True)
class Experts:
    """A mixture of experts.

    ``per_token`` of the routed ``experts`` of ``width`` are used; shared ones of
    ``shared_width`` together always run. ``correction`` names a learned per-expert offset.
    """

    experts: int
    per_token: int
    width: int
    shared_width: int = 0
    shared_gate: bool = False
    gated: bool = True
    expert_bias: bool = False
    router_bias: bool = False
    router: str = "gate"
    correction: str | None = None
    fused: bool = True


def mixture(
    hidden: int, experts: Experts, names: Names, *, activation: str = "silu", bias: bool = False
) -> FeedForward:
    """Return a mixture of experts; routed weights are fused over the experts."""
    count, width = experts.experts, experts.width
    inner_rows = 2 * width if experts.gated else width
    inner = names.gate_up if experts.gated else names.up
    modules = [
        Module(experts.router, "router", count, hidden, bias=experts.router_bias),
        Module(inner, "expert", inner_rows, hidden, bias=experts.expert_bias, count=count),
        Module(names.down, "expert", hidden, width, bias=experts.expert_bias, count=count),
    ]
    if experts.correction:
        modules.append(vector(experts.correction, count))
    if experts.shared_width:
        shared = dense_feed_forward(
            hidden, experts.shared_width, names, gated=experts.gated, bias=bias
        )
        modules.extend(shared.modules)
    if experts.shared_gate:
        modules.append(linear("shared_expert_gate", 1, hidden))
    return FeedForward(
        kind="moe",
        gated=experts.gated,
        bias=experts.expert_bias,
        activation=activation,
        fused_gate_up=True,
        experts=count,
        experts_per_token=experts.per_token,
        expert_width=width,
        shared_width=experts.shared_width,
        modules=tuple(modules),
    )


def norms(
    names: tuple[str, ...], kind: NormKind, width: int, *, bias: bool = False, affine: bool = True
) -> tuple[Norm, ...]:
    """Return equal norms under ``names``."""
    return tuple(Norm(name, kind, width, bias, affine) for name in names)
