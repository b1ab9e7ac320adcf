"""What stays on a card between steps: weights, master copies, gradients, optimizer states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from calculators.architecture import Architecture, Module
from calculators.kept import Kept
from calculators.memory.training.caching import by_identity
from calculators.memory.training.plan import Plan
from calculators.memory.training.recipe import Adapter

BLOCK = 512
"""Bytes that CUDA's caching allocator rounds to; Adam keeps a step count per tensor."""
EIGHT_BIT_BLOCK = 256
EIGHT_BIT_MINIMUM = 4096


@dataclass(frozen=True, slots=True)
class Counts:
    """Parameters of one card, before ZeRO divides them.

    ``trained`` are those with a gradient, ``adapters`` the LoRA part of them, ``quantised`` the
    frozen ones in 4 bits, ``frozen`` the other frozen ones. ``tensors`` counts trained tensors,
    ``small`` the elements of trained tensors below 4,096, ``matrices`` those that Muon and GaLore
    take, ``factored`` the numbers that Adafactor keeps, ``projected`` those of GaLore's moments
    and projectors, ``experts`` those of routed experts, padded.
    """

    trained: int
    adapters: int
    adapter_tensors: int
    frozen: int
    quantised: int
    tensors: int
    small: int
    matrices: int
    factored: int
    projected: int
    largest: int
    trained_padded: int
    frozen_padded: int
    experts: int
    largest_matrix: tuple[int, int] = (0, 0)

    @property
    def trained_padding(self) -> float:
        """By how much the largest shard of the trained tensors exceeds an equal share."""
        return self.trained_padded / self.trained if self.trained else 1.0

    @property
    def frozen_padding(self) -> float:
        """By how much the largest shard of the frozen tensors exceeds an equal share."""
        frozen = self.frozen + self.quantised
        return self.frozen_padded / frozen if frozen else 1.0


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of the model a card holds: its layers by group, the ends, the degrees.

    ``ranks`` are those over whose rows FSDP2 splits each tensor, else 1.
    """

    layers: tuple[int, ...]
    embedding: bool
    head: bool
    tp: int
    ep: int
    ranks: int = 1


@by_identity
def count(
    model: Architecture, share: Share, base_trains: bool, adapter: Adapter | None, quantised: bool
) -> Counts:
    """Return the parameters of a card by how they are kept."""
    tally = _Tally(share, base_trains, adapter, quantised)
    for module in outer_of(model, share):
        tally.add(module, 1)
    for (layer, _), times in zip(model.groups, share.layers, strict=True):
        for module in layer.modules:
            tally.add(module, times)
    return tally.counts()


def outer_of(model: Architecture, share: Share) -> Iterator[Module]:
    """Yield the modules outside the layers that a card has a part of."""
    for module in model.outer_modules:
        if _belongs(module, share, tied=model.tied_embeddings):
            yield module


def _belongs(module: Module, share: Share, *, tied: bool) -> bool:
    if module.kind == "head":
        return share.head and not (tied and share.embedding)
    if module.kind in ("embedding", "position"):
        return share.embedding or (tied and share.head)
    return share.head


class _Tally:
    """Adds modules up."""

    def __init__(
        self, share: Share, base_trains: bool, adapter: Adapter | None, quantised: bool
    ) -> None:
        self._share = share
        self._trains = base_trains
        self._adapter = adapter
        self._quantised = quantised
        names = [name for name in Counts.__dataclass_fields__ if name != "largest_matrix"]
        self._sums: dict[str, float] = dict.fromkeys(names, 0)
        self._matrix = (0, 0)

    def add(self, module: Module, times: int) -> None:
        """Count ``module`` ``times`` over, and its adapters."""
        adapter = self._adapter
        saved = adapter is not None and module.name in adapter.saved
        for shape, copies in tensors_of(module):
            elements = elements_of(shape) * copies / self._divisor(module)
            self._count_tensor(module, shape, elements * times, times, saved=saved)
        if adapter is not None:
            wrapped = module.kind == "linear" and adapter.wraps(module.name)
            rank = adapter.rank if wrapped else adapter.mixture_rank(module) * module.count
            if rank:
                self._add_adapters(module, rank, times)

    def _divisor(self, module: Module) -> int:
        if module.kind == "expert":
            return self._share.tp * self._share.ep
        if module.kind in ("linear", "embedding", "head"):
            return self._share.tp
        return 1

    def _count_tensor(
        self, module: Module, shape: tuple[int, ...], elements: float, times: int, *, saved: bool
    ) -> None:
        sums = self._sums
        trains = self._trains or saved
        padded = elements * padding_of(module, shape, self._share.ranks, self._share.ep)
        sums["trained_padded" if trains else "frozen_padded"] += padded
        if not trains:
            packed = self._quantised and module.kind == "linear" and len(shape) > 1
            sums["quantised" if packed else "frozen"] += elements
            return
        if saved and not self._trains:  # peft trains a copy and keeps the original
            sums["frozen"] += elements
            sums["frozen_padded"] += padded
        sums["trained"] += elements
        sums["tensors"] += times
        if module.kind == "expert":
            sums["experts"] += padded
        per_tensor = elements / times if times else 0
        sums["largest"] = max(sums["largest"], per_tensor)
        if per_tensor < EIGHT_BIT_MINIMUM:
            sums["small"] += elements
        if module.kind in ("linear", "router") and len(shape) == 2:
            sums["matrices"] += elements
            sums["projected"] += elements * _projected(shape)
            if times:
                self._matrix = max(self._matrix, (shape[0], shape[1]), key=elements_of)
        sums["factored"] += times * _factored(shape)

    def _add_adapters(self, module: Module, rank: int, times: int) -> None:
        sums, tp = self._sums, self._share.tp
        for shape in ((rank, module.cols), (module.rows, rank)):
            elements = shape[0] * shape[1] / tp
            for key in ("trained", "adapters"):
                sums[key] += times * elements
            sums["trained_padded"] += times * elements * padding(shape, self._share.ranks)
            for key in ("tensors", "adapter_tensors"):
                sums[key] += times
            sums["matrices"] += times * elements
            sums["projected"] += times * elements * _projected(shape)
            self._matrix = max(self._matrix, shape, key=elements_of)
            sums["factored"] += times * sum(shape)
            if elements < EIGHT_BIT_MINIMUM:
                sums["small"] += times * elements
            sums["largest"] = max(sums["largest"], elements)

    def counts(self) -> Counts:
        """Return the sums as whole numbers."""
        sums = {key: round(value) for key, value in self._sums.items()}
        return Counts(**sums, largest_matrix=self._matrix)


def tensors_of(module: Module) -> Iterator[tuple[tuple[int, ...], int]]:
    """Return the parameter tensors of a module, as shapes; fused experts are one tensor."""
    if module.tied:
        return
    if module.kind == "expert":
        yield (module.count, module.rows, module.cols), 1
        if module.bias:
            yield (module.count, module.rows), 1
        return
    vector = module.cols == 1 and module.kind in ("norm", "vector")
    yield ((module.rows,) if vector else (module.rows, module.cols)), module.count
    if module.bias:
        yield (module.rows,), module.count


def elements_of(shape: tuple[int, ...]) -> int:
    """Return the product of the sizes."""
    product = 1
    for size in shape:
        product *= size
    return product


def padding(shape: tuple[int, ...], ranks: int) -> float:
    """Return by how much rows dealt out to ``ranks`` in equal shards exceed the tensor."""
    return -(-shape[0] // ranks) * ranks / shape[0]


def padding_of(module: Module, shape: tuple[int, ...], ranks: int, ep: float) -> float:
    """Return the padding of a module's tensor; a card's experts are dealt out to fewer ranks.

    An infinite ``ep`` has none of them.
    """
    if module.kind != "expert" or not 1 < ep <= shape[0]:
        return padding(shape, ranks)
    return padding((shape[0] // int(ep),), max(1, ranks // int(ep)))


def _factored(shape: tuple[int, ...]) -> int:
    """Numbers that Adafactor keeps: a row and a column of each matrix, all of a vector."""
    if len(shape) == 1:
        return shape[0]
    return elements_of(shape[:-2]) * (shape[-2] + shape[-1])


@dataclass(frozen=True)
class States:
    """Bytes on one card; ``host`` what offloading keeps in the machine's memory instead.

    ``buffers`` are tensors of the model that are no parameters.
    """

    weights: float
    adapters: float
    master: float
    gradients: float
    optimizer: float
    host: float
    buffers: float

    @Kept
    def resident(self) -> float:
        """Bytes between steps, without gradients."""
        return self.weights + self.adapters + self.master + self.optimizer + self.buffers

    @Kept
    def rounded(self) -> Mapping[str, int]:
        """Each of the states by its name, in whole bytes."""
        return {field.name: round(getattr(self, field.name)) for field in fields(self)}


def states(plan: Plan, counts: Counts, buffers: float = 0.0) -> States:
    """Return the states of a card under the plan's sharding and offloading."""
    stage = plan.stage
    weight_share = share_of(plan, counts) if stage >= 3 else 1
    gradient_share = share_of(plan, counts) if stage >= 2 else 1
    optimizer_share = share_of(plan, counts) if stage >= 1 else 1
    frozen = counts.frozen * plan.frozen_width + counts.quantised * plan.number_bytes
    uneven = counts.trained_padding
    base = counts.trained - counts.adapters
    adapter_width = plan.adapter_width
    trained = base * plan.widths.weight * uneven
    scales = counts.quantised * (plan.packed_bytes - plan.number_bytes)  # on every card
    weights = (frozen * counts.frozen_padding + trained) / weight_share + scales
    adapters = counts.adapters * adapter_width * uneven / weight_share
    each = base * plan.widths.gradient + counts.adapters * adapter_width
    gradients = each * uneven / gradient_share
    master = base * plan.widths.master / optimizer_share
    moments = _optimizer_bytes(plan, counts) * uneven / optimizer_share
    host = 0.0
    if plan.offload in ("optimizer", "parameters"):
        host = master + moments
        master = moments = 0.0
    if plan.gradients_offloaded:
        host += gradients
        gradients = 0.0
    if plan.offload == "parameters":
        host += weights + adapters
        weights = adapters = 0.0
    return States(weights, adapters, master, gradients, moments, host, buffers)


def bytes_per_parameter(plan: Plan, counts: Counts) -> float:
    """Return what a trained parameter takes before sharding: 18 with AdamW and fp32 gradients."""
    widths = plan.widths
    moments = _optimizer_bytes(plan, counts) / counts.trained if counts.trained else 0.0
    return widths.weight + widths.gradient + widths.master + moments


def share_of(plan: Plan, counts: Counts) -> float:
    """Return by how much ZeRO divides: experts only over the ranks that hold the same ones."""
    ranks = plan.shards
    experts = counts.experts / counts.trained_padded if counts.trained else 0.0
    return 1 / ((1 - experts) / ranks + experts / max(1.0, ranks / plan.ep))


def _optimizer_bytes(plan: Plan, counts: Counts) -> float:
    """Bytes that the optimizer keeps for all trained parameters of the card."""
    adapter_width = plan.adapter_width
    base = counts.trained - counts.adapters
    one = base * plan.widths.moment + counts.adapters * adapter_width
    width = one / counts.trained if counts.trained else 0
    steps = counts.tensors * BLOCK
    name = plan.optimizer
    if name == "adamw":
        return 2 * one + steps
    if name == "sgd":
        return 0.0
    if name in ("sgd_momentum", "lion"):
        return one
    if name == "adamw_8bit":
        large = counts.trained - counts.small
        return 2 * (large * (1 + FOUR / EIGHT_BIT_BLOCK) + counts.small * FOUR)
    if name == "adafactor":
        return counts.factored * width + steps
    if name == "muon":
        return one + (counts.trained - counts.matrices) * width
    return _galore(counts, width)


FOUR = 4
GALORE_RANK = 128
"""GaLore's usual rank (arXiv 2403.03507, section 5)."""


def _projected(shape: tuple[int, ...]) -> float:
    """Numbers that GaLore keeps of a matrix, for each of its elements.

    The smaller side is projected: two moments of rank by the larger side, and the projector.
    """
    small, large = sorted(shape)
    return min(GALORE_RANK, small) * (2 * large + small) / (small * large)


def _galore(counts: Counts, width: float) -> float:
    """Moments in rank 128 of each matrix, and its projector; the rest as Adam."""
    others = counts.trained - counts.matrices
    return (2 * others + counts.projected) * width
