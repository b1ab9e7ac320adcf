"""Check the ledger against real runs on the CPU: ``python -m benchmarks.accuracy.truth.validate``.

The same small models train for real, without a dispatch mode; torch's profiler reports every
allocation of the CPU allocator, and the peak of a step is compared with the ledger's on fake
tensors. Attention is eager and nothing is dropped, as the ledger is what is checked.
"""

from __future__ import annotations

from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.profiler import ProfilerActivity, profile
from transformers import AutoConfig, AutoModelForCausalLM

from benchmarks.accuracy.truth.allocator import Ledger
from benchmarks.accuracy.truth.cuda_semantics import cuda_semantics
from benchmarks.accuracy.truth.step import _materialise

SMALL: dict[str, dict[str, Any]] = {
    "llama": {
        "hidden_size": 256, "intermediate_size": 688, "num_hidden_layers": 4,
        "num_attention_heads": 8, "num_key_value_heads": 8, "vocab_size": 2000,
        "tie_word_embeddings": False, "max_position_embeddings": 512,
    },
    "gpt2": {
        "n_embd": 256, "n_layer": 4, "n_head": 8, "n_positions": 512, "vocab_size": 2000,
        "resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0,
    },
    "gemma": {
        "hidden_size": 256, "intermediate_size": 1024, "num_hidden_layers": 3,
        "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 64, "vocab_size": 4000,
        "tie_word_embeddings": True, "max_position_embeddings": 512,
    },
}  # fmt: skip
BATCH, SEQ = 2, 256


def main() -> None:
    torch.set_num_threads(1)
    for family in SMALL:
        for checkpointing in (False, True):
            real = real_peak(family, checkpointing=checkpointing)
            fake = fake_peak(family, checkpointing=checkpointing)
            print(
                f"{family:8} recompute={checkpointing!s:5} real {real / 1e6:8.2f} MB "
                f"ledger {fake / 1e6:8.2f} MB  {100 * (fake / real - 1):+.2f} %"
            )


def _model(family: str, *, checkpointing: bool) -> torch.nn.Module:
    config = AutoConfig.for_model(family, **SMALL[family])
    model: torch.nn.Module = AutoModelForCausalLM.from_config(config, attn_implementation="eager")
    if checkpointing:
        model.activation_checkpointing_enable({"use_reentrant": False})
    return model.train()


def _train(model: torch.nn.Module, tokens: torch.Tensor) -> None:
    model(input_ids=tokens, labels=tokens, use_cache=False).loss.backward()


def real_peak(family: str, *, checkpointing: bool) -> int:
    """Bytes that a real forward and backward pass adds to the model, at most."""
    model = _model(family, checkpointing=checkpointing)
    tokens = torch.randint(0, 2000, (BATCH, SEQ))
    _train(model, tokens)
    model.zero_grad(set_to_none=True)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        _train(model, tokens)
    live = peak = 0
    events = recorded.profiler.kineto_results.events()
    for event in sorted(events, key=lambda e: e.start_ns()):
        if event.name() == "[memory]":
            live += event.nbytes()
            peak = max(peak, live)
    return peak


def fake_peak(family: str, *, checkpointing: bool) -> int:
    """The same by the ledger."""
    with torch.device("meta"):
        model = _model(family, checkpointing=checkpointing)
    with FakeTensorMode(allow_fallback_kernels=False), cuda_semantics(), Ledger() as ledger:
        _materialise(model)
        tokens = torch.randint(0, 2000, (BATCH, SEQ))
        resident = ledger.live_bytes
        ledger.enter("step")
        _train(model, tokens)
        return ledger.peaks["step"] - resident


if __name__ == "__main__":
    main()
