"""What other calculators say of the published measurements; runs in their environment.

``python benchmarks/accuracy/published_peers.py`` writes ``data/published_peers.json``: answers by
row title. Only figures of one card that a peer's own words can describe are asked about.
"""

from __future__ import annotations

import json
import sys
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from benchmarks.accuracy.published import Published, measurements  # noqa: E402
from calculators.registry import find_model  # noqa: E402

PACKED = {"nf4": ("nf4", False), "nf4-dq": ("nf4", True), "bf16": ("none", False)}
ASSUMED = {"precision": "bf16", "optimizer": "adamw", "grad_accumulation": 1, "dp": 1}


def fitcheck(row: Published) -> float | None:
    """fitcheck-llm: serving in 16 bits and NF4, and training on one card."""
    if row.kind not in ("allocated", "total") or row.request.get("sharding") == "fsdp2":
        return None
    report = _serving(row) if row.request["calculator"] == "inference" else _training(row)
    if report is None:
        return None
    spare = 0.0 if row.kind == "total" else report.overhead_mib
    return float((report.total_mib - spare) * 2.0**20)


def _serving(row: Published) -> Any:
    from fitcheck.estimator import ServingConfig, estimate_inference
    from fitcheck.gpu_db import get_gpu

    asked = row.request
    packed = PACKED.get(asked.get("weight_dtype", "bf16"))
    if packed is None or asked.get("gpu_count", 1) > 1:
        return None
    serving = ServingConfig(
        precision="bf16", quantization=packed[0], double_quant=packed[1], seq_len=asked["seq"]
    )
    return estimate_inference(_model(row), serving, get_gpu("h200"))


def _training(row: Published) -> Any:
    from fitcheck.estimator import TrainingConfig, estimate
    from fitcheck.gpu_db import get_gpu

    asked = {**ASSUMED, **row.request}
    packed = PACKED.get(asked.get("weight_dtype", "nf4-dq"))
    if packed is None:
        return None
    lora = asked.get("lora")
    linear = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    targets = linear if lora is None or lora["targets"] == "all-linear" else lora["targets"]
    qlora = asked.get("method") == "qlora"
    training = TrainingConfig(
        precision="bf16",
        quantization=packed[0] if qlora else "none",
        double_quant=qlora and packed[1],
        optimizer_dtype="fp32" if lora else "bf16",
        batch_size=asked["micro_batch"],
        seq_len=asked["seq"],
        lora_rank=lora["rank"] if lora else None,
        lora_targets=list(targets),
        grad_checkpoint=asked["checkpointing"] == "full",
        flash_attn=asked["attention"] != "eager",
        grad_accum_steps=asked["grad_accumulation"],
    )
    return estimate(_model(row), training, get_gpu("h200"))


def _model(row: Published) -> Any:
    from fitcheck import config_parser as parser

    config = row.request.get("config") or find_model(row.request["model"]).config
    parser._reject_unsupported(config, "case")
    fields = parser._parse_fields(config)
    count = parser._count_params(fields)
    return parser.ModelConfig(name="case", num_params=count, **vars(fields))


def hf_mem(row: Published) -> float | None:
    """hf-mem's cache beside 16-bit weights; it reads weights from files, so those are exact."""
    if row.request["calculator"] != "inference" or row.request.get("gpu_count", 1) > 1:
        return None
    if row.request.get("weight_dtype") != "bf16":
        return None
    from hf_mem.safetensors.kv_cache import compute_safetensors_kv_cache_size

    model = find_model(row.request["model"])
    cache = compute_safetensors_kv_cache_size(model.config, "BF16", row.request["seq"])
    return float(cache + 2 * model.architecture.parameters_total)


PEERS = {"fitcheck-llm": fitcheck, "hf-mem": hf_mem}


def main() -> None:
    warnings.simplefilter("ignore")
    report: dict[str, Any] = {"versions": {}, "answers": {}}
    for name, ask in PEERS.items():
        report["versions"][name] = version(name)
        answers = {}
        for row in measurements():
            try:
                answer = ask(row)
            except Exception:  # a peer may fail in any way; that is its answer
                continue
            if answer is not None:
                answers[row.title] = round(answer)
        report["answers"][name] = answers
        print(name, len(answers), "answers", flush=True)
    path = HERE / "data" / "published_peers.json"
    path.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
