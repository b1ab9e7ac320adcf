"""Measure training steps and generation on a real GPU; needs torch and transformers alone.

``python benchmarks/measure_gpu.py --output FILE.json`` trains small and medium models with random
weights, a few steps each, and writes ``torch.cuda.max_memory_allocated``, the reserved bytes and
what the driver shows, with the card and the versions. A case is in the words of a calculator
request, so ``benchmarks/accuracy`` can read it. Cases that the card cannot hold are skipped.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoConfig, AutoModelForCausalLM

LLAMA = {
    "model_type": "llama", "hidden_size": 2048, "intermediate_size": 5632,
    "num_hidden_layers": 22, "num_attention_heads": 32, "num_key_value_heads": 4,
    "vocab_size": 32000, "max_position_embeddings": 4096, "tie_word_embeddings": False,
}  # fmt: skip
QWEN = {
    "model_type": "qwen2", "hidden_size": 1536, "intermediate_size": 8960,
    "num_hidden_layers": 28, "num_attention_heads": 12, "num_key_value_heads": 2,
    "vocab_size": 151936, "max_position_embeddings": 32768, "tie_word_embeddings": True,
}  # fmt: skip
GPT2 = {
    "model_type": "gpt2", "n_embd": 1024, "n_layer": 24, "n_head": 16, "n_positions": 1024,
    "vocab_size": 50257, "resid_pdrop": 0.1, "embd_pdrop": 0.1, "attn_pdrop": 0.1,
}  # fmt: skip
LLAMA_7B = {
    "model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008,
    "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 32,
    "vocab_size": 32000, "max_position_embeddings": 4096, "tie_word_embeddings": False,
}  # fmt: skip
MODELS = {"llama-1.1b": LLAMA, "qwen2-1.5b": QWEN, "gpt2-medium": GPT2, "llama-7b": LLAMA_7B}
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
STEPS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("gpu.json"))
    parser.add_argument("--match", default="", help="only cases whose name contains this")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("No CUDA device: nothing to measure.")
    results = []
    for case in cases():
        if options.match in case["name"]:
            measured = _measured(case)
            print(case["name"], measured, flush=True)
            results.append({"case": case, "measured": measured})
            options.output.write_text(json.dumps(_report(results), indent=1) + "\n")


def _report(results: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "card": torch.cuda.get_device_name(),
        "memory_bytes": torch.cuda.get_device_properties(0).total_memory,
        "versions": {
            "torch": torch.__version__,
            "cuda": torch.version.cuda,
            "transformers": transformers.__version__,
        },
        "cases": results,
    }


def cases() -> Iterator[dict[str, Any]]:
    """Training by recipe, attention and recompute; generation by batch and context."""
    for model, config in MODELS.items():
        for precision in ("bf16", "amp_bf16", "fp32"):
            for checkpointing in ("none", "full"):
                for attention in ("sdpa", "eager"):
                    for micro_batch, seq in ((1, 1024), (4, 1024), (2, 512)):
                        yield _case(
                            model, config, calculator="training", precision=precision,
                            checkpointing=checkpointing, attention=attention,
                            micro_batch=micro_batch, seq=seq, grad_accumulation=1,
                            optimizer="adamw", method="full", sharding="none", dp=1,
                        )  # fmt: skip
        for micro_batch, seq in ((1, 1024), (8, 1024)):
            yield _case(
                model, config, calculator="inference", precision="bf16", attention="sdpa",
                micro_batch=micro_batch, seq=seq, new_tokens=64,
            )  # fmt: skip


def _case(model: str, config: dict[str, Any], **fields: Any) -> dict[str, Any]:
    name = " ".join([model, *(f"{key}={value}" for key, value in fields.items())])
    return {"name": name, "model": model, "config": config, **fields}


def _measured(case: dict[str, Any]) -> dict[str, Any]:
    """Run ``case`` alone on the card; what did not fit says so."""
    try:
        run = _train if case["calculator"] == "training" else _generate
        return run(case)
    except torch.cuda.OutOfMemoryError:
        return {"out_of_memory": True}
    finally:
        gc.collect()
        torch.cuda.empty_cache()


def _model(case: dict[str, Any], dtype: torch.dtype) -> Any:
    raw = dict(case["config"])
    config = AutoConfig.for_model(raw.pop("model_type"), **raw)
    with torch.device("cuda"):
        return AutoModelForCausalLM.from_config(
            config, dtype=dtype, attn_implementation=case["attention"]
        )


def _train(case: dict[str, Any]) -> dict[str, Any]:
    precision = case["precision"]
    model = _model(case, DTYPES.get(precision, torch.float32)).train()
    if case["checkpointing"] == "full":
        model.gradient_checkpointing_enable({"use_reentrant": False})
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    vocabulary = case["config"]["vocab_size"]
    tokens = torch.randint(vocabulary, (case["micro_batch"], case["seq"]), device="cuda")
    for step in range(STEPS):
        if step == STEPS - 1:
            resident = torch.cuda.memory_allocated()
            torch.cuda.reset_peak_memory_stats()
        with _autocast(precision):
            loss = model(input_ids=tokens, labels=tokens, use_cache=False).loss
        loss.backward()
        del loss
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return {"resident_bytes": resident, **_peaks()}


def _autocast(precision: str) -> contextlib.AbstractContextManager[Any]:
    if not precision.startswith("amp_"):
        return contextlib.nullcontext()
    return torch.autocast("cuda", dtype=DTYPES[precision.removeprefix("amp_")])


@torch.no_grad()
def _generate(case: dict[str, Any]) -> dict[str, Any]:
    model = _model(case, DTYPES[case["precision"]]).eval()
    prompt = case["seq"] - case["new_tokens"]
    tokens = torch.randint(
        case["config"]["vocab_size"], (case["micro_batch"], prompt), device="cuda"
    )
    resident = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    model.generate(tokens, max_new_tokens=case["new_tokens"], do_sample=False)
    return {"resident_bytes": resident, **_peaks()}


def _peaks() -> dict[str, int]:
    """Allocated (cuBLAS' workspace included), reserved, and what the driver holds besides."""
    torch.cuda.synchronize()
    free, total = torch.cuda.mem_get_info()
    reserved = torch.cuda.memory_reserved()
    return {
        "peak_allocated_bytes": torch.cuda.max_memory_allocated(),
        "peak_reserved_bytes": torch.cuda.max_memory_reserved(),
        "context_bytes": total - free - reserved,
    }


if __name__ == "__main__":
    main()
