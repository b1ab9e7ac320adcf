"""Feed-forward blocks on a tape: dense, gated, and mixtures by grouped products."""

from __future__ import annotations

from dataclasses import replace

from calculators.architecture import FeedForward, Module
from calculators.memory.training.activations import activate
from calculators.memory.training.ops import FP32
from calculators.memory.training.tape import Tensor, tokens
from calculators.memory.training.traits import Traits
from calculators.memory.training.weights import Weights

INDEX = 8
"""Bytes of an int64 index."""


class FeedForwardShadow:
    """One feed-forward block; inner widths are divided by the tensor-parallel degree."""

    def __init__(self, weights: Weights, traits: Traits, block: FeedForward) -> None:
        self.weights = weights
        self.ops = weights.ops
        self.traits = traits
        self.block = block
        self.linears = [m for m in block.modules if m.kind == "linear"]

    def __call__(self, x: Tensor) -> Tensor:
        """Return the block's output for the normalised stream ``x``."""
        if self.block.kind == "none":
            return x
        if self.block.kind == "moe":
            return self._mixture(x)
        return self._dense(x, self.linears, self.block.width)

    def _dense(self, x: Tensor, linears: list[Module], width: float) -> Tensor:
        inner = width / self.weights.recipe.tp
        hidden = self._inner(x, linears, inner)
        return self.weights.linear(linears[-1], hidden, cols=inner)

    def _inner(self, x: Tensor, linears: list[Module], inner: float) -> Tensor:
        block, ops, weights = self.block, self.ops, self.weights
        if not block.gated:
            return activate(ops, block.activation, weights.linear(linears[0], x, rows=inner))
        if len(linears) == 2:
            both = weights.linear(linears[0], x, rows=2 * inner)
            gate, up = ops.split(both, (0.5, 0.5))
            del both
            return ops.mul(up, activate(ops, block.activation, gate))
        gate = activate(ops, block.activation, weights.linear(linears[0], x, rows=inner))
        return ops.mul(gate, weights.linear(linears[1], x, rows=inner))

    def _mixture(self, x: Tensor) -> Tensor:
        shared = [m for m in self.linears if m.name != "shared_expert_gate"]
        gates = [m for m in self.linears if m.name == "shared_expert_gate"]
        width = self.block.shared_width or self.block.width
        always = self._dense(x, shared, width) if shared and gates else None
        scores = self._route(x)
        out = self._experts(x, scores)
        del scores
        if always is not None:
            weight = self.ops.unary(self.weights.linear(gates[0], x), saves="output")
            always = self.ops.mul(always, weight)
        elif shared:
            always = self._dense(x, shared, width)
        return out if always is None else self.ops.add(out, always)

    def _route(self, x: Tensor) -> Tensor:
        """Probabilities of the experts and the weights of those picked."""
        ops, block, weights = self.ops, self.block, self.weights
        module = next(m for m in block.modules if m.kind == "router")
        picked = tokens(block.experts_per_token)
        index = weights.tape.empty(picked, INDEX)
        if self.traits.router in ("sigmoid", "softmax_wide"):
            x = ops.cast(x, FP32)
        logits = self._logits(module, x)
        if self.traits.router == "picked":
            return ops.unary(ops.indexed(logits, picked, index), saves="output")
        if self.traits.router == "sigmoid":
            probabilities = ops.unary(logits, saves="output")
        else:
            probabilities = ops.softmax(logits, FP32)
        scores = ops.indexed(probabilities, picked, index)
        return ops.cast(scores, x.width) if self.traits.router == "softmax_low" else scores

    def _logits(self, module: Module, x: Tensor) -> Tensor:
        if self.traits.linear_router:
            return self.weights.linear(replace(module, kind="linear"), x)
        weight = self.weights.parameter(module.name, module.rows * module.cols)
        if self.traits.router in ("sigmoid", "softmax_wide"):
            weight = self.ops.cast(weight, FP32)
        return self.ops.linear(x, weight, tokens(self.block.experts))

    def _experts(self, x: Tensor, scores: Tensor) -> Tensor:
        """Run transformers' grouped products: tokens sorted by expert, a row a choice."""
        ops, block, weights = self.ops, self.block, self.weights
        per_token = block.experts_per_token
        choices = tokens(per_token)
        order = weights.tape.empty(choices, INDEX)
        sorted_ids = weights.tape.empty(choices, INDEX)
        rows = weights.tape.empty(choices, INDEX)
        width = x.numel[1]
        up_module, down_module = (m for m in block.modules if m.kind == "expert")
        picked = ops.indexed(x, tokens(per_token * width), rows)
        del rows
        factor = ops.indexed(scores, choices, order)
        inner = block.expert_width / weights.recipe.tp
        hidden = self._grouped(up_module, picked, per_token * inner * (2 if block.gated else 1))
        hidden = self._gated(hidden) if block.gated else activate(ops, block.activation, hidden)
        out = self._grouped(down_module, hidden, per_token * width)
        del hidden
        out = ops.mul(out, factor)
        back = weights.tape.empty(choices, INDEX)
        out = ops.indexed(out, tokens(per_token * width), back)
        summed = ops.reduce(out, tokens(width), view=True)
        del sorted_ids, order
        return ops.cast(summed, x.width)

    def _gated(self, both: Tensor) -> Tensor:
        ops, block = self.ops, self.block
        gate, up = ops.split(both, (0.5, 0.5))
        del both
        if self.traits.router != "picked":
            return ops.mul(activate(ops, block.activation, gate), up)
        gate, up = ops.unary(gate, saves="input"), ops.unary(up, saves="input")
        sigmoid = ops.unary(ops.scaled(gate), saves="output")
        glu = ops.mul(gate, sigmoid)
        return ops.mul(ops.scaled(up), glu)

    def _adapted(self, module: Module, weight: Tensor) -> Tensor:
        adapter, tape = self.weights.recipe.adapter, self.weights.tape
        rank = adapter.mixture_rank(module) if adapter is not None else 0
        if adapter is None or not rank:
            return weight
        width, rank_total = adapter.width, rank * module.count / self.weights.recipe.expert_split
        down = tape.parameter(rank_total * module.cols, width, trains=True)
        up = tape.parameter(rank_total * module.rows, width, trains=True)
        return self.ops.folded(weight, down, up)

    def _grouped(self, module: Module, x: Tensor, width: float) -> Tensor:
        """Return a grouped product; autocast leaves it in the weights' type."""
        weights, ops = self.weights, self.ops
        count = module.rows * module.cols * module.count / weights.recipe.expert_split
        weight = weights.parameter(module.name, count)
        if weight.node is not None and weights.recipe.ep > 1:
            weights.tape.apart.append(weight.node)
        weight = self._adapted(module, weight)
        out = ops.plain_linear(ops.cast(x, weight.width), weight, tokens(width))
        if module.bias:
            bias = ops.indexed(
                weights.parameter(module.name, module.rows * module.count),
                tokens(width), weights.tape.empty(tokens(0), INDEX),
            )  # fmt: skip
            ops.added_in_place(out, bias)
        return out
