"""Which layers see only a window: ``layer_types`` when given, else the family's own pattern."""

from __future__ import annotations

from collections.abc import Callable

from calculators.architecture.keys import Keys, malformed, missing

FULL = "full_attention"
SLIDING = "sliding_attention"
CHUNKED = "chunked_attention"
LINEAR = "linear_attention"


def layer_types(keys: Keys, layers: int, fallback: tuple[str, ...]) -> tuple[str, ...]:
    """Return one type per layer: the config's list, or ``fallback``."""
    given = keys.list("layer_types", layers)
    if given is None:
        return fallback
    for value in given:
        if not isinstance(value, str):
            raise malformed("layer_types", value)
    return tuple(given)


def window_of(keys: Keys, kind: str) -> int | None:
    """Return the window of a layer of type ``kind``, None where it sees everything."""
    if kind == SLIDING:
        window = keys.optional("sliding_window", "sliding_window_size")
    elif kind == CHUNKED:
        window = keys.optional("attention_chunk_size")
    elif kind == FULL:
        return None
    else:
        raise malformed("layer_types", kind)
    if window is None:
        raise missing(("sliding_window",))
    return window


def from_types(keys: Keys, layers: int, fallback: tuple[str, ...]) -> tuple[int | None, ...]:
    """Return each layer's window by its type."""
    return tuple(window_of(keys, kind) for kind in layer_types(keys, layers, fallback))


def always_sliding(keys: Keys, layers: int) -> tuple[int | None, ...]:
    """Mistral's rule: every layer has the window when there is one."""
    if keys.has("layer_types"):
        return from_types(keys, layers, (FULL,) * layers)
    return (keys.optional("sliding_window"),) * layers


def late_sliding(keys: Keys, layers: int) -> tuple[int | None, ...]:
    """Qwen's rule: with ``use_sliding_window``, layers from ``max_window_layers`` on."""
    first = layers
    if keys.flag("use_sliding_window") and keys.optional("sliding_window") is not None:
        first = min(layers, keys.integer("max_window_layers", default=layers, least=0))
    return from_types(keys, layers, (FULL,) * first + (SLIDING,) * (layers - first))


def every_nth_full(nth: int) -> tuple[str, ...]:
    """Return one period of a pattern in which the last of ``nth`` layers sees everything."""
    return (SLIDING,) * (nth - 1) + (FULL,)


def repeat(period: tuple[str, ...], layers: int) -> tuple[str, ...]:
    """Return ``period`` repeated over ``layers`` layers."""
    return tuple(period[index % len(period)] for index in range(layers))


def periodic(period: tuple[str, ...]) -> Callable[[Keys, int], tuple[int | None, ...]]:
    """Return the rule that repeats ``period`` unless the config lists the layers' types."""
    return lambda keys, layers: from_types(keys, layers, repeat(period, layers))
