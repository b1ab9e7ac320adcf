"""A case of the truth: a plain dict in the words of a calculator request plus its ``config``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CONFIGS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "configs.json").read_text()
)
FURTHER: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "configs_further.json").read_text()
)
"""Models that the grid over all of ``CONFIGS`` leaves out, so that its draws stay the same."""
DEFAULTS: dict[str, Any] = {
    "precision": "bf16",
    "optimizer": "adamw",
    "method": "full",
    "attention": "sdpa",
    "checkpointing": "none",
    "micro_batch": 1,
    "seq": 1024,
    "grad_accumulation": 1,
    "sharding": "none",
    "dp": 1,
}
DEPTH = ("num_hidden_layers", "n_layer", "n_layers")
EAGER_ONLY = ("gemma2", "bloom", "gpt_oss", "gptj", "mpt")


def case(model: str, layers: int | None = None, **options: Any) -> dict[str, Any]:
    """Return a complete case; its name lists what differs from the defaults."""
    config = dict(CONFIGS[model] if model in CONFIGS else FURTHER[model])
    if layers:
        key = next(name for name in DEPTH if name in config)
        config[key] = layers
    parts = [model, *([f"l{layers}"] if layers else [])]
    for key, value in options.items():
        if isinstance(value, dict):
            targets = value["targets"]
            targets = targets if isinstance(targets, str) else "+".join(targets)
            value = f"r{value['rank']}-{targets}-{value['adapter_dtype']}-p{value['dropout']}"
            value += "".join(f"+{name}" for name in options[key].get("modules_to_save", ()))
        parts.append(f"{key}={value}")
    if config["model_type"] in EAGER_ONLY:
        options["attention"] = "eager"
    return {"name": " ".join(parts), "model": model, "config": config, **DEFAULTS, **options}


def reduced(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that differ from the defaults."""
    return {key: value for key, value in options.items() if DEFAULTS.get(key) != value}
