"""What a request says to no effect, or twice: said beside the answer, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from calculators.architecture_facts import fact
from calculators.text import Text
from calculators.units import format_bytes

if TYPE_CHECKING:
    from calculators.architecture import Architecture
    from calculators.case import Case

_TRAINING_ONLY = frozenset({"training", "activation", "gradient_memory", "optimizer_memory"})
_SERVING = frozenset({"inference", "kv_cache", "latency"})
_NOT_SERVING = (
    "optimizer",
    "method",
    "lora",
    "grad_dtype",
    "sharding",
    "checkpointing",
    "offload",
    "grad_accumulation",
    "cp",
    "ep",
)
_RATES = ("tokens_per_s_gpu", "examples_per_s", "step_s")


def remarks(case: Case, architecture: Architecture | None) -> Iterator[Text]:
    """Yield a sentence for each field that has no effect here, or not the one it may seem to."""
    if architecture is not None and not case.bare:
        yield from architecture.notes
    if not case.bare and case.given("params"):
        yield from _named_and_sized(case)
    if case.given("memory_share") and case.capacity_bytes is not None:
        yield _share_of_memory(case.request.memory_share or 1, case.capacity_bytes)
    yield from _degrees(case)
    if case.request.calculator in _SERVING or case.request.mode == "infer":
        yield from _of_training(case)
    if case.given("kv_dtype"):
        yield from _cache_format(case)
    if case.request.offload == "parameters":
        yield from _fetched(case)
    if architecture is not None and case.request.lora is not None:
        yield from _targets(case, architecture)
    if case.given("tokens_per_s_gpu"):
        yield from _rates(case)


def _share_of_memory(share: float, usable_bytes: int) -> Text:
    shown = f"{100 * share:g}", format_bytes(usable_bytes)
    return Text(
        f"Of each card {shown[0]} %, {shown[1]}, may be filled (gpu_memory_utilization); "
        "sequences beyond what fits wait in the engine's queue.",
        f"每张卡只用 {shown[0]}%，即 {shown[1]}（gpu_memory_utilization）；"
        "放不下的序列在引擎中排队。",
    )


def _named_and_sized(case: Case) -> Iterator[Text]:
    model, size = case.model, case.request.params
    if model is not None and size in (model.nominal_params, model.rule_params):
        return
    yield Text(
        f"Both a model and params = {size:g} were given: what is counted exactly is the model, "
        "and params is only the n of the rule of thumb.",
        f"同时给出了模型和 params = {size:g}：精确估算按模型计算，params 只用作经验算法的 n。",
    )


def _of_training(case: Case) -> Iterator[Text]:
    given = [name for name in _NOT_SERVING if getattr(case.request, name) not in (None, "none", 1)]
    if given:
        names = ", ".join(given)
        yield Text(
            f"No effect on inference as it is counted here: {names}.",
            f"对这里的推理计算没有影响：{names}。",
        )


def _degrees(case: Case) -> Iterator[Text]:
    request = case.request
    if (request.virtual_pp or 1) > 1 and (case.get("pp") or 1) == 1:
        yield Text(
            "virtual_pp has no effect without pipeline parallelism (pp).",
            "没有流水线并行（pp）时，virtual_pp 不起作用。",
        )
    if request.sequence_parallel and (case.get("tp") or 1) == 1:
        yield Text(
            "sequence_parallel has no effect without tensor parallelism (tp).",
            "没有张量并行（tp）时，sequence_parallel 不起作用。",
        )
    if request.node_gpus and request.calculator != "min_gpus":
        yield Text(
            "node_gpus has no effect but on the number of machines (min_gpus).",
            "node_gpus 只影响机器台数的计算（min_gpus）。",
        )
    if request.shard_group and case.get("sharding") != "hybrid":
        yield Text(
            "shard_group has no effect without hybrid sharding.",
            "不是混合分片（hybrid）时，shard_group 不起作用。",
        )


def _cache_format(case: Case) -> Iterator[Text]:
    if case.request.calculator in _TRAINING_ONLY or case.mode == "train":
        yield Text(
            "kv_dtype has no effect on training, which keeps no KV cache.",
            "训练不保留 KV 缓存，kv_dtype 不起作用。",
        )
    elif case.gpu is not None and not case.gpu.supports_fp8 and "fp8" in case.format("kv_dtype").id:
        yield Text(
            f"{case.gpu.name} has no fp8 tensor cores: an fp8 KV cache saves memory there, but is "
            "computed with in 16 bits.",
            f"{case.gpu.name} 没有 fp8 计算单元：fp8 KV 缓存只省显存，计算仍用 16 位。",
        )


def _fetched(case: Case) -> Iterator[Text]:
    from calculators.layout import SHARDING_NAMES  # which builds on cases, as this serves them

    if case.request.sharding in ("none", "zero1", "zero2"):
        name = SHARDING_NAMES[case.request.sharding].en
        yield Text(
            f"Offloading parameters is a part of ZeRO-3 and FSDP, not of {name}; counted as they "
            "do it, fetching one layer after another.",
            f"参数卸载是 ZeRO-3 与 FSDP 的功能，{name} 没有；这里按它们的做法（逐层取回）计算。",
        )


def _targets(case: Case, architecture: Architecture) -> Iterator[Text]:
    wanted = case.request.lora.targets if case.request.lora is not None else ()
    if wanted == "all-linear" or case.get("method") not in ("lora", "qlora"):
        return
    names = fact(architecture, "linear names", lambda: _linear_names(architecture))
    missing = ", ".join(name for name in wanted if name not in names)
    if missing:
        yield Text(
            f"{architecture.family} has no linear layer named {missing}: no adapter is counted "
            "for that.",
            f"{architecture.family} 没有名为 {missing} 的线性层，未计入相应的适配器。",
        )


def _linear_names(architecture: Architecture) -> frozenset[str]:
    layers = (layer for layer, _ in architecture.groups)
    return frozenset(m.name for layer in layers for m in layer.modules if m.kind == "linear")


def _rates(case: Case) -> Iterator[Text]:
    unused = [name for name in _RATES[1:] if case.given(name)]
    if unused:
        names = ", ".join(unused)
        yield Text(
            f"Of the rates given, tokens_per_s_gpu is used; {names} is not needed.",
            f"给出了多个速率，这里使用 tokens_per_s_gpu，未使用 {names}。",
        )
