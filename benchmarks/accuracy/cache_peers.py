"""What other calculators say of KV caches and parameter counts; runs in their environment.

``python benchmarks/accuracy/cache_peers.py ENGINE`` writes ``data/cache_peers.json``; ENGINE is
the path of fitllm-engine's ``engine.js``, which is asked where node is installed. The truth is
transformers': ``benchmarks/truth/kv_cache.jsonl`` and ``parameters.jsonl``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TRUTH = HERE.parent / "truth"
Config = dict[str, Any]


def lines(name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the head of a file of the truth, and its rows about a configuration."""
    head, *rows = (TRUTH / name).read_text(encoding="utf-8").splitlines()
    read = [json.loads(row) for row in rows]
    return json.loads(head), [row for row in read if "config" in row]


def hf_mem_cache(config: Config, tokens: int) -> float:
    """hf-mem's own function for safetensors models, in bf16."""
    from hf_mem.safetensors.kv_cache import compute_safetensors_kv_cache_size

    return float(compute_safetensors_kv_cache_size(config, "BF16", tokens))


def fitcheck_cache(config: Config, tokens: int) -> float:
    """fitcheck-llm's serving estimate, one request in 16 bits."""
    from fitcheck.estimator import ServingConfig, estimate_inference
    from fitcheck.gpu_db import get_gpu

    serving = ServingConfig(precision="bf16", seq_len=tokens, num_concurrent=1)
    report = estimate_inference(_fitcheck_model(config), serving, get_gpu("a100-80"))
    return float(report.kv_cache_mib * 2.0**20)


def fitcheck_parameters(config: Config) -> float:
    """fitcheck-llm's count from a configuration."""
    return float(_fitcheck_model(config).num_params)


def accelerate_parameters(config: Config) -> float:
    """What ``accelerate estimate-memory`` counts: the bare model, without a head of its own."""
    import torch
    from transformers import AutoConfig, AutoModel

    raw = dict(config)
    made = AutoConfig.for_model(raw.pop("model_type"), **raw)
    with torch.device("meta"):
        model = AutoModel.from_config(made)
    return float(sum(p.numel() for p in model.parameters()))


def _fitcheck_model(config: Config) -> Any:
    from fitcheck import config_parser as parser

    parser._reject_unsupported(config, "case")
    fields = parser._parse_fields(config)
    count = parser._count_params(fields)
    return parser.ModelConfig(name="case", num_params=count, **vars(fields))


def _asked(ask: Callable[[], float]) -> float | None:
    try:
        return ask()
    except Exception:  # a peer may fail in any way; that is its answer
        return None


def _fitllm(engine: Path, configs: list[Config], tokens: int) -> dict[str, Any] | None:
    question = json.dumps({"configs": configs, "tokens": tokens})
    command = ["node", str(HERE / "fitllm.mjs"), str(engine)]
    try:
        run = subprocess.run(command, input=question, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"fitllm-engine could not be asked: {error}", file=sys.stderr)
        return None
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def main() -> None:
    warnings.simplefilter("ignore")
    head, caches = lines("kv_cache.jsonl")
    tokens = head["tokens"]
    _, counts = lines("parameters.jsonl")
    configs = [row["config"] for row in caches]
    shapes = [row["config"] for row in counts]
    report: dict[str, Any] = {"versions": {}, "kv_cache": {}, "parameters": {}}
    for name, ask in (("hf-mem", hf_mem_cache), ("fitcheck-llm", fitcheck_cache)):
        report["versions"][name] = version(name)
        report["kv_cache"][name] = [_asked(lambda c=c, a=ask: a(c, tokens)) for c in configs]
    for name, count in (
        ("accelerate", accelerate_parameters),
        ("fitcheck-llm", fitcheck_parameters),
    ):
        report["versions"][name] = version(name)
        report["parameters"][name] = [_asked(lambda c=c, a=count: a(c)) for c in shapes]
    answer = _fitllm(Path(sys.argv[1]).resolve(), configs, tokens) if len(sys.argv) > 1 else None
    if answer is not None:
        report["versions"]["fitllm-engine"] = answer["version"]
        report["kv_cache"]["fitllm-engine"] = answer["answers"]
    (HERE / "data" / "cache_peers.json").write_text(json.dumps(report, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
