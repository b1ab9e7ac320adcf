"""What one card sends in a training step, by kind of parallelism, and between which cards."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes that a card sends in a step to the others of its group.

    The group has ``ranks`` members that lie ``stride`` cards apart; so many groups of a node
    share its network. ``ring`` is false where members send straight to each other.
    """

    kind: str
    bytes: int
    ranks: int
    stride: int
    ring: bool = True

    def stays_inside(self, node_cards: int) -> bool:
        """Whether nodes of ``node_cards`` hold the whole group."""
        return self.stride * self.ranks <= node_cards

    def sharers(self, node_cards: int) -> int:
        """Return how many flows leave a node at once: one of each ring, else of each card."""
        return min(self.stride, node_cards) if self.ring else node_cards


def traffic(case: Case, layout: Layout) -> tuple[Traffic, ...]:
    """Return what the busiest card sends in a step; data parallelism comes first.

    Cards are numbered as Megatron does (arXiv 2104.04473, section 3): tensor-parallel ranks are
    neighbours, then context, expert and data ranks, pipeline stages the furthest apart.
    """
    tp, inner = layout.tp, layout.tp * layout.cp * layout.dp
    flows = _data_parallel(case, layout)
    if tp > 1:
        flows.append(Traffic("tensor", _tensor_parallel(case, layout), tp, 1))
    if layout.pp > 1:
        flows.append(Traffic("pipeline", _pipeline_parallel(case, layout), layout.pp, inner))
    if layout.cp > 1:
        flows.append(Traffic("context", _context_parallel(case, layout), layout.cp, tp))
    if (experts := case.get("ep") or 1) > 1:
        sent = _expert_parallel(case, layout)
        flows.append(Traffic("expert", sent, experts, tp, ring=False))
    return tuple(flows)


GATHERING = frozenset({"zero3", "fsdp2", "hybrid"})
"""Ways of sharding that gather weights and reduce gradients in each micro-step."""


def once_a_step(case: Case, layout: Layout) -> int | None:
    """Return what data parallelism sends when a pipeline gathers and reduces once a step.

    torch's pipelines keep what FSDP gathered and reduce after the last micro-step (pytorch,
    ``torch/distributed/pipelining/stage.py``), as Megatron's distributed optimizer does. None
    where that is no other than what is counted.
    """
    often = case.get("sharding") in GATHERING and case.get("grad_accumulation") > 1
    if layout.pp == 1 or not often:
        return None
    return sum(flow.bytes for flow in _data_parallel(case, layout, once=True))


def by_kind(flows: tuple[Traffic, ...]) -> tuple[Component, ...]:
    """Return the bytes of each kind of parallelism, those of one kind together."""
    kinds = dict.fromkeys(("data", *(flow.kind for flow in flows)))
    return tuple(
        Component(kind, _NAMES[kind], sum(flow.bytes for flow in flows if flow.kind == kind))
        for kind in kinds
    )


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


def _tokens_of_a_rank(case: Case, layout: Layout) -> int:
    """Return a sequence's tokens between the layers of a card: sequence parallelism splits them."""
    split = layout.tp if case.get("sequence_parallel") else 1
    return int(-(-case.get("seq") // (layout.cp * split)))


def _pipeline_parallel(case: Case, layout: Layout) -> int:
    get = case.get
    return case.trail.bytes(
        f.PIPELINE_PARALLEL,
        g=get("grad_accumulation"),
        v=get("virtual_pp") or 1,
        B=get("micro_batch"),
        s=_tokens_of_a_rank(case, layout),
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
        s=_tokens_of_a_rank(case, layout),
        k_e=routed[0].experts_per_token,
        h=model.hidden,
        b_a=HALF_BYTES,
        e_p=get("ep"),
    )


def _data_parallel(case: Case, layout: Layout, *, once: bool = False) -> list[Traffic]:
    """Return the exchange of the dense parameters, and that of the experts' replicas.

    Adapters are all counted among the dense parameters. ``once`` is without a working.
    """
    ranks, split = layout.dp * layout.cp, layout.tp * layout.pp
    if ranks == 1:
        return []
    all_experts, degree = _experts(case), case.get("ep") or 1
    held = -(-(case.architecture.parameters_total - all_experts) // split)
    trained = min(held, -(-_trained(case) // split))
    if case.get("sharding") == "hybrid":
        return _hybrid(case, held, trained, ranks, layout.tp, once=once)
    flows = [Traffic("data", _exchanged(case, held, trained, ranks, once=once), ranks, layout.tp)]
    replicas = max(1, ranks // degree)
    if all_experts and replicas > 1:
        experts = -(-all_experts // (split * degree))
        learned = experts if case.get("method") == "full" else 0
        sent = _exchanged(case, experts, learned, replicas, once=once)
        flows.append(Traffic("data", sent, replicas, layout.tp * degree))
    return flows


def _hybrid(
    case: Case, held: int, trained: int, ranks: int, stride: int, *, once: bool
) -> list[Traffic]:
    """Return what is sent within the group of shards, and between its replicas."""
    group = sharding_ranks("hybrid", ranks, case.get("shard_group"))
    flows = []
    if group > 1:
        flows.append(
            Traffic("data", _exchanged(case, held, trained, group, once=once), group, stride)
        )
    if ranks > group:
        between = (case.silent if once else case.trail).bytes(
            f.HYBRID_REPLICAS,
            n=trained,
            g=1 if once else case.get("grad_accumulation"),
            b_c=_widths(case)[1],
            k=group,
            r=ranks // group,
        )
        flows.append(Traffic("data", between, ranks // group, stride * group))
    return flows


def _experts(case: Case) -> int:
    """Return the parameters of routed experts, when expert-parallel ranks divide them."""
    if (case.get("ep") or 1) == 1:
        return 0
    layers = case.architecture.layers
    return sum(m.parameters for layer in layers for m in layer.modules if m.kind == "expert")


def _exchanged(case: Case, held: int, trained: int, ranks: int, *, once: bool) -> int:
    """Return the bytes sent for ``held`` parameters, of which ``trained`` have gradients."""
    get, run = case.get, (case.silent if once else case.trail).bytes
    sharding, steps = get("sharding"), get("grad_accumulation")
    weight, wire = _widths(case)
    if once:
        stored = (
            case.format("weight_dtype").bytes_per_weight if get("method") == "qlora" else weight
        )
        return run(f.GATHERED_ONCE, n_g=held, b_w=stored, n_t=trained, b_c=wire, d=ranks)
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


def assume_sent_gradients(case: Case) -> None:
    """Assume the format in which full training sends its gradients, where nobody gave one.

    That of the weights in 16 bits, except where they are reduced in fp32 (see ``_widths``).
    """
    precision = case.request.precision
    if case.get("method") not in (None, "full") or precision == "fp32":
        return
    half = "bf16" if case.gpu is None or case.gpu.supports_bf16 else "fp16"
    if precision is not None:
        half = precision.removeprefix("amp_").removeprefix("mixed_")
    autocast = precision is not None and precision.startswith("amp")
    wide = case.get("sharding") in ("fsdp2", "hybrid")
    wide = wide or (case.get("sharding") == "none" and autocast)
    wide = wide or (case.get("code") == "fused" and half == "bf16")
    if half in ("bf16", "fp16") and not wide:
        case.default("grad_dtype", half, f"gradients sent in {half}", f"梯度以 {half} 通信")


def _widths(case: Case) -> tuple[float, int]:
    """Return the bytes of a weight and of a gradient on the wire.

    DDP reduces gradients in the format of their parameters, adapters in their own; Megatron those
    of bf16 in fp32, and FSDP is taken with torch's fp32 reduction; DeepSpeed reduces in 16 bits.
    """
    get, precision = case.get, case.get("precision")
    weight = 4 if precision == "fp32" else HALF_BYTES
    if precision == "fp32" or get("sharding") in ("fsdp2", "hybrid"):
        return weight, 4
    if get("method") != "full":
        lora = get("lora")
        wide = get("sharding") == "none" and lora is not None and lora.adapter_dtype == "fp32"
        return weight, 4 if wide else HALF_BYTES
    ddp_autocast = get("sharding") == "none" and precision.startswith("amp")
    return weight, 4 if get("grad_dtype") == "fp32" or ddp_autocast else HALF_BYTES


def _trained(case: Case) -> int:
    """Return the parameters whose gradients the data-parallel ranks exchange."""
    model = case.architecture
    if case.get("method") in (None, "full"):
        return model.parameters_total
    return estimate_training(case.completed, model, working=False).parameters.trainable
