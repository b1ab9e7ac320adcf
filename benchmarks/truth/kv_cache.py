"""Elements that transformers' own cache holds after a prompt of 100 tokens, on the CPU.

Writes ``kv_cache.jsonl`` from the random configurations of ``parameters.jsonl`` (two a family;
those whose class cannot run at these sizes are left out). A sliding layer of transformers holds
its window less one token, because the next token brings its own. Needs torch and transformers:
``python benchmarks/truth/kv_cache.py > benchmarks/truth/kv_cache.jsonl``.
"""

from __future__ import annotations

import collections
import json
import sys
from pathlib import Path
from typing import Any

TOKENS, PER_FAMILY = 100, 2


def cached_elements(config: dict[str, Any]) -> int:
    """Return the elements of keys and values (or latents) after the prompt."""
    import torch
    import transformers
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    values = {**config, "pad_token_id": 0}
    family = values.pop("model_type")
    model_class = getattr(transformers, MODEL_FOR_CAUSAL_LM_MAPPING_NAMES[family])
    model = model_class(CONFIG_MAPPING[family](**values)).eval()
    prompt = torch.randint(0, 100, (1, TOKENS))
    with torch.no_grad():
        cache = model(prompt, use_cache=True).past_key_values
    tensors = (getattr(layer, name, None) for layer in cache.layers for name in ("keys", "values"))
    return sum(tensor.numel() for tensor in tensors if torch.is_tensor(tensor))


def main() -> None:
    """Print one case a line."""
    import transformers

    transformers.logging.set_verbosity_error()
    print(json.dumps({"transformers": transformers.__version__, "tokens": TOKENS}))
    seen: collections.Counter[str] = collections.Counter()
    lines = Path(__file__).with_name("parameters.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines[1:]:
        config = json.loads(line).get("config")
        if config is None or seen[config["model_type"]] >= PER_FAMILY:
            continue
        seen[config["model_type"]] += 1
        try:
            elements = cached_elements(config)
        except Exception as error:
            print(config["model_type"], repr(error)[:120], file=sys.stderr)
            continue
        print(json.dumps({"config": config, "elements": elements}), flush=True)


if __name__ == "__main__":
    main()
