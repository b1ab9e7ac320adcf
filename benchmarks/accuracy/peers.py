"""What other calculators answer to the same cases; runs in their environment, not vrambot's.

``python benchmarks/accuracy/peers.py`` writes ``data/peers.json``. Each peer is asked through
its own functions; None where it has no answer (adapters, models it cannot describe).
Caches and parameter counts are asked about in ``cache_peers.py``.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


def accelerate(case: dict[str, Any]) -> float | None:
    """``accelerate estimate-memory``: "Training using Adam" of the bare model."""
    from accelerate.commands.estimate import estimate_training_usage
    from accelerate.utils import calculate_maximum_sizes

    if _split(case):
        return None
    model = _meta_model(case)
    total, _ = calculate_maximum_sizes(model)
    half = case["precision"].split("_")[-1] in ("bf16", "fp16")
    usage = estimate_training_usage(total, "bfloat16" if half else "float32")
    return float(max(usage.values()))


def deepspeed(case: dict[str, Any]) -> float | None:
    """DeepSpeed's memory estimators of ZeRO-2 (one card too) and ZeRO-3; states only."""
    from deepspeed.runtime.zero.stage3 import estimate_zero3_model_states_mem_needs
    from deepspeed.runtime.zero.stage_1_and_2 import estimate_zero2_model_states_mem_needs

    if _split(case) or case["sharding"] == "zero1" or case.get("engine") == "ddp":
        return None
    model = _meta_model(case)
    total = sum(p.numel() for p in model.parameters())
    if case["dp"] == 1 or case["sharding"] == "zero2":
        return float(estimate_zero2_model_states_mem_needs(total, case["dp"], 1, False)[1])
    largest = max(sum(p.numel() for p in m.parameters(recurse=False)) for m in model.modules())
    return float(
        estimate_zero3_model_states_mem_needs(
            total, largest, case.get("shard_group", case["dp"]), 1, False, False
        )[1]
    )


def llm_analysis(case: dict[str, Any]) -> float | None:
    """llm-analysis' training analysis: weights, gradients, optimizer, activations."""
    from llm_analysis import config as c
    from llm_analysis.analysis import ActivationRecomputation, DSZeRO, LLMAnalysis

    raw = case["config"]
    if (
        _spread(case)
        or "num_hidden_layers" not in raw
        or "num_experts" in raw
        or "num_local_experts" in raw
    ):
        return None
    model = c.ModelConfig(
        name="case",
        num_layers=raw["num_hidden_layers"],
        n_head=raw["num_attention_heads"],
        hidden_dim=raw["hidden_size"],
        vocab_size=raw["vocab_size"],
        max_seq_len=raw["max_position_embeddings"],
        num_key_value_heads=raw.get("num_key_value_heads"),
        ffn_embed_dim=raw["intermediate_size"],
        expansion_ratio=raw["intermediate_size"] / raw["hidden_size"],
    )
    width = 16 if case["precision"].split("_")[-1] in ("bf16", "fp16") else 32
    analysis = LLMAnalysis(
        model,
        replace(c.get_gpu_config_by_name("a100-sxm-80gb"), mem_per_GPU_in_GB=1_000_000),
        dtype_config=c.DtypeConfig(
            name="case", weight_bits=width, activation_bits=width, embedding_bits=width
        ),
        parallelism_config=c.ParallelismConfig(
            dp_size=case.get("shard_group", case["dp"]),
            tp_size=case.get("tp", 1),
            pp_size=case.get("pp", 1),
            sp_size=case.get("tp", 1) if case.get("sequence_parallel") else 1,
        ),
    )
    full = case["checkpointing"] == "full"
    summary = analysis.training(
        batch_size_per_gpu=case["micro_batch"],
        seq_len=case["seq"],
        ds_zero=getattr(DSZeRO, _stage(case)),
        activation_recomputation=(
            ActivationRecomputation.FULL if full else ActivationRecomputation.NONE
        ),
        flash_attn=case["attention"] != "eager",
        mlp_gated_linear_units=raw["model_type"] not in ("gpt_neox", "phi", "starcoder2"),
    )
    return float(summary["(weight+op_state+grad+act)_memory_per_gpu"])


def fitcheck(case: dict[str, Any]) -> float | None:
    """fitcheck-llm's estimate on one card, adapters too: all its parts but its overhead."""
    from fitcheck import config_parser as parser
    from fitcheck.estimator import TrainingConfig, estimate
    from fitcheck.gpu_db import get_gpu

    split = max(case["dp"], case.get("tp", 1), case.get("pp", 1))
    optimizers = {"adamw": "adamw", "adamw_8bit": "adamw_8bit", "sgd": "sgd"}
    other_words = case["precision"].startswith(("amp", "mixed")) and case["method"] != "qlora"
    if split > 1 or case["optimizer"] not in optimizers or other_words:
        return None  # it has no fp32 weights under autocast
    raw = case["config"]
    parser._reject_unsupported(raw, "case")
    fields = parser._parse_fields(raw)
    model = parser.ModelConfig(name="case", num_params=parser._count_params(fields), **vars(fields))
    lora = case.get("lora")
    linear = [
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj",
    ]  # fmt: skip
    targets = [] if lora is None else lora["targets"]
    half = case["precision"] in ("bf16", "fp16")
    training = TrainingConfig(
        precision=case["precision"].split("_")[-1],
        quantization="nf4" if case["method"] == "qlora" else "none",
        double_quant=case["method"] == "qlora",
        optimizer=optimizers[case["optimizer"]],
        optimizer_dtype=case["precision"] if half and lora is None else "fp32",
        batch_size=case["micro_batch"],
        seq_len=case["seq"],
        lora_rank=None if lora is None else lora["rank"],
        lora_targets=linear if targets == "all-linear" else list(targets) or linear,
        grad_checkpoint=case["checkpointing"] == "full",
        flash_attn=case["attention"] != "eager",
        grad_accum_steps=case["grad_accumulation"],
    )
    report = estimate(model, training, get_gpu("a100-80"))
    return (report.total_mib - report.overhead_mib) * 2.0**20


def _stage(case: dict[str, Any]) -> str:
    stages = {"none": "NONE", "zero1": "STAGE_1", "zero2": "STAGE_2"}
    return stages.get(case["sharding"], "STAGE_3")


def _split(case: dict[str, Any]) -> bool:
    """Whether tensor or pipeline parallelism, which not every peer knows, divides the model."""
    return _spread(case) or max(case.get("tp", 1), case.get("pp", 1)) > 1


def _spread(case: dict[str, Any]) -> bool:
    """Whether it is spread in a way that no peer here knows."""
    degrees = (case.get(name, 1) for name in ("cp", "ep", "virtual_pp"))
    return max(degrees) > 1 or "offload" in case


def _meta_model(case: dict[str, Any]) -> Any:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    raw = dict(case["config"])
    config = AutoConfig.for_model(raw.pop("model_type"), **raw)
    with torch.device("meta"):
        return AutoModelForCausalLM.from_config(config, dtype=torch.float32)


PEERS: dict[str, Callable[[dict[str, Any]], float | None]] = {
    "accelerate": accelerate,
    "deepspeed": deepspeed,
    "llm-analysis": llm_analysis,
    "fitcheck-llm": fitcheck,
}
ADAPTERS = ("fitcheck-llm",)
"""Peers that know adapters; the others are asked about full training alone."""


def main() -> None:
    warnings.simplefilter("ignore")
    cases = [entry["case"] for entry in json.loads((DATA / "truth.json").read_text())["cases"]]
    report: dict[str, Any] = {"versions": {}, "answers": {}}
    for name, ask in PEERS.items():
        try:
            report["versions"][name] = version(name)
        except PackageNotFoundError:
            print(f"{name} is not installed", file=sys.stderr)
            continue
        report["answers"][name] = {}
        for case in cases:
            if case["method"] == "full" or name in ADAPTERS:
                answer = _asked(name, ask, case)
                if answer is not None:
                    report["answers"][name][case["name"]] = round(answer)
        print(name, len(report["answers"][name]), "answers", flush=True)
    (DATA / "peers.json").write_text(json.dumps(report, indent=1, sort_keys=True) + "\n")


def _asked(
    name: str, ask: Callable[[dict[str, Any]], float | None], case: dict[str, Any]
) -> float | None:
    try:
        return ask(case)
    except Exception as error:  # a peer may fail in any way; that is its answer
        print(f"{name}: {case['name']}: {error!r}"[:200], file=sys.stderr)
        return None


if __name__ == "__main__":
    main()
