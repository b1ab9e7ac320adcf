"""Zamba (arXiv 2405.16712) and Zamba2: Mamba layers, some with a transformer block they share.

The shared block's parameters count once; each layer that runs it keeps its own cache.
Source of each: transformers 5.23.0, models/<family>/modeling_<family>.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from calculators.architecture.blocks import AttentionStyle, Heads, norms, softmax_attention
from calculators.architecture.families.decoder import (
    Sizes,
    Style,
    assemble,
    check_groups,
    dense,
)
from calculators.architecture.families.mamba import step_rank
from calculators.architecture.families.state_space import Mamba, mamba2
from calculators.architecture.keys import (
    HEADS,
    HIDDEN,
    LAYERS,
    VOCAB,
    Keys,
    contradiction,
    malformed,
)
from calculators.architecture.model import (
    Architecture,
    Attention,
    FeedForward,
    Layer,
    LinearState,
    Norm,
)
from calculators.architecture.modules import Module, linear, vector

HYBRID = "hybrid"
_MIXERS = ("mamba", "mamba2", "linear_attention")
_STYLE = Style(attention=AttentionStyle(position="none"), final_norm="final_layernorm", gated=True)


@dataclass(frozen=True, slots=True)
class _Shared:
    """The transformer block that several layers run: its parts and their parameters."""

    attention: Attention
    block: FeedForward
    norms: tuple[Norm, ...]


def _sizes(keys: Keys, width: int) -> Sizes:
    """Return the sizes; the shared attention reads ``width`` numbers a token."""
    hidden, heads = keys.size(HIDDEN), keys.size(HEADS)
    kv_heads = keys.integer("num_key_value_heads", default=heads)
    check_groups(heads, kv_heads)
    head_dim = keys.optional("attention_head_dim") or 2 * hidden // heads
    shape = Heads(width, heads, kv_heads, head_dim)
    return Sizes(hidden, keys.size(LAYERS), keys.size(VOCAB), shape)


def _shared(keys: Keys, sizes: Sizes, style: Style) -> _Shared:
    attention = softmax_attention(sizes.heads, style.attention, style.names)
    out = linear("o_proj", sizes.hidden, sizes.heads.heads * sizes.heads.head_dim)
    modules = tuple(out if m.name == "o_proj" else m for m in attention.modules)
    before = Norm("input_layernorm", "rms", sizes.heads.hidden)
    width = keys.integer("intermediate_size", default=4 * sizes.hidden)
    return _Shared(
        replace(attention, modules=modules),
        dense(keys, sizes, style, width),
        (before, Norm("pre_ff_layernorm", "rms", sizes.hidden)),
    )


def _types(keys: Keys, layers: int, fallback: Callable[[], tuple[str, ...]]) -> tuple[bool, ...]:
    """Return which layers run a shared block."""
    given = keys.list("layers_block_type", layers)
    if given is None:
        given = keys.list("layer_types", layers)
    if given is None:
        given = fallback()
        if len(given) != layers:
            raise contradiction(
                f"num_hidden_layers = {layers}, but the class knows which layers are hybrid for "
                f"{len(given)} alone; layers_block_type is missing.",
                f"num_hidden_layers = {layers}，而该类默认只规定了 {len(given)} 层中哪些是混合层；"
                "缺少 layers_block_type。",
            )
    for kind in given:
        if kind != HYBRID and kind not in _MIXERS:
            raise malformed("layers_block_type", kind)
    return tuple(kind == HYBRID for kind in given)


def _plan(keys: Keys, hybrids: tuple[bool, ...], blocks: int) -> list[tuple[bool, bool]]:
    """Return for each layer whether it is hybrid, and whether it has parameters of its own.

    The classes tie the blocks, like the head, only under ``tie_word_embeddings``.
    """
    shares = keys.flag("tie_word_embeddings", default=True)
    return [
        (flag, flag and (not shares or sum(hybrids[:i]) < blocks)) for i, flag in enumerate(hybrids)
    ]


def _layer(
    hidden: int, mixer: Attention, shared: _Shared | None, extra: tuple[Module, ...], *, own: bool
) -> Layer:
    """Return a layer; ``own`` says that the shared block's parameters are counted in it."""
    normed = norms(("input_layernorm",), "rms", hidden)
    if shared is None:
        return Layer(mixer, FeedForward("none"), normed)
    link = linear("linear", hidden, hidden)
    attention, block = shared.attention, shared.block
    if not own:
        attention, block = replace(attention, modules=()), replace(block, modules=())
    both = replace(
        attention, state=mixer.state, modules=attention.modules + mixer.modules + (link, *extra)
    )
    return Layer(both, block, normed + (shared.norms if own else ()))


def read_zamba(keys: Keys) -> Architecture:
    """Zamba: one shared block, several heads in each Mamba mixer."""
    hidden = keys.size(HIDDEN)
    sizes = _sizes(keys, keys.integer("attention_hidden_size", default=2 * hidden))
    mixer, shared = _zamba_mixer(keys, hidden), _shared(keys, sizes, _STYLE)

    def fallback() -> tuple[str, ...]:
        period, offset = (
            keys.integer("attn_layer_period"),
            keys.integer("attn_layer_offset", least=0),
        )
        later = (HYBRID if i % period == offset else _MIXERS[0] for i in range(sizes.layers - 3))
        return (_MIXERS[0], _MIXERS[0], HYBRID, *later)

    hybrids = _types(keys, sizes.layers, fallback)

    def make(kind: tuple[bool, bool]) -> Layer:
        return _layer(hidden, mixer, shared if kind[0] else None, (), own=kind[1])

    return assemble(keys, sizes, _STYLE, _plan(keys, hybrids, 1), make)


def _zamba_mixer(keys: Keys, hidden: int) -> Attention:
    heads, state = keys.integer("n_mamba_heads"), keys.integer("mamba_d_state")
    inner, kernel = keys.integer("mamba_expand") * hidden, keys.integer("mamba_d_conv")
    rank = step_rank(keys, "mamba_dt_rank", hidden)
    conv_bias = keys.flag("mamba_conv_bias", default=True)
    if inner % heads:
        raise malformed("n_mamba_heads", heads)
    bias = keys.flag("mamba_proj_bias")
    return Attention(
        kind="linear",
        heads=heads,
        kv_heads=heads,
        head_dim=state,
        v_head_dim=inner // heads,
        position="none",
        state=LinearState(1, 1, state, inner, inner, kernel),
        modules=(
            linear("in_proj", 2 * inner, hidden, bias),
            Module("conv1d", "conv", inner, kernel, bias=conv_bias),
            vector("x_proj_weight", (rank + 2 * state) * inner),
            vector("dt_proj_weight", inner * rank),
            vector("dt_proj_bias", inner),
            vector("A_log", inner * state),
            vector("D", inner),
            linear("out_proj", hidden, inner, bias),
        ),
    )


def read_zamba2(keys: Keys) -> Architecture:
    """Zamba2: Mamba-2 mixers, one or more shared blocks in turn, adapters of each layer's own."""
    hidden = keys.size(HIDDEN)
    sizes = _sizes(keys, 2 * hidden)
    bias = keys.flag("add_bias_linear")
    style = replace(_STYLE, fused_gate_up=True, mlp_bias=bias)
    shared, mixer = _shared(keys, sizes, style), _zamba2_mixer(keys, hidden, bias)
    extra = _zamba2_adapters(keys, sizes, shared.block.width)

    def fallback() -> tuple[str, ...]:
        plain = _MIXERS[0]
        early = ((plain,) * 5 + (HYBRID,)) * 7
        late = (*(plain,) * 4, HYBRID, *(plain,) * 3, HYBRID, plain, plain)
        return (plain, *early, *late)

    hybrids = _types(keys, sizes.layers, fallback)
    blocks = keys.integer("num_mem_blocks", default=1)

    def make(kind: tuple[bool, bool]) -> Layer:
        return _layer(hidden, mixer, shared if kind[0] else None, extra, own=kind[1])

    return assemble(keys, sizes, style, _plan(keys, hybrids, blocks), make)


def _zamba2_mixer(keys: Keys, hidden: int, bias: bool) -> Attention:
    heads, inner = keys.integer("n_mamba_heads"), keys.integer("mamba_expand", default=2) * hidden
    if inner % heads:
        raise malformed("n_mamba_heads", heads)
    return mamba2(
        hidden,
        Mamba(
            heads,
            inner // heads,
            keys.integer("mamba_ngroups", default=1),
            keys.integer("mamba_d_state"),
            keys.integer("mamba_d_conv"),
            True,
            bias,
        ),
    )


def _zamba2_adapters(keys: Keys, sizes: Sizes, width: int) -> tuple[Module, ...]:
    rank, wide = keys.integer("adapter_rank", default=128), sizes.heads.hidden
    found = [
        linear("gate_up_proj_adapter_in", rank, sizes.hidden),
        linear("gate_up_proj_adapter_out", 2 * width, rank),
    ]
    if keys.flag("use_shared_attention_adapter"):
        for name in ("q", "k", "v"):
            found.append(linear(f"linear_{name}_adapter_in", rank, wide))
            found.append(linear(f"linear_{name}_adapter_out", wide, rank))
    return tuple(found)
