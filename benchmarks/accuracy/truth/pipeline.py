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

Context = Callable[[], AbstractContextManager[Any]]


def stages_of(case: dict[str, Any]) -> list[int]:
    """The stages that can need most: the first two and the last."""
    return sorted({0, 1, case["pp"] - 1})


def layers_of(layers: int, stages: int, stage: int) -> range:
    """The layers of a stage, as even as they come, earlier stages with one more."""
    each, more = divmod(layers, stages)
    start = stage * each + min(stage, more)
    return range(start, start + each + (1 if stage < more else 0))


class Stage:
    """Forward and backward passes of one stage of ``model``, which loses all other parts."""

    def __init__(self, model: Any, case: dict[str, Any], stage: int, autocast: Context) -> None:
        self.case, self.stage, self.model, self.autocast = case, stage, model, autocast
        self.first, self.last = stage == 0, stage == case["pp"] - 1
        self.waiting: deque[tuple[torch.Tensor | None, GradientEdge | torch.Tensor]] = deque()
        base = model.model
        span = layers_of(len(base.layers), case["pp"], stage)
        base.layers = nn.ModuleList([base.layers[index] for index in span])
        base.config.num_hidden_layers = len(span)
        if not self.first and not (self.last and base.config.tie_word_embeddings):
            base.embed_tokens = None
        if not self.last:
            base.norm = nn.Identity()
            if not (self.first and base.config.tie_word_embeddings):
                model.lm_head = None

    def forward(self, tokens: torch.Tensor) -> None:
        """Run one micro-batch as far as this stage goes, and keep its graph."""
        received: torch.Tensor | None = None
        inputs: dict[str, Any] = {"input_ids": tokens}
        if not self.first:
            shape = (*tokens.shape, self.model.config.hidden_size)
            received = torch.empty(shape, dtype=self.stream()).requires_grad_()
            inputs = {"inputs_embeds": received}
        with self.autocast():
            if self.last:
                out = self.model(**inputs, labels=tokens, use_cache=False).loss
                self.waiting.append((received, out))
                return
            out = self.model.model(**inputs, use_cache=False).last_hidden_state
        self.waiting.append((received, get_gradient_edge(out)))

    def backward(self, tokens: torch.Tensor) -> None:
        """Run the backward pass of the micro-batch that waited longest."""
        received, out = self.waiting.popleft()
        if isinstance(out, torch.Tensor):
            out.backward()
        else:
            shape = (*tokens.shape, self.model.config.hidden_size)
            torch.autograd.backward((out,), (torch.empty(shape, dtype=self.stream()),))
        del received, out

    def stream(self) -> torch.dtype:
        """The type of the residual stream."""
        dtype: torch.dtype = next(self.model.parameters()).dtype
        return dtype

    def step(self, tokens: torch.Tensor, ledger: Ledger) -> None:
        """Run all micro-batches: warm-up, one forward and one backward in turn, cool-down."""
        count = self.case["grad_accumulation"]
        warm_up = min(self.case["pp"] - self.stage - 1, count)
        for index in range(count + warm_up):
            if index < count:
                ledger.enter("loss")
                self.forward(tokens)
            if index >= warm_up:
                ledger.enter("backward")
                self.backward(tokens)
