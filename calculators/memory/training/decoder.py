"""Decoder layers and the two ends of a model on a tape."""

from __future__ import annotations

from calculators.architecture import Architecture, Layer, Norm
from calculators.memory.training.attention import AttentionShadow
from calculators.memory.training.feed_forward import FeedForwardShadow
from calculators.memory.training.norms import normalise
from calculators.memory.training.ops import FP32
from calculators.memory.training.tape import Size, Storage, Tensor, const, scale, tokens
from calculators.memory.training.traits import Traits
from calculators.memory.training.weights import Weights


class LayerShadow:
    """One decoder layer of the stock class."""

    def __init__(
        self, weights: Weights, traits: Traits, layer: Layer, hidden_dropout: float
    ) -> None:
        self.weights = weights
        self.ops = weights.ops
        self.traits = traits
        self.layer = layer
        self.p = hidden_dropout
        self.attend = AttentionShadow(weights, traits, layer.attention)
        self.feed = FeedForwardShadow(weights, traits, layer.feed_forward)

    def __call__(self, x: Tensor) -> Tensor:
        """Return the layer's output."""
        if self.layer.parallel:
            return self._parallel(x)
        before, after = self._norms()
        if self.layer.attention.kind != "none":
            x = self._residual(x, before, self.attend)
        if self.layer.feed_forward.kind != "none":
            x = self._residual(x, after, self.feed)
        return x

    def _norms(self) -> tuple[tuple[Norm | None, Norm | None], tuple[Norm | None, Norm | None]]:
        """Return the norms before and after each block; None where the class has none."""
        norms = self.layer.norms
        if len(norms) == 4:
            if norms[2].name == "post_self_attn_layernorm":
                return (norms[0], norms[2]), (norms[1], norms[3])
            return (norms[0], norms[1]), (norms[2], norms[3])
        if self.layer.post_norms or norms[-1].name == "post_feedforward_layernorm":
            return (None, norms[0]), (None, norms[1])
        return (norms[0], None), (norms[-1], None)

    def _normed(self, norm: Norm | None, x: Tensor) -> Tensor:
        return x if norm is None else normalise(self.weights, self.traits.norm, norm, x)

    def _residual(
        self, x: Tensor, norms: tuple[Norm | None, Norm | None],
        block: AttentionShadow | FeedForwardShadow,
    ) -> Tensor:  # fmt: skip
        inner = block(self.weights.gathered(self._normed(norms[0], x)))
        inner = self._normed(norms[1], self.weights.scattered(inner))
        return self.ops.add(x, self.ops.dropout(inner, self.p))

    def _parallel(self, x: Tensor) -> Tensor:
        norms, ops = self.layer.norms, self.ops
        weights = self.weights
        normed = weights.gathered(self._normed(norms[0], x))
        attended = ops.dropout(weights.scattered(self.attend(normed)), self.p)
        if len(norms) > 1:
            normed = weights.gathered(self._normed(norms[1], x))
        fed = ops.dropout(weights.scattered(self.feed(normed)), self.p)
        del normed
        return ops.add(ops.add(fed, attended), x)


def embed(weights: Weights, model: Architecture, *, scaled: bool) -> Tensor:
    """Look the tokens up; with learned positions or a scale, one more tensor each."""
    ops = weights.ops
    module = next(m for m in model.outer if m.kind == "embedding")
    table = weights.parameter(module.name, module.rows * module.cols / weights.recipe.tp)
    x = _looked_up(weights, table, module.cols)
    position = next((m for m in model.outer if m.kind == "position"), None)
    if position is not None:
        more = weights.parameter(position.name, position.rows * position.cols)
        x = ops.add(x, ops.cast(_looked_up(weights, more, 0.0), x.width))
    if scaled:
        x = ops.scaled(x)
    if model.embedding_norm is not None:
        x = normalise(weights, "layer", model.embedding_norm, x)
    return ops.dropout(x, model.embedding_dropout)


def _looked_up(weights: Weights, table: Tensor, width: float) -> Tensor:
    tape = weights.tape
    size = scale(table.numel, table.width)
    out = tape.empty(tokens(width), table.width)
    return tape.apply(out, (table,), lambda g: (Storage(tape, size),))


def loss(weights: Weights, traits: Traits, model: Architecture, last: list[Tensor]) -> Tensor:
    """Return final norm, head, logits, and the cross-entropy of transformers 5.

    The last layer's output is taken out of ``last``, as the model drops it once it is normed.
    """
    ops = weights.ops
    x = last.pop()
    if model.final_norm is not None:
        x = normalise(weights, traits.norm, model.final_norm, x)
    x = weights.gathered(x)
    head = next(m for m in model.outer if m.kind == "head")
    vocab = head.rows / weights.recipe.tp
    logits = ops.linear(x, head_weight(weights, model, vocab), tokens(vocab))
    if model.logit_softcap is not None:
        logits = ops.scaled(logits)
        logits = ops.unary(logits, saves="output")
        logits = ops.scaled(logits)
    wide = ops.cast(logits, FP32)
    if weights.recipe.shifted_logits:
        whole, wide = wide, ops.copy(wide)
        result = _cross_entropy(weights, wide, tokens(vocab * FP32))
        del whole
        return result
    return _cross_entropy(weights, wide, tokens(vocab * FP32))


def _cross_entropy(weights: Weights, wide: Tensor, size: Size) -> Tensor:
    """Return the loss of fp32 logits; over a split vocabulary, as torch's ``loss_parallel``.

    That one writes log-softmax and its backward pass out, keeping tensors in between.
    """
    ops, tape = weights.ops, weights.tape
    split = weights.recipe.tp > 1
    shifted = Storage(tape, size) if split else None
    log_probabilities = ops.unary(wide, saves="output")
    del shifted
    result = tape.empty(const(1), FP32)

    def backward(g: Storage) -> tuple[Storage]:
        between = Storage(tape, scale(size, 2)) if split else None
        gradient = Storage(tape, size)
        del between
        return (gradient,)

    return tape.apply(result, (log_probabilities,), backward)


def head_weight(weights: Weights, model: Architecture, vocab: float) -> Tensor:
    """Return the head's weight: its own, or the embedding's."""
    head = next(m for m in model.outer if m.kind == "head")
    name = head.name
    if model.tied_embeddings:
        name = next(m for m in model.outer if m.kind == "embedding").name
    return weights.parameter(name, vocab * model.hidden)
