"""One stage of a pipeline: its layers and ends, under the 1F1B schedule (arXiv 2104.04473).

A stage holds what waits for its backward pass: the graph of each micro-batch in flight, and for
a later stage the activation that it received. What it has sent on is dropped, as Megatron's
``deallocate_pipeline_outputs`` does; the graph alone is kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn
from torch.autograd.graph import GradientEdge, get_gradient_edge

from benchmarks.accuracy.truth.allocator import Ledger
from benchmarks.accuracy.truth.parallel import split, split_loss, tensor_mesh
from benchmarks.accuracy.truth.spreading import copied

Context = Callable[[], AbstractContextManager[Any]]


def stages_of(case: dict[str, Any]) -> list[int]:
    """The stages that can need most: the first two and the last."""
    return sorted({0, 1, case["pp"] - 1})


def layers_of(layers: int, stages: int, stage: int) -> range:
    """The layers of a stage, as even as they come, earlier stages with one more."""
    each, more = divmod(layers, stages)
    start = stage * each + min(stage, more)
    return range(start, start + each + (1 if stage < more else 0))


class Chunk:
    """Forward and backward passes of one run of layers, without all other parts of the model."""

    def __init__(
        self, model: Any, case: dict[str, Any], place: tuple[int, int], autocast: Context
    ) -> None:
        chunk, chunks = place
        self.case, self.model, self.autocast = case, model, autocast
        self.first, self.last = chunk == 0, chunk == chunks - 1
        self.copies: Any = None
        self.left = 0
        self.waiting: deque[tuple[torch.Tensor | None, GradientEdge | torch.Tensor]] = deque()
        base = model.model
        span = layers_of(len(base.layers), chunks, chunk)
        base.layers = nn.ModuleList([base.layers[index] for index in span])
        base.config.num_hidden_layers = len(span)
        if not self.first and not (self.last and base.config.tie_word_embeddings):
            base.embed_tokens = None
        if not self.last:
            base.norm = nn.Identity()
            if not (self.first and base.config.tie_word_embeddings):
                model.lm_head = None

    def spread(self, mesh: Any) -> None:
        """Split the layers over the ranks that share tensors, or copy them, as the case has it."""
        if self.case.get("tp", 1) > 1:
            split(self.model, tensor_mesh(mesh), sequence=False)
        if self.case.get("engine") == "ddp":
            self.copies = copied(self.model, every=False)

    def forward(self, tokens: torch.Tensor) -> None:
        """Run one micro-batch as far as these layers go, and keep its graph."""
        received: torch.Tensor | None = None
        inputs: dict[str, Any] = {"input_ids": tokens}
        if not self.first:
            shape = (*tokens.shape, self.model.config.hidden_size)
            received = torch.empty(shape, dtype=self.stream()).requires_grad_()
            inputs = {"inputs_embeds": received}
        with self.autocast(), split_loss(self.case):
            if self.last:
                out = self.model(**inputs, labels=tokens, use_cache=False).loss
                self.waiting.append((received, out))
                return
            out = self.model.model(**inputs, use_cache=False).last_hidden_state
        self.waiting.append((received, get_gradient_edge(out)))

    def backward(self, tokens: torch.Tensor) -> None:
        """Run the backward pass of the micro-batch that waited longest."""
        received, out = self.waiting.popleft()
        self.left -= 1
        if self.copies is not None and not self.left:
            self.copies.reducer.prepare_for_backward([])
        if isinstance(out, torch.Tensor):
            with split_loss(self.case):
                out.backward()
        else:
            shape = (*tokens.shape, self.model.config.hidden_size)
            torch.autograd.backward((out,), (torch.empty(shape, dtype=self.stream()),))
        del received, out

    def stream(self) -> torch.dtype:
        """The type of the residual stream."""
        dtype: torch.dtype = next(self.model.parameters()).dtype
        return dtype


class Chunks:
    """A stage with one chunk of layers, or with several that are interleaved."""

    def __init__(self, build: Callable[[], Any], case: dict[str, Any], stage: int, cast: Context):
        self.case, self.stage = case, stage
        count = case["pp"] * case.get("virtual_pp", 1)
        places = range(stage, count, case["pp"])
        self.chunks = [Chunk(build(), case, (place, count), cast) for place in places]
        self.config = self.chunks[0].model.config
        self.model = nn.ModuleList([chunk.model for chunk in self.chunks])

    def spread(self, mesh: Any) -> None:
        """Split or copy each chunk."""
        for chunk in self.chunks:
            chunk.spread(mesh)

    def step(self, tokens: torch.Tensor, ledger: Ledger) -> None:
        """Run all micro-batches in the order of the schedule."""
        for chunk in self.chunks:
            chunk.left = self.case["grad_accumulation"]
        for forward, chunk in self.order():
            ledger.enter("loss" if forward else "backward")
            if forward:
                self.chunks[chunk].forward(tokens)
            else:
                self.chunks[chunk].backward(tokens)

    def order(self) -> list[tuple[bool, int]]:
        """Whether forward or backward, and which chunk: warm-up, one of each in turn, cool-down."""
        count, stages = self.case["grad_accumulation"], self.case["pp"]
        if len(self.chunks) > 1:
            return interleaved_order(count, stages, self.stage, len(self.chunks))
        warm_up = min(stages - self.stage - 1, count)
        found = []
        for index in range(count + warm_up):
            found += [(True, 0)] if index < count else []
            found += [(False, 0)] if index >= warm_up else []
        return found


def interleaved_order(count: int, stages: int, stage: int, chunks: int) -> list[tuple[bool, int]]:
    """The order of torch's ScheduleInterleaved1F1B for one stage."""
    from torch.distributed.pipelining import schedules

    class Order(schedules.ScheduleInterleaved1F1B):
        def __init__(self) -> None:
            self.pp_group_size, self.n_local_stages, self._n_microbatches = stages, chunks, count
            self.number_of_rounds = max(1, count // stages)
            self.microbatches_per_round = count // self.number_of_rounds

    forward = schedules._ComputationType.FORWARD
    actions = Order()._calculate_single_rank_operations(stage)
    return [
        (action.computation_type == forward, action.stage_index // stages)
        for action in actions
        if action is not None
    ]
