"""Size of the key-value cache, layer by layer.

Grouped and multi-query attention keep the KV heads (arXiv 2305.13245), latent attention the
compressed vector and the rotary key (arXiv 2405.04434), sliding layers at most their window,
linear-attention layers a state that does not grow with the text.
"""

from __future__ import annotations

from calculators.architecture.model import Architecture, Attention, Layer


def kv_bytes_per_token(layer: Layer, bytes_per_element: float = 2.0) -> float:
    """Return the bytes that ``layer`` keeps of each token within its window."""
    return layer.attention.kv_elements_per_token * bytes_per_element


def kept_tokens(attention: Attention, tokens: int) -> int:
    """Return how many of ``tokens`` the layer keeps: all, or its window."""
    return tokens if attention.window is None else min(tokens, attention.window)


def kv_cache_bytes(
    architecture: Architecture, tokens: int, sequences: int = 1, bytes_per_element: float = 2.0
) -> float:
    """Return the bytes of the cache of ``sequences`` texts of ``tokens`` tokens each.

    Linear-attention states are not in it; see :func:`linear_state_bytes`.
    """
    elements = sum(
        layer.attention.kv_elements_per_token * kept_tokens(layer.attention, tokens) * count
        for layer, count in architecture.groups
    )
    return elements * sequences * bytes_per_element


def linear_state_bytes(
    architecture: Architecture, sequences: int = 1, conv_bytes_per_element: float = 2.0
) -> float:
    """Return the bytes of the fixed states of linear-attention layers."""
    total = 0.0
    for layer, count in architecture.groups:
        state = layer.attention.state
        if state is not None:
            recurrent = state.recurrent_elements * state.recurrent_bytes
            total += (recurrent + state.conv_elements * conv_bytes_per_element) * count
    return total * sequences


def uncompressed_kv_bytes(
    architecture: Architecture, tokens: int, sequences: int = 1, bytes_per_element: float = 2.0
) -> float:
    """Return the cache of engines that expand latent attention into full heads.

    For other architectures it is :func:`kv_cache_bytes`.
    """
    elements = 0
    for layer, count in architecture.groups:
        attention = layer.attention
        per_token = attention.kv_elements_per_token
        if attention.kind == "mla":
            per_token = attention.heads * (attention.head_dim + attention.v_head_dim)
        elements += per_token * kept_tokens(attention, tokens) * count
    return elements * sequences * bytes_per_element
