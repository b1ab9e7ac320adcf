"""How a case is spread over cards: by torch's FSDP2, DDP and ring attention."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch

from benchmarks.accuracy.truth.allocator import Ledger
from benchmarks.accuracy.truth.experts import split_experts
from benchmarks.accuracy.truth.host import HostLedger, copies
from benchmarks.accuracy.truth.parallel import Grid

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def shard(model: torch.nn.Module, case: dict[str, Any], mesh: Any) -> None:
    """Apply ``fully_shard`` to each decoder layer and to the whole."""
    from torch.distributed.fsdp import CPUOffloadPolicy, MixedPrecisionPolicy, fully_shard
    from transformers.modeling_layers import GradientCheckpointingLayer

    precision = case["precision"].split("_")[-1]
    policy = MixedPrecisionPolicy()
    if case["precision"] != precision:
        policy = MixedPrecisionPolicy(param_dtype=DTYPES[precision], reduce_dtype=torch.float32)
    options: dict[str, Any] = {"mp_policy": policy}
    if case.get("offload"):
        options["offload_policy"] = CPUOffloadPolicy(pin_memory=False)
    if case["sharding"] == "zero2" or case.get("pp", 1) > 1:
        options["reshard_after_forward"] = False
    parts = case.get("ep", 1)
    whole = mesh.every if isinstance(mesh, Grid) else mesh
    if parts > 1:
        for module in split_experts(model, parts, mesh.part.get_group()):
            fully_shard(module, mesh=mesh.data, **options)
    for module in list(model.modules()):
        if isinstance(module, GradientCheckpointingLayer):
            fully_shard(module, mesh=whole, **options)
    fully_shard(model, mesh=whole, **options)


def prepared(model: Any, case: dict[str, Any], mesh: Any) -> Any:
    """Return ``model`` with what its case needs beside sharding: copies, split experts."""
    if case.get("ep", 1) > 1 and case["sharding"] == "none":
        split_experts(model, case["ep"], mesh.part.get_group())
    return copied(model, every=True) if case.get("engine") == "ddp" else model


def copied(model: Any, *, every: bool) -> Any:
    """Return ``model`` in DistributedDataParallel; ``every`` pass says which parameters it used."""
    from torch.distributed.algorithms.ddp_comm_hooks.debugging_hooks import noop_hook
    from torch.nn.parallel import DistributedDataParallel

    # buckets are not built anew, as the fake tensors' C++ side cannot; their size is the same
    wrapped = DistributedDataParallel(
        model, init_sync=False, gradient_as_bucket_view=True, find_unused_parameters=every
    )
    wrapped.register_comm_hook(None, noop_hook)  # type: ignore[no-untyped-call]
    return wrapped


def contexts_of(
    case: dict[str, Any], mesh: Any, ledger: Ledger
) -> Iterator[AbstractContextManager[Any]]:
    """Yield what must be in force while the case runs."""
    if case.get("cp", 1) > 1:
        from torch.distributed.tensor.experimental import context_parallel

        rows = torch.empty(1, case["seq"])
        yield context_parallel(mesh.part, buffers=[rows], buffer_seq_dims=[1])
    if isinstance(ledger, HostLedger):
        yield copies(ledger)


def fp8(model: Any) -> Any:
    """Return ``model`` with torchao's float8 linear layers, all but the head."""
    from torchao.float8 import convert_to_float8_training

    return convert_to_float8_training(
        model, module_filter_fn=lambda _, name: not name.endswith("lm_head")
    )
