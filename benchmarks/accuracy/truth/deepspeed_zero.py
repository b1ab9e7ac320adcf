"""ZeRO by DeepSpeed itself (arXiv 1910.02054), one rank of a fake process group.

The sizes are those that transformers fills "auto" in with, such as a bucket of the square of the
hidden size; what it leaves alone is DeepSpeed's default. AdamW is torch's fused one. Gradients are
in 16 bits; those of the rank's own part become fp32 in the step.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from benchmarks.accuracy.truth.allocator import Ledger

STAGES = {"zero1": 1, "zero2": 2, "zero3": 3}


def engine_of(model: Any, case: dict[str, Any]) -> Any:
    """Return DeepSpeed's engine around ``model``, whose parameters lie where they are to be."""
    os.environ.update(RANK="0", WORLD_SIZE=str(case["dp"]), LOCAL_RANK="0")
    os.environ.update(MASTER_ADDR="localhost", MASTER_PORT="0")
    import deepspeed
    from deepspeed.comm import comm
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
    stage3.DeepSpeedZeroOptimizer_Stage3.has_overflow = lambda *_, **__: False
    stage3.is_invalid_grad_norm = lambda *_, **__: False
    partitioned_param_coordinator.assert_ints_same_as_other_ranks = lambda *_, **__: None
    params = [p for p in model.parameters() if p.requires_grad]
    engine, *_ = deepspeed.initialize(
        model=model,
        optimizer=torch.optim.AdamW(params, fused=True),
        config=_configuration(model.config.hidden_size, case),
        dist_init_required=False,
    )
    return engine


def _configuration(hidden: int, case: dict[str, Any]) -> dict[str, Any]:
    half = "bf16" if case["precision"] == "mixed_bf16" else "fp16"
    return {
        "train_micro_batch_size_per_gpu": case["micro_batch"],
        "gradient_accumulation_steps": case["grad_accumulation"],
        half: {"enabled": True},
        "zero_allow_untested_optimizer": True,
        "zero_optimization": {
            "stage": STAGES[case["sharding"]],
            "reduce_bucket_size": hidden**2,
            "stage3_prefetch_bucket_size": int(0.9 * hidden**2),
            "stage3_param_persistence_threshold": 10 * hidden,
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
