"""What Megatron-class code keeps: the accounting of arXiv 2205.05198, for any shape of layer.

The paper counts GPT: per layer sbh·(34 + 5as/h) bytes, with tensor parallelism
sbh·(10 + 24/t + 5as/(ht)), with sequence parallelism sbh/t·(34 + 5as/h), under selective
recomputation the same without the term in s², and 2sbh when all is recomputed. Here each tensor
is counted at its own width, so that grouped heads, gated blocks and absent dropout come out too.
Under autocast the stream stays in fp32, what matrices multiply is in 16 bits, and so is the copy of
each matrix that its product saves.
"""

from __future__ import annotations

from calculators.architecture import Architecture, Attention, FeedForward, Layer
from calculators.memory.training.caching import by_identity
from calculators.memory.training.profile import Profile, passing
from calculators.memory.training.recipe import Recipe
from calculators.memory.training.tape import ZERO, Size, add, const, pairs, scale, tokens

FP32 = 4
INDEX = 8


@by_identity
def fused_layer(
    layer: Layer, model: tuple[str, int, float], recipe: Recipe, options: tuple[bool, bool]
) -> Profile:
    """Return the profile of a decoder layer; the arguments are those of ``layer_profile``."""
    _, hidden, dropout = model
    if layer.passed_by:
        return passing(hidden, recipe)
    split = recipe.tp if recipe.sequence_parallel else 1
    stream = tokens(hidden * recipe.width / split)
    copies = _weight_copies(layer, recipe)
    kept = add(_layer_saved(layer, hidden, dropout, recipe), const(copies))
    inner = tokens(recipe.compute_width * _widest(layer, hidden) / recipe.tp)
    gradients = ZERO
    if recipe.base_trains and not recipe.held:
        gradients = const(_local_parameters(layer, recipe) * recipe.width)
    # the gradients of the widest tensors and of the stream are live beside what was kept
    at_work = add(kept, add(scale(stream, 2), inner))
    backward = (at_work, add(scale(stream, 2), gradients))
    if options[0]:
        return Profile(stream, (add(kept, stream),), backward, gradients, copies)
    return Profile(kept, (add(kept, scale(stream, 2)),), backward, gradients)


def _layer_saved(layer: Layer, hidden: int, dropout: float, recipe: Recipe) -> Size:
    split = recipe.tp if recipe.sequence_parallel else 1
    width = recipe.compute_width
    total = tokens(len(layer.norms) * hidden * recipe.width / split)
    for part in (
        _attention_saved(layer.attention, hidden, recipe),
        _feed_forward_saved(layer.feed_forward, hidden, recipe),
    ):
        if part != ZERO:
            masks = hidden / split if dropout else 0.0
            total = add(total, add(part, tokens(hidden * width / split + masks)))
    return total


def _attention_saved(attention: Attention, hidden: int, recipe: Recipe) -> Size:
    """Return queries, keys, values, the core's result and, where it is not fused, its scores."""
    if attention.kind == "none":
        return ZERO
    tp, width = recipe.tp, recipe.compute_width
    if attention.kind == "linear":
        return tokens(4 * hidden * width / tp)
    heads, kv_heads = attention.heads / tp, max(1, attention.kv_heads / tp)
    keys = kv_heads * (attention.head_dim + attention.v_head_dim)
    values = heads * (attention.head_dim + attention.v_head_dim)
    kept = tokens((keys + values) * width + heads * FP32)
    if attention.kind == "mla":
        latent = (attention.q_lora_rank or 0) + (attention.kv_lora_rank or 0)
        kept = add(kept, tokens(2 * latent * width))
    if recipe.eager and not recipe.selective:
        dropped = width + 1 if attention.dropout else 0
        kept = add(kept, pairs(heads * (width + dropped)))
    return kept


def _feed_forward_saved(block: FeedForward, hidden: int, recipe: Recipe) -> Size:
    """Return the inputs of the activation and of the last product; for experts their rows too."""
    if block.kind == "none":
        return ZERO
    tensors = 3 if block.gated else 2
    kept = tokens(tensors * block.active_width * recipe.compute_width / recipe.tp)
    if block.kind == "moe":
        rows = block.experts_per_token
        routed = 2 * rows * hidden * recipe.compute_width + rows * (FP32 + 2 * INDEX)
        kept = add(kept, tokens(routed + 2 * FP32 * block.experts))
    return kept


def _widest(layer: Layer, hidden: int) -> float:
    feed = layer.feed_forward
    routed = feed.experts_per_token * hidden
    return max((2 if feed.gated else 1) * feed.active_width + routed, 2 * layer.attention.q_dim)


def _weight_copies(layer: Layer, recipe: Recipe) -> float:
    """Return the bytes of autocast's copies of the layer's matrices; without autocast none."""
    split = {"linear": recipe.tp, "expert": recipe.expert_split}
    matrices = (m for m in layer.modules if m.kind in split)
    return sum(m.weight_parameters / split[m.kind] for m in matrices) * (recipe.autocast or 0)


def _local_parameters(layer: Layer, recipe: Recipe) -> float:
    split = {"linear": recipe.tp, "expert": recipe.expert_split}
    return sum(module.parameters / split.get(module.kind, 1) for module in layer.modules)


@by_identity
def fused_loss(model: Architecture, recipe: Recipe) -> Profile:
    """Last norm, head, and the vocabulary-parallel cross-entropy that keeps fp32 logits."""
    split = recipe.tp if recipe.sequence_parallel else 1
    vocab = model.vocab / recipe.tp
    width = recipe.compute_width
    inputs = tokens(model.hidden * (recipe.width + width) / split)
    copy = const(vocab * model.hidden * (recipe.autocast or 0))
    kept = add(add(inputs, copy), tokens(vocab * FP32))
    gradients = ZERO
    if recipe.base_trains and not recipe.held:
        gradients = const((vocab * model.hidden + model.hidden) * recipe.width)
    forward = add(kept, tokens(vocab * width))
    return Profile(kept, (forward,), (add(forward, gradients),), gradients)
