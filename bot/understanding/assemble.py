"""From facts to a request: what each word means for the calculator that is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.understanding.adapters import adapted
from bot.understanding.vocabulary import cards

Facts = Mapping[str, Any]

TRAINING = frozenset(
    {
        "training",
        "activation",
        "optimizer_memory",
        "gradient_memory",
        "training_time",
        "utilization_throughput",
        "throughput",
        "communication",
        "max_rank",
    }
)
INFERENCE = frozenset({"inference", "kv_cache", "latency"})
RATED = frozenset({"utilization_throughput", "throughput", "training_time"})
EITHER = frozenset({"fit", "min_gpus", "max_batch", "max_context", "max_params", "plan"})
USUAL_IN_A_MACHINE = 8
CACHE_FORMATS = frozenset({"fp32", "fp16", "bf16", "fp8", "int8"})
_COMMON = (
    "gpu", "gpu_count", "nodes", "seq", "tp", "pp", "dp", "cp", "ep", "sequence_parallel",
    "virtual_pp", "attention", "code", "offload", "network_bytes_per_s", "memory_share",
)  # fmt: skip
_TRAIN_ONLY = ("grad_dtype", "optimizer", "checkpointing", "grad_accumulation", "global_batch")
_RATES = (
    "tokens_per_s_gpu", "examples_per_s", "step_s", "tflops_gpu", "peak_tflops", "total_tokens",
    "reference_tokens_per_s_gpu", "gpu_hours",
)  # fmt: skip
# What a time of card hours does not depend on.
_OF_A_RUN = ("model", "params", "total_tokens", "tokens_per_s_gpu", "examples_per_s", "step_s",
             "tflops_gpu")  # fmt: skip
_LOW_BIT = re.compile(r"^(int[1-7]\b|nf4|fp4|mxfp4|nvfp4|i?q[1-6]_|[1-7](\.\d+)?bpw)")


def mode_of(calculator: str, facts: Facts, *, trains: bool) -> str | None:
    """Return the mode that a calculator is asked about, None where it has none."""
    if calculator in EITHER:
        return str(facts.get("mode") or ("train" if trains else "infer"))
    if calculator == "file_size":
        return "train" if facts.get("resume") else None
    if calculator == "throughput" and not _measured(facts):
        return str(facts.get("mode") or ("train" if trains else "infer"))
    if calculator in TRAINING:
        return "train"
    return "infer" if calculator in INFERENCE else None


def request_of(calculator: str, facts: Facts, *, trains: bool) -> dict[str, Any]:
    """Return the fields of ``calculators.requests.Request`` that the facts give."""
    request: dict[str, Any] = {"calculator": calculator}
    if calculator == "convert":
        return request | _pick(facts, "quantity", "from_unit", "to_unit")
    if calculator == "compare_gpu":
        known = {"gpus": tuple(facts.get("gpus", ()))} | _pick(facts, "attribute")
        if facts.get("attribute", "flops") == "flops" and facts.get("dtype"):
            known["weight_dtype"] = facts["dtype"]
        return request | known
    if calculator == "gpu_info":
        known = _pick(facts, "gpu", "attribute", "gpu_count") | _capacity(facts)
        if facts.get("attribute") == "flops":
            known |= _stated_share(facts)
            if facts.get("dtype"):
                known["weight_dtype"] = facts["dtype"]
        return request | known | ({"per_gpu": True} if facts.get("per_gpu") else {})
    if calculator == "parameters":
        return request | _size(facts) | _adapters(facts) | _pick(facts, "dimension")
    if calculator == "model_info":
        return request | _size(facts) | _pick(facts, "dimension")
    if calculator == "dtype_bits":
        return request | {"weight_dtype": facts.get("dtype")}
    mode = mode_of(calculator, facts, trains=trains)
    if calculator in EITHER or calculator in ("throughput", "file_size"):
        request |= {} if mode is None else {"mode": mode}
    if calculator == "training_time" and facts.get("run_flops"):
        request["attribute"] = "flops"
    request |= _size(facts) | _pick(facts, *_COMMON, *_RATES)
    request |= _capacity(facts)
    if calculator == "min_gpus" and facts.get("machines"):
        request["node_gpus"] = facts.get("node_gpus") or USUAL_IN_A_MACHINE
    in_time = calculator == "min_gpus" and mode == "train"
    if in_time or (calculator == "utilization_throughput" and not _measured(facts)):
        request |= _pick(facts, "finish_s")
    if calculator in ("training_time", "throughput") or in_time:
        request |= _stated_share(facts)
    for flag in ("per_gpu", "headroom"):
        if facts.get(flag):
            request[flag] = True
    training = mode == "train"
    if facts.get("only_time"):
        request = {k: v for k, v in request.items() if k not in _OF_A_RUN}
    request |= _training(facts, calculator) if training else _inference(facts, calculator)
    return request


def _measured(facts: Facts) -> bool:
    """Whether a rate was measured: then it is a training run's, as the FAQ's formula takes it."""
    return any(facts.get(name) for name in ("tokens_per_s_gpu", "examples_per_s", "step_s"))


def is_low_bit(dtype: object) -> bool:
    """Whether weights in this format cannot be trained themselves, only adapters on them."""
    return isinstance(dtype, str) and _LOW_BIT.match(dtype) is not None


def _pick(facts: Facts, *names: str) -> dict[str, Any]:
    return {name: facts[name] for name in names if facts.get(name) is not None}


def _stated_share(facts: Facts) -> dict[str, Any]:
    """``at 45% MFU``: that share of the card's dense peak is what each card achieves."""
    share, name = facts.get("utilization_percent"), facts.get("gpu")
    if not share or not name or facts.get("tflops_gpu"):
        return {}
    from calculators.registry import find_gpu

    gpu = find_gpu(str(name), facts.get("gpu_memory_bytes"))
    dtype = facts.get("dtype")
    peak = gpu.peak_flops(str(dtype) if dtype in gpu.peak else gpu.training_format)
    return {} if peak is None else {"tflops_gpu": share / 100 * peak / 1e12}


def _size(facts: Facts) -> dict[str, Any]:
    if facts.get("model"):
        return {"model": facts["model"]}
    return _pick(facts, "params")


def _capacity(facts: Facts) -> dict[str, Any]:
    """Memory counts where the card's name leaves it open."""
    return {} if facts.get("gpu") in cards() else _pick(facts, "gpu_memory_bytes")


def _batch(facts: Facts) -> dict[str, Any]:
    if facts.get("micro_batch") is not None:
        return {"micro_batch": facts["micro_batch"]}
    return {"micro_batch": facts["batch"]} if facts.get("batch") is not None else {}


def _training(facts: Facts, calculator: str) -> dict[str, Any]:
    found = _pick(facts, *_TRAIN_ONLY) | _batch(facts)
    if is_global_batch(calculator, facts):
        found["global_batch"] = found.pop("micro_batch")
    if facts.get("batch_tokens") and facts.get("seq"):
        found["global_batch"] = max(1, round(facts["batch_tokens"] / facts["seq"]))
    if facts.get("sharding"):
        found["sharding"] = facts["sharding"]
    if facts.get("sharding") == "hybrid":
        found |= _pick(facts, "shard_group")
    found |= _adapters(facts)
    found |= _precision(facts, frozen=found.get("method") in ("lora", "qlora"))
    alone = calculator == "gradient_memory" and not facts.get("mixed")
    if alone and facts.get("dtype") in ("fp16", "bf16"):  # a format said of gradients is theirs
        found.setdefault("grad_dtype", facts["dtype"])
    if calculator == "gradient_memory" and facts.get("grad_dtype") == "fp32":
        found["precision"] = "fp32"  # the rule counts the bytes of the format that is named
    if facts.get("precision") and found.get("method") == "qlora":
        found.setdefault("precision", facts["precision"])
    return found


def is_global_batch(calculator: str, facts: Facts) -> bool:
    """Whether an unqualified batch beside seconds a step is that of all cards together."""
    count, batch = facts.get("gpu_count") or 1, facts.get("batch")
    if calculator not in RATED or facts.get("step_s") is None or batch is None:
        return False
    return facts.get("micro_batch") is None and count > 1 and batch >= 8 * count


def unclear_batch(calculator: str, facts: Facts) -> bool:
    """Whether a batch beside seconds a step may be one card's or that of all."""
    if calculator not in RATED or facts.get("step_s") is None or facts.get("batch") is None:
        return False
    told = facts.get("micro_batch") is not None or facts.get("global_batch") is not None
    several = (facts.get("gpu_count") or 1) > 1
    return several and not told and not is_global_batch(calculator, facts)


def _adapters(facts: Facts) -> dict[str, Any]:
    method = facts.get("method")
    low = is_low_bit(facts.get("dtype"))
    if method is None and not low and facts.get("lora_rank") is None:
        return {}
    if low and method != "full":
        method = "qlora"
    found: dict[str, Any] = {"method": method or "lora"}
    if facts.get("lora_rank") is not None and method != "full":
        found["lora"] = {"rank": facts["lora_rank"]}
    if facts.get("lora_targets") and method != "full":
        targets = adapted(facts["lora_targets"], facts.get("model"))
        found["lora"] = {**found.get("lora", {}), "targets": targets}
    return found


def _precision(facts: Facts, *, frozen: bool) -> dict[str, Any]:
    """Read a format said of training: int8 and fp32 as they are, 16 bits mixed.

    With adapters a format other than 16 bits is that of the ``frozen`` weights.
    """
    dtype = facts.get("dtype")
    if dtype is None:
        return {}
    if is_low_bit(dtype):
        return {"weight_dtype": dtype}
    if frozen and dtype in ("fp32", "int8", "fp8"):
        return {"weight_dtype": dtype}
    if dtype in ("fp32", "int8", "fp8"):
        return {"precision": dtype}
    if dtype in ("fp16", "bf16"):
        if facts.get("pure"):
            return {"precision": dtype}
        prefix = "amp" if facts.get("mixed") == "amp" else "mixed"
        return {"precision": f"{prefix}_{dtype}"}
    return {}


def _inference(facts: Facts, calculator: str) -> dict[str, Any]:
    found = _pick(facts, "kv_dtype", "new_tokens") | _batch(facts)
    dtype = facts.get("dtype")
    if calculator == "kv_cache":
        if dtype in CACHE_FORMATS:
            found.setdefault("kv_dtype", dtype)
        if facts.get("per_token") and "seq" not in facts:
            found["seq"] = 1
    elif dtype:
        found["weight_dtype"] = dtype
    prompt, length = facts.get("prompt_tokens"), facts.get("seq", 0)
    if prompt is not None and 0 < length < prompt and "new_tokens" not in facts:
        found |= {"new_tokens": int(length), "seq": int(prompt + length)}
    elif prompt is not None and "seq" not in facts:
        found["seq"] = int(prompt + (facts.get("new_tokens") or 0))
    elif found.get("new_tokens") and found["new_tokens"] > facts.get("seq", 0) > 0:
        found["seq"] = int(facts["seq"] + found["new_tokens"])
    return found
