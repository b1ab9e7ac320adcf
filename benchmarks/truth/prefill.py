"""Peak bytes of a prefill, counted on real CPU runs of the stock transformers code.

Run in an environment with torch and transformers: ``python benchmarks/truth/prefill.py``. Every
tensor that an operation returns is followed until it is freed, in blocks of 512 bytes; weights,
buffers and cache count too. The output is one JSON line per case, as in
``tests/unit/calculators/test_inference.py``.
"""

from __future__ import annotations

import json
import weakref
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakIdKeyDictionary
from transformers import AutoConfig, AutoModelForCausalLM, DynamicCache

BLOCK = 512
SMALL = {"vocab_size": 32000, "max_position_embeddings": 8192}
LLAMA = {
    **SMALL,
    "model_type": "llama",
    "hidden_size": 1024,
    "intermediate_size": 2816,
    "num_hidden_layers": 4,
    "num_attention_heads": 16,
    "num_key_value_heads": 16,
    "tie_word_embeddings": False,
}
CASES: dict[str, tuple[dict[str, Any], int]] = {
    "llama": (LLAMA, 1),
    "llama, two sequences": (LLAMA, 2),
    "llama, grouped heads": ({**LLAMA, "num_key_value_heads": 4, "num_hidden_layers": 6}, 1),
    "mixtral": (
        {
            **SMALL,
            "model_type": "mixtral",
            "hidden_size": 512,
            "intermediate_size": 1024,
            "num_hidden_layers": 3,
            "num_attention_heads": 8,
            "num_key_value_heads": 4,
            "num_local_experts": 4,
            "num_experts_per_tok": 2,
            "tie_word_embeddings": False,
        },
        1,
    ),
    "gpt2": (
        {
            "model_type": "gpt2",
            "n_embd": 768,
            "n_layer": 4,
            "n_head": 12,
            "n_positions": 2048,
            "vocab_size": 50257,
        },
        1,
    ),
}


class Alive(TorchDispatchMode):
    """Follows the storages that operations return; ``peak`` is the most bytes alive at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._seen = WeakIdKeyDictionary()

    def add(self, tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        if storage in self._seen:
            return
        size = -(-storage.nbytes() // BLOCK) * BLOCK
        self._seen[storage] = size
        self.now += size
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._freed, size)

    def _freed(self, size: int) -> None:
        self.now -= size

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor):
                self.add(leaf)
        return result


def peak(config: dict[str, Any], sequences: int, tokens: int) -> int:
    """Return the peak bytes of one prefill in bf16 with SDPA attention and a dynamic cache."""
    parsed = AutoConfig.for_model(**config)
    torch.set_default_dtype(torch.bfloat16)
    model = AutoModelForCausalLM.from_config(parsed, attn_implementation="sdpa").eval()
    torch.set_default_dtype(torch.float32)
    ids = torch.zeros(sequences, tokens, dtype=torch.long)
    alive = Alive()
    for tensor in (*model.parameters(), *model.buffers()):
        alive.add(tensor)
    with alive, torch.no_grad():
        cache = DynamicCache(config=parsed)
        result = model(ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
        result.logits[:, -1, :].to(dtype=torch.float32)
    return alive.peak


if __name__ == "__main__":
    for name, (config, sequences) in CASES.items():
        found = peak(config, sequences, 1024)
        print(json.dumps({"case": name, "config": config, "batch": sequences, "peak": found}))
