"""Pipeline stages under FSDP2, by torch's own ``distributed.pipelining`` schedules.

Each stage is sharded as torchtitan shards it: nothing is resharded after forward. The stage then
keeps what it gathered, and its unsharded gradients, until the last micro-batch is over
(``_PipelineStageBase.backward_maybe_with_nosync`` and ``perform_reduce_grad``).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.pipelining import PipelineStage, Schedule1F1B, ScheduleInterleaved1F1B
from torch.testing._internal.distributed.fake_pg import FakeStore

from benchmarks.accuracy.truth.allocator import Ledger
from benchmarks.accuracy.truth.pipeline import Chunk
from benchmarks.accuracy.truth.spreading import DTYPES, shard

Build = Callable[[], Any]


class Body(nn.Module):
    """The layers of one stage: takes token ids or hidden states, gives hidden states or logits."""

    def __init__(self, chunk: Chunk) -> None:
        super().__init__()
        self.model = chunk.model
        self.first, self.last = chunk.first, chunk.last

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Run the stage on one micro-batch."""
        inputs = {"input_ids": x} if self.first else {"inputs_embeds": x}
        out: torch.Tensor
        if self.last:
            out = self.model(**inputs, use_cache=False).logits
        else:
            out = self.model.model(**inputs, use_cache=False).last_hidden_state
        return out


class ShardedStages:
    """The stages of one rank: one, or several that are interleaved, each sharded by FSDP2."""

    def __init__(self, build: Build, case: dict[str, Any], stage: int) -> None:
        self.case, self.stage = case, stage
        self.count = case["pp"] * case.get("virtual_pp", 1)
        self.places = list(range(stage, self.count, case["pp"]))
        chunks = [Chunk(build(), case, (at, self.count), nullcontext) for at in self.places]
        self.config = chunks[0].model.config
        self.bodies = [Body(chunk) for chunk in chunks]
        self.model = nn.ModuleList(self.bodies)
        self.schedule: Any = None

    def spread(self, mesh: Any) -> None:
        """Shard each stage over the data-parallel ranks and make the schedule."""
        case, config = self.case, self.config
        shape = (case["micro_batch"], case["seq"])
        narrow = DTYPES[case["precision"].split("_")[-1]]
        hidden, logits = (
            torch.empty(*shape, width, dtype=narrow, device="meta", requires_grad=True)
            for width in (config.hidden_size, config.vocab_size)
        )
        ids = torch.empty(*shape, dtype=torch.int64, device="meta")
        stages = []
        for place, body in zip(self.places, self.bodies, strict=True):
            shard(body, case, mesh["data"])
            stages.append(
                PipelineStage(
                    body, place, self.count, torch.device("cpu"),
                    input_args=(ids if body.first else hidden,),
                    output_args=(logits if body.last else hidden,),
                    group=mesh.get_group("stage"),
                )
            )  # fmt: skip
        loss = self.bodies[-1].model.loss_function

        def loss_of(found: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            value: torch.Tensor = loss(logits=found, labels=labels, vocab_size=config.vocab_size)
            return value

        steps = case["grad_accumulation"]
        if len(stages) == 1:
            self.schedule = Schedule1F1B(stages[0], steps, loss_fn=loss_of)
        else:
            self.schedule = ScheduleInterleaved1F1B(stages, steps, loss_fn=loss_of)

    @property
    def buffers(self) -> list[torch.Tensor]:
        """What the stages receive in, which stays between steps."""
        stages = self.schedule._stages if len(self.bodies) > 1 else [self.schedule._stage]
        received = [
            info
            for stage in stages
            for infos in (*stage.args_recv_info.values(), *stage.grad_recv_info.values())
            for info in infos
        ]
        return [info.buffer for info in received if getattr(info, "buffer", None) is not None]

    def step(self, tokens: torch.Tensor, ledger: Ledger) -> None:
        """Run all micro-batches in the order of the schedule; the moments are not told apart."""
        ledger.enter("backward")
        inputs = {"target": tokens} if self.bodies[-1].last else {}
        args = (tokens,) if self.bodies[0].first else ()
        self.schedule.step(*args, **inputs, return_outputs=False)


def mesh_of_stage(case: dict[str, Any], stage: int) -> Any:
    """Join a fake process group as a rank of ``stage``; return its mesh of stages and data."""
    dp, pp = case["dp"], case["pp"]
    dist.init_process_group("fake", store=FakeStore(), rank=stage * dp, world_size=dp * pp)
    return init_device_mesh("cpu", (pp, dp), mesh_dim_names=("stage", "data"))
