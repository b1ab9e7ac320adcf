"""Configurations as transformers saves them, all keys written out, in the ways of 4 and of 5.

Writes ``saved_configs.jsonl``: for each causal language model of the library one configuration of
random sizes, drawn apart from those of ``parameters.jsonl``; the parameters of its class, and the
elements of its cache after a prompt where it runs at these sizes. Families that are not understood
are left out. Needs torch and transformers:
``python benchmarks/truth/saved_configs.py > benchmarks/truth/saved_configs.jsonl``.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import kv_cache
import parameters

SEED, TRIES = 1124, 15
FAMILIES = Path(__file__).with_name("families.txt")


def as_version_4(saved: dict[str, Any]) -> dict[str, Any]:
    """Return the keys under which transformers 4 saved the rotary embedding and the type."""
    old = dict(saved)
    rotary = old.pop("rope_parameters", None) or {}
    if "rope_theta" in rotary:
        old["rope_theta"] = rotary["rope_theta"]
        if rotary.get("rope_type", "default") != "default":
            old["rope_scaling"] = {k: v for k, v in rotary.items() if k != "rope_theta"}
    if "partial_rotary_factor" in rotary:
        old["partial_rotary_factor"] = rotary["partial_rotary_factor"]
    if "dtype" in old:
        old["torch_dtype"] = old.pop("dtype")
    return old


def drawn(family: str) -> dict[str, Any] | None:
    """Return one case of ``family``; None where its class takes none of the draws."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    rng = random.Random(f"{SEED}-{family}")
    fields = dict.fromkeys(CONFIG_MAPPING[family].__dataclass_fields__)
    for _ in range(TRIES):
        values = parameters.sizes(rng, fields)
        parameters.extras(rng, fields, values)
        values["pad_token_id"] = 0
        parameters.fix(family, rng, values)
        try:
            total, _ = parameters.build(family, values)
            config = CONFIG_MAPPING[family](**json.loads(json.dumps(values)))
            saved = json.loads(json.dumps(config.to_dict(), default=str))
        except Exception:
            continue
        saved["model_type"] = family
        return {
            "config": saved,
            "total": total,
            "elements": cached({**values, "model_type": family}),
        }
    return None


def cached(values: dict[str, Any]) -> int | None:
    """Return the elements of the cache after the prompt of ``kv_cache``; None where it fails."""
    try:
        return kv_cache.cached_elements(values)
    except Exception:
        return None


def main() -> None:
    """Print one case a line, every other one in the way of transformers 4."""
    import transformers

    transformers.logging.set_verbosity_error()
    print(json.dumps({"transformers": transformers.__version__, "tokens": kv_cache.TOKENS}))
    for place, family in enumerate(FAMILIES.read_text(encoding="utf-8").split()):
        case = drawn(family)
        if case is None:
            print(family, "takes none of the draws", file=sys.stderr)
            continue
        if place % 2:
            case["config"] = as_version_4(case["config"])
        print(json.dumps(case), flush=True)


if __name__ == "__main__":
    main()
