"""Settings of single layers: ``per_layer_config``, as transformers 5 writes them.

Each of its keys is a layer, each value the settings by which that layer differs from the rest
(transformers/configuration_utils.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calculators.errors import UnsupportedArchitecture
from calculators.text import Text

KEY = "per_layer_config"
FAMILIES = ("gemma4_text", "gemma4_unified_text")
GLOBAL = {"head_dim": "global_head_dim", "num_key_value_heads": "num_global_key_value_heads"}
"""What Gemma 4's full layers have of their own, by the names that its class takes them under."""


def without_overrides(family: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return ``values`` with Gemma 4's overrides under its own names.

    Raises UnsupportedArchitecture where layers differ in a way that no family is known to.
    """
    overrides = values.get(KEY)
    if not overrides:
        return values
    found = _shared(overrides, values.get("layer_types")) if family in FAMILIES else None
    if found is None:
        raise UnsupportedArchitecture(
            Text(
                f"{KEY} gives single layers settings of their own, which cannot be counted here; "
                "it is not guessed.",
                f"{KEY} 为个别层单独设置了参数，这里无法精确计算，不做猜测。",
            ),
            field="config",
        )
    rest = {name: value for name, value in values.items() if name != KEY}
    return {**rest, **{GLOBAL[name]: value for name, value in found.items()}}


def _shared(overrides: Any, types: Any) -> dict[str, Any] | None:
    """Return what all full layers, and no others, override alike; None for anything else."""
    if not isinstance(overrides, Mapping) or not isinstance(types, list):
        return None
    full = {index for index, kind in enumerate(types) if kind == "full_attention"}
    if not all(str(key).isdigit() for key in overrides) or {int(k) for k in overrides} != full:
        return None
    first, *others = overrides.values()
    alike = isinstance(first, Mapping) and all(other == first for other in others)
    return dict(first) if alike and set(first) <= set(GLOBAL) else None
