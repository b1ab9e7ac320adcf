"""What Gemma 3n and Gemma 4 share: inputs of each layer's own, and caches lent to later layers."""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture.families.decoder import Sizes
from calculators.architecture.keys import Keys, contradiction
from calculators.architecture.model import Attention
from calculators.architecture.modules import Module, linear

_CACHED = frozenset({"k_proj", "v_proj", "k_norm"})


def shared_from(keys: Keys, layers: int) -> int:
    """Return the first layer that reads an earlier layer's keys and values."""
    first = layers - keys.integer("num_kv_shared_layers", default=0, least=0)
    if first < 0:
        raise contradiction(f"more shared layers than {layers}.", f"共享层数超过总层数 {layers}。")
    return first


def without_own_cache(attention: Attention) -> Attention:
    """Return ``attention`` with another layer's keys and values in place of its own."""
    kept = tuple(module for module in attention.modules if module.name not in _CACHED)
    return replace(attention, modules=kept, shares_cache=True)


def layer_modules(hidden: int, inputs: int) -> tuple[Module, ...]:
    """Return the two projections around a layer's own input of width ``inputs``."""
    if not inputs:
        return ()
    return (
        linear("per_layer_input_gate", inputs, hidden),
        linear("per_layer_projection", hidden, inputs),
    )


def outer_modules(sizes: Sizes, inputs: int, table: int) -> tuple[Module, ...]:
    """Return the second embedding, of ``table`` tokens, and what mixes the stream into it."""
    width = sizes.layers * inputs
    return (
        Module("embed_tokens_per_layer", "embedding", table, width),
        linear("per_layer_model_projection", width, sizes.hidden),
        Module("per_layer_projection_norm", "norm", inputs),
    )
