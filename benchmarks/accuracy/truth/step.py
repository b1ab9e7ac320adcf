"""One case: build the model on fake tensors, train two steps, report the second."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any

import torch
import torch.distributed as dist
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.testing._internal.distributed.fake_pg import FakeStore
from transformers import AutoConfig, AutoModelForCausalLM

from benchmarks.accuracy.truth import deepspeed_zero
from benchmarks.accuracy.truth.allocator import Ledger, rounded
from benchmarks.accuracy.truth.cuda_semantics import CudaAutocast, cuda_semantics
from benchmarks.accuracy.truth.host import HostLedger
from benchmarks.accuracy.truth.optimizers import make_optimizer
from benchmarks.accuracy.truth.parallel import (
    mesh_of,
    ranks_of,
    split,
    split_loss,
    tensor_mesh,
    uncounted_shapes,
)
from benchmarks.accuracy.truth.pipeline import Chunks, stages_of
from benchmarks.accuracy.truth.pipelining import ShardedStages, mesh_of_stage
from benchmarks.accuracy.truth.quantized import quantize
from benchmarks.accuracy.truth.spreading import contexts_of, fp8, prepared, shard

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
MOMENTS = ("loss", "backward", "optimizer_step")


def measure(case: dict[str, Any]) -> dict[str, Any]:
    """Return the peak of a steady-state step of ``case``, by moment, and what stays resident."""
    if case.get("pp", 1) > 1:
        return _measure_pipeline(case)
    ranks = ranks_of(case)
    if ranks > 1:
        dist.init_process_group("fake", store=FakeStore(), rank=0, world_size=ranks)
    try:
        with torch.device("meta"):
            model = _adapted(_model(case), case)
        mesh = mesh_of(case)
        fakes = FakeTensorMode(allow_fallback_kernels=False)
        ledger = HostLedger() if case.get("offload") == "parameters" else Ledger()
        with fakes, cuda_semantics(), uncounted_shapes(), ledger, ExitStack() as stack:
            _materialise(model)
            for context in contexts_of(case, mesh, ledger):
                stack.enter_context(context)
            if case.get("engine") == "deepspeed":
                return _measure_deepspeed(model, case, ledger)
            return _measure(model, case, ledger, mesh)
    finally:
        deepspeed_zero.forget()
        if ranks > 1:
            dist.destroy_process_group()


def _measure_pipeline(case: dict[str, Any]) -> dict[str, Any]:
    """Return the stage that needs most."""
    if case["sharding"] == "fsdp2":
        found = [_measure_sharded_stage(case, stage) for stage in stages_of(case)]
        return max(found, key=lambda each: int(each["peak_allocated_bytes"]))
    found = []
    ranks = ranks_of(case)
    if ranks > 1:
        dist.init_process_group("fake", store=FakeStore(), rank=0, world_size=ranks)
    try:
        mesh = mesh_of(case)
        for stage in stages_of(case):
            with torch.device("meta"):
                part = Chunks(lambda: _adapted(_model(case), case), case, stage, _autocast(case))
            fakes = FakeTensorMode(allow_fallback_kernels=False)
            with fakes, cuda_semantics(), uncounted_shapes(), Ledger() as ledger:
                _materialise(part.model)
                part.spread(mesh)
                found.append({**_measure_stage(part, case, ledger), "stage": stage})
    finally:
        if ranks > 1:
            dist.destroy_process_group()
    return max(found, key=lambda each: int(each["peak_allocated_bytes"]))


def _measure_sharded_stage(case: dict[str, Any], stage: int) -> dict[str, Any]:
    mesh = mesh_of_stage(case, stage)
    try:
        with torch.device("meta"):
            part = ShardedStages(lambda: _adapted(_model(case), case), case, stage)
        fakes = FakeTensorMode(allow_fallback_kernels=False)
        with fakes, cuda_semantics(), uncounted_shapes(), Ledger() as ledger:
            _materialise(part.model)
            part.spread(mesh)
            found = {**_measure_stage(part, case, ledger), "stage": stage}
            buffers = sum(rounded(each.untyped_storage().nbytes()) for each in part.buffers)
            found["resident_bytes"] -= buffers
            return found
    finally:
        dist.destroy_process_group()


def _measure_deepspeed(
    model: torch.nn.Module, case: dict[str, Any], ledger: Ledger
) -> dict[str, Any]:
    total = sum(p.numel() for p in model.parameters())
    model.train()
    tokens = torch.randint(0, model.config.vocab_size, (case["micro_batch"], case["seq"]))
    resident = 0
    with deepspeed_zero.quiet():
        engine = deepspeed_zero.engine_of(model, case)
        inputs = {"input_ids": tokens, "labels": tokens}
        for live in deepspeed_zero.steps(engine, inputs, case, ledger):
            resident = live
    return {**_figures(model, tokens, resident, ledger), "parameters": total}


def _measure_stage(
    part: Chunks | ShardedStages, case: dict[str, Any], ledger: Ledger
) -> dict[str, Any]:
    model = part.model.train()
    optimizers = make_optimizer(case["optimizer"], model)
    sharded = isinstance(part, ShardedStages)
    rows = case["micro_batch"] * (case["grad_accumulation"] if sharded else 1)
    tokens = torch.randint(0, part.config.vocab_size, (rows, case["seq"]))
    if case.get("tp", 1) == 1 and not sharded:
        _initialise(model, optimizers)
    else:
        part.step(tokens, ledger)
        _update(optimizers, ledger)
    ledger.peaks.clear()
    resident = ledger.live_bytes
    part.step(tokens, ledger)
    _update(optimizers, ledger)
    return _figures(model, tokens, resident, ledger)


def _materialise(model: torch.nn.Module) -> None:
    """Give each meta tensor of ``model`` a fake one in its place; shared tensors stay shared."""
    made: dict[int, torch.Tensor] = {}
    for module in model.modules():
        for store in (module._parameters, module._buffers):
            for name, old in store.items():
                if old is not None:
                    if id(old) not in made:
                        made[id(old)] = _fake_twin(old)
                    store[name] = made[id(old)]


def _fake_twin(old: torch.Tensor) -> torch.Tensor:
    twin = torch.empty(old.shape, dtype=old.dtype, device="cpu")
    if isinstance(old, torch.nn.Parameter):
        return torch.nn.Parameter(twin, requires_grad=old.requires_grad)
    return twin


def _measure(
    model: torch.nn.Module, case: dict[str, Any], ledger: Ledger, mesh: Any
) -> dict[str, Any]:
    total = sum(p.numel() for p in model.parameters())
    if case.get("tp", 1) > 1:
        split(model, tensor_mesh(mesh), sequence=case.get("sequence_parallel", False))
    if case["sharding"] != "none":
        shard(model, case, mesh)
    model = prepared(model, case, mesh)
    model.train()
    optimizers = make_optimizer(case["optimizer"], model)
    micro_steps = min(case["grad_accumulation"], 2)
    vocabulary = _bare(model).config.get_text_config().vocab_size
    shape = (case["micro_batch"], case["seq"] // case.get("cp", 1))
    tokens = torch.randint(0, vocabulary, shape)
    positions = None
    if case.get("sequence_parallel") or case.get("cp", 1) > 1:
        positions = torch.arange(shape[1]).unsqueeze(0)
    contexts = (_autocast(case), lambda: split_loss(case))
    whole = mesh is None or (case["sharding"] == "none" and case.get("tp", 1) == 1)
    if whole:
        _initialise(model, optimizers)
    for _ in range(1 if whole else 2):
        ledger.peaks.clear()
        resident = ledger.live_bytes
        _step(model, optimizers, tokens, micro_steps, contexts, ledger, positions)
    found = {**_figures(model, tokens, resident, ledger), "parameters": total}
    if isinstance(ledger, HostLedger):
        found["host_bytes"] = ledger.host_peak_bytes
    return found


def _bare(model: Any) -> Any:
    """Return the model that DistributedDataParallel wraps."""
    return getattr(model, "module", model)


def _figures(
    model: torch.nn.Module, tokens: torch.Tensor, resident: int, ledger: Ledger
) -> dict[str, Any]:
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "trainable": sum(p.numel() for p in model.parameters() if p.requires_grad),
        "resident_bytes": resident - rounded(tokens.untyped_storage().nbytes()),
        "input_bytes": rounded(tokens.untyped_storage().nbytes()),
        "peak_allocated_bytes": max(ledger.peaks.get(m, 0) for m in MOMENTS),
        "peak_moment": max(MOMENTS, key=lambda m: ledger.peaks.get(m, 0)),
        "moments": {m: ledger.peaks[m] for m in MOMENTS if m in ledger.peaks},
    }


def _initialise(model: torch.nn.Module, optimizers: list[torch.optim.Optimizer]) -> None:
    """Let the optimizers make their states, as a first step would."""
    for p in model.parameters():
        if p.requires_grad:
            p.grad = torch.zeros_like(p)
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def _step(
    model: torch.nn.Module,
    optimizers: list[torch.optim.Optimizer],
    tokens: torch.Tensor,
    micro_steps: int,
    contexts: tuple[Callable[[], AbstractContextManager[Any]], ...],
    ledger: Ledger,
    positions: torch.Tensor | None = None,
) -> None:
    autocast, splitting = contexts
    inputs = {"input_ids": tokens, "labels": tokens}
    if positions is not None:  # the stream's own length is a part of the sequence
        inputs["position_ids"] = positions
    for index in range(micro_steps):
        ledger.enter("loss")
        waiting = getattr(model, "no_sync", nullcontext) if index + 1 < micro_steps else nullcontext
        with splitting(), waiting():
            with autocast():
                loss = model(**inputs, use_cache=False).loss
            ledger.enter("backward")
            loss.backward()
        del loss
    _update(optimizers, ledger)


def _update(optimizers: list[torch.optim.Optimizer], ledger: Ledger) -> None:
    ledger.enter("optimizer_step")
    for optimizer in optimizers:
        optimizer.step()
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    ledger.enter("between")


def _model(case: dict[str, Any]) -> torch.nn.Module:
    raw = dict(case["config"])
    config = AutoConfig.for_model(raw.pop("model_type"), **raw)
    precision = case["precision"]
    dtype = DTYPES.get(precision, torch.float32)
    if case["method"] == "qlora" and not precision.startswith("amp"):
        dtype = torch.bfloat16
    config.use_cache = False
    implementation = "eager" if case["attention"] == "eager" else "sdpa"
    model: torch.nn.Module = AutoModelForCausalLM.from_config(
        config, dtype=dtype, attn_implementation=implementation
    )
    if case["checkpointing"] == "full":
        options: dict[str, Any] = {"use_reentrant": False}
        if precision.startswith("amp"):
            options["context_fn"] = lambda: (nullcontext(), _autocast(case)())
        model.activation_checkpointing_enable(options)
    return model


def _adapted(model: torch.nn.Module, case: dict[str, Any]) -> torch.nn.Module:
    if case.get("engine") == "torchao":
        return fp8(model)
    if case["method"] == "full":
        return model
    from peft import LoraConfig, get_peft_model

    lora = case["lora"]
    targets = lora["targets"]
    config = LoraConfig(
        r=lora["rank"],
        lora_dropout=lora["dropout"],
        target_modules=targets if isinstance(targets, str) else list(targets),
        modules_to_save=list(lora.get("modules_to_save", ())) or None,
        task_type="CAUSAL_LM",
    )
    full_precision = lora["adapter_dtype"] == "fp32"
    adapted = get_peft_model(model, config, autocast_adapter_dtype=full_precision)
    if not full_precision:  # peft leaves this to the cast to the base layer's device and type
        for name, parameter in adapted.named_parameters():
            if "lora_" in name:
                parameter.data = parameter.data.to(DTYPES[lora["adapter_dtype"]])
    if case["method"] == "qlora":
        whole = case["sharding"] in ("none", "zero1", "zero2")
        quantize(adapted, torch.uint8 if whole else torch.bfloat16)
    return adapted


def _autocast(case: dict[str, Any]) -> Callable[[], AbstractContextManager[Any]]:
    precision = case["precision"]
    if precision.startswith("amp_") and case["sharding"] != "fsdp2":
        dtype = DTYPES[precision.removeprefix("amp_")]
        return lambda: CudaAutocast(dtype)
    return nullcontext
