"""What one card sends in a training step, by kind of parallelism."""

from __future__ import annotations

from calculators.case import Case
from calculators.layout import Layout, sharding_ranks
from calculators.memory.training import estimate_training
from calculators.results import Component
from calculators.speed import communication_formulas as f
from calculators.text import Text

REDUCES = {False: 4, True: 6}
"""All-reduces of a tensor-parallel layer, and all-to-alls of one with experts: two forward, two
backward, two more when the layer is recomputed."""
RINGS = {False: 3, True: 4}
"""Rounds of a context-parallel layer: K and V forward, then they and their gradients backward."""
HALF_BYTES = 2

_NAMES = {
    "data": Text("Data parallelism", "数据并行"),
    "tensor": Text("Tensor parallelism", "张量并行"),
    "pipeline": Text("Pipeline parallelism", "流水线并行"),
    "context": Text("Context parallelism", "上下文并行"),
    "expert": Text("Expert parallelism", "专家并行"),
}


def bytes_sent(case: Case, layout: Layout) -> tuple[Component, ...]:
    """Return the bytes that the busiest card sends in a step; data parallelism comes first."""
    sizes = {"data": _data_parallel(case, layout)}
    if layout.tp > 1:
        sizes["tensor"] = _tensor_parallel(case, layout)
    if layout.pp > 1:
        sizes["pipeline"] = _pipeline_parallel(case, layout)
    if layout.cp > 1:
        sizes["context"] = _context_parallel(case, layout)
    if (case.get("ep") or 1) > 1:
        sizes["expert"] = _expert_parallel(case, layout)
    return tuple(Component(name, _NAMES[name], size) for name, size in sizes.items())


def _recomputed(case: Case) -> bool:
    return bool(case.get("checkpointing") == "full")


def _tensor_parallel(case: Case, layout: Layout) -> int:
    model, get = case.architecture, case.get
    return case.trail.bytes(
        f.TENSOR_PARALLEL,
        L=-(-model.layer_count // layout.pp),
        c=REDUCES[_recomputed(case)],
        g=get("grad_accumulation"),
        B=get("micro_batch"),
        s=get("seq") // layout.cp,
        h=model.hidden,
        b_a=HALF_BYTES,
        t_p=layout.tp,
    )


def _pipeline_parallel(case: Case, layout: Layout) -> int:
    get = case.get
    return case.trail.bytes(
        f.PIPELINE_PARALLEL,
        g=get("grad_accumulation"),
        v=get("virtual_pp") or 1,
        B=get("micro_batch"),
        s=get("seq") // layout.cp,
        h=case.architecture.hidden,
        b_a=HALF_BYTES,
    )


def _context_parallel(case: Case, layout: Layout) -> int:
    model, get = case.architecture, case.get
    attending = sum(1 for layer in model.layers if layer.attention.kv_elements_per_token)
    mixer = model.attention
    return case.trail.bytes(
        f.CONTEXT_PARALLEL,
        L=-(-attending // layout.pp),
        c=RINGS[_recomputed(case)],
        g=get("grad_accumulation"),
        B=get("micro_batch"),
        s=get("seq"),
        d_kv=-(-(mixer.k_dim + mixer.v_dim) // layout.tp),
        b_a=HALF_BYTES,
        c_p=layout.cp,
    )


def _expert_parallel(case: Case, layout: Layout) -> int:
    model, get = case.architecture, case.get
    routed = [layer.feed_forward for layer in model.layers if layer.feed_forward.experts]
    if not routed:
        return 0
    return case.trail.bytes(
        f.EXPERT_PARALLEL,
        L_e=-(-len(routed) // layout.pp),
        c=REDUCES[_recomputed(case)],
        g=get("grad_accumulation"),
        B=get("micro_batch"),
        s=get("seq") // layout.cp,
        k_e=routed[0].experts_per_token,
        h=model.hidden,
        b_a=HALF_BYTES,
        e_p=get("ep"),
    )


def _data_parallel(case: Case, layout: Layout) -> int:
    ranks, split = layout.dp * layout.cp, layout.tp * layout.pp
    if ranks == 1:
        return 0
    experts, replicas = _experts(case), ranks
    if experts:
        replicas = max(1, ranks // case.get("ep"))
        experts = -(-experts // (split * case.get("ep")))
    held = -(-(case.architecture.parameters_total - _experts(case)) // split)
    trained = min(held, -(-_trained(case) // split))
    if case.get("sharding") == "hybrid":
        return _hybrid(case, held, trained, ranks)
    sent = _exchanged(case, held, trained, ranks)
    if replicas > 1 and experts:
        sent += _exchanged(case, experts, min(experts, trained), replicas)
    return sent


def _hybrid(case: Case, held: int, trained: int, ranks: int) -> int:
    """Return what is sent within the group of shards, and between its replicas."""
    group = sharding_ranks("hybrid", ranks, case.get("shard_group"))
    sent = _exchanged(case, held, trained, group) if group > 1 else 0
    if ranks == group:
        return sent
    between = case.trail.bytes(
        f.HYBRID_REPLICAS,
        n=trained,
        g=case.get("grad_accumulation"),
        b_c=_widths(case)[1],
        k=group,
        r=ranks // group,
    )
    return sent + between


def _experts(case: Case) -> int:
    """Return the parameters of routed experts, when expert-parallel ranks divide them."""
    if (case.get("ep") or 1) == 1:
        return 0
    layers = case.architecture.layers
    return sum(m.parameters for layer in layers for m in layer.modules if m.kind == "expert")


def _exchanged(case: Case, held: int, trained: int, ranks: int) -> int:
    """Return the bytes sent for ``held`` parameters, of which ``trained`` have gradients."""
    get, run = case.get, case.trail.bytes
    sharding, steps = get("sharding"), get("grad_accumulation")
    weight, wire = _widths(case)
    if sharding == "none":
        return run(f.ALL_REDUCE, n=trained, b_c=wire, d=ranks)
    if sharding == "zero1":
        return run(f.ZERO_1, n=trained, b_c=wire, b_w=weight, d=ranks)
    if sharding == "zero2":
        return run(f.ZERO_2, n=trained, g=steps, b_c=wire, b_w=weight, d=ranks)
    if trained == held:
        return run(f.ZERO_3, n=held, g=steps, b_w=weight, b_c=wire, d=ranks)
    if get("method") == "qlora":
        weight = case.format("weight_dtype").bytes_per_weight
    return run(f.ZERO_3_ADAPTERS, g=steps, n_g=held, b_w=weight, n_t=trained, b_c=wire, d=ranks)


def _widths(case: Case) -> tuple[float, int]:
    """Return the bytes of a weight and of a gradient on the wire."""
    precision, sharding = case.get("precision"), case.get("sharding")
    weight = 4 if precision == "fp32" else HALF_BYTES
    if sharding == "none":
        return weight, 4 if precision.startswith(("amp", "fp32")) else HALF_BYTES
    return weight, 4 if sharding in ("fsdp2", "hybrid") or precision == "fp32" else HALF_BYTES


def _trained(case: Case) -> int:
    """Return the parameters whose gradients the data-parallel ranks exchange."""
    model = case.architecture
    if case.get("method") in (None, "full"):
        return model.parameters_total
    return estimate_training(case.completed, model, working=False).parameters.trainable
