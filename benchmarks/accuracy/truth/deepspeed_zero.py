"""ZeRO by DeepSpeed itself (arXiv 1910.02054), one rank of a fake process group.

The sizes are those that transformers fills "auto" in with, such as a bucket of the square of the
hidden size; what it leaves alone is DeepSpeed's default. AdamW is torch's fused one. Gradients are
in 16 bits; those of the rank's own part become fp32 in the step.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from benchmarks.accuracy.truth.allocator import Ledger

_OWN: dict[Any, dict[str, Any]] = {}
_LINEAR = torch.nn.functional.linear
STAGES = {"zero1": 1, "zero2": 2, "zero3": 3}


def engine_of(model: Any, case: dict[str, Any]) -> Any:
    """Return DeepSpeed's engine around ``model``, whose parameters lie where they are to be."""
    os.environ.update(RANK="0", WORLD_SIZE=str(case["dp"]), LOCAL_RANK="0")
    os.environ.update(MASTER_ADDR="localhost", MASTER_PORT="0")
    import deepspeed
    from deepspeed.comm import comm
    from deepspeed.runtime import bf16_optimizer
    from deepspeed.runtime.zero import partitioned_param_coordinator, stage3, stage_1_and_2
    from deepspeed.utils import groups

    comm.cdb = None  # the groups of an earlier case are gone
    for name, value in list(vars(groups).items()):
        if name.startswith("_") and type(value).__name__ == "ProcessGroup":
            setattr(groups, name, None)

    model.to = model.bfloat16 = model.half = lambda *_, **__: model
    deepspeed.comm.broadcast = lambda *_, **__: None
    deepspeed.get_accelerator().is_fp16_supported = lambda: True
    # what has no values is neither too large nor no number
    stage_1_and_2.DeepSpeedZeroOptimizer.has_overflow = lambda *_, **__: False
    stage_1_and_2.is_invalid_grad_norm = lambda *_, **__: False
    bf16_optimizer.is_invalid_grad_norm = lambda *_, **__: False
    stage3.DeepSpeedZeroOptimizer_Stage3.has_overflow = lambda *_, **__: False
    stage3.is_invalid_grad_norm = lambda *_, **__: False
    partitioned_param_coordinator.assert_ints_same_as_other_ranks = lambda *_, **__: None
    _place_host(stage_1_and_2.DeepSpeedZeroOptimizer, case)
    _place_host(stage3.DeepSpeedZeroOptimizer_Stage3, case)
    params = [p for p in model.parameters() if p.requires_grad]
    engine, *_ = deepspeed.initialize(
        model=model,
        optimizer=torch.optim.AdamW(params, fused="offload" not in case, foreach=False),
        config=_configuration(model.config.hidden_size, case),
        dist_init_required=False,
    )
    return engine


class Host(str):
    """The device that stands for the host, which DeepSpeed finds to be "cpu"."""

    def __new__(cls) -> Host:
        return super().__new__(cls, "meta")

    def __eq__(self, other: object) -> bool:
        return other in ("cpu", "meta")

    __hash__ = str.__hash__


def _place_host(kind: Any, case: dict[str, Any]) -> None:
    """Let the host be the device "meta", whose tensors the ledger leaves out, where it is used."""
    on_host = {
        "device": property(lambda _: "meta", lambda *_: None),
        "subgroup_to_device": property(lambda _: defaultdict(Host), lambda *_: None),
        "scaled_global_norm": lambda *_, **__: torch.zeros(()),
    }
    own = _OWN.setdefault(kind, {name: vars(kind)[name] for name in on_host if name in vars(kind)})
    for name, value in on_host.items():
        if "offload" in case:
            setattr(kind, name, value)
        elif name in own:
            setattr(kind, name, own[name])
        elif name in vars(kind):
            delattr(kind, name)


def _configuration(hidden: int, case: dict[str, Any]) -> dict[str, Any]:
    half = "bf16" if case["precision"] == "mixed_bf16" else "fp16"
    wide = case.get("grad_dtype") == "fp32"
    off = {"offload_optimizer": {"device": "cpu", "pin_memory": False}}
    return {
        "zero_force_ds_cpu_optimizer": False,
        **({"data_types": {"grad_accum_dtype": "fp32"}} if wide else {}),
        "train_micro_batch_size_per_gpu": case["micro_batch"],
        "gradient_accumulation_steps": case["grad_accumulation"],
        half: {"enabled": True},
        "zero_allow_untested_optimizer": True,
        "zero_optimization": {
            "stage": STAGES[case["sharding"]],
            "reduce_bucket_size": hidden**2,
            "stage3_prefetch_bucket_size": int(0.9 * hidden**2),
            "stage3_param_persistence_threshold": 10 * hidden,
            **(off if "offload" in case else {}),
        },
    }


def steps(
    engine: Any, inputs: dict[str, torch.Tensor], case: dict[str, Any], ledger: Ledger
) -> Iterator[int]:
    """Run two steps; yield the live bytes before each."""
    for _ in range(2):
        ledger.peaks.clear()
        yield ledger.live_bytes
        for _ in range(case["grad_accumulation"]):
            ledger.enter("loss")
            loss = engine(**inputs, use_cache=False).loss
            ledger.enter("backward")
            engine.backward(loss)
            del loss
            ledger.enter("optimizer_step")
            engine.step()
        ledger.enter("between")


@contextmanager
def quiet() -> Iterator[None]:
    """Let DeepSpeed's assertion about addresses pass, which fake tensors do not have."""
    inner = torch.Tensor.data_ptr
    torch.Tensor.data_ptr = lambda _: 0  # type: ignore[method-assign]
    try:
        yield
    finally:
        torch.Tensor.data_ptr = inner  # type: ignore[method-assign]


def forget() -> None:
    """Undo what an engine of stage 3 leaves behind: a linear function that saves every input."""
    torch.nn.functional.linear = _LINEAR
