"""A resolved training step: the request's words turned into widths, degrees and switches."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from calculators.architecture import Architecture
from calculators.architecture_facts import fact
from calculators.kept import Kept
from calculators.layout import sharding_ranks
from calculators.memory.requantised import number_bytes, packed_bytes
from calculators.memory.training.caching import by_identity
from calculators.memory.training.recipe import Adapter, Recipe
from calculators.memory.training.shaping import Setup, setup_of
from calculators.memory.training.traits import traits_of
from calculators.requests import Lora, Request

Fact = TypeVar("Fact")

HALF = 2
FULL = 4
SHARDED_STAGE = {"none": 0, "zero1": 1, "zero2": 2, "zero3": 3, "fsdp2": 3, "hybrid": 3}
FULLY_SHARDED = ("fsdp2", "hybrid")
"""What torch's ``fully_shard`` does; hybrid sharding on a mesh of replicas and shards."""


@dataclass(frozen=True, slots=True)
class Widths:
    """Bytes of a trained parameter's copies: compute weight, gradient, master, moment."""

    weight: float
    gradient: int
    master: int
    moment: int


@dataclass(frozen=True)
class Plan:
    """Everything the estimate needs beside the architecture.

    Plans that differ in batch and sequence alone share what follows from the rest (``fact``).

    A packed weight takes ``packed_bytes``, of them ``number_bytes`` for its number, the rest for
    scales. ``unresharded`` is FSDP2 that keeps what it gathered until a layer's backward pass is
    over, ``twice`` DistributedDataParallel whose gradients are no views of its buckets,
    ``both_widths`` DeepSpeed's ZeRO-1 whose 16-bit gradients lie beside the fp32 ones.
    """

    precision: str
    widths: Widths
    recipe: Recipe
    optimizer: str
    method: str
    lora: Lora | None
    recompute: str
    batch: int
    seq: int
    accumulation: int
    sharding: str
    dp: int
    tp: int
    pp: int
    cp: int
    ep: int
    virtual_pp: int
    offload: str
    code: str
    shard_group: int | None = None
    packed_bytes: float = 0.0
    number_bytes: float = 0.0
    unresharded: bool = False
    twice: bool = False
    both_widths: bool = False

    @Kept
    def shards(self) -> int:
        """Ranks that ZeRO or FSDP shards over: all, or a group of them under hybrid sharding."""
        return sharding_ranks(self.sharding, self.dp * self.cp, self.shard_group)

    @Kept
    def stage(self) -> int:
        """ZeRO's stage; fsdp2 counts as 3, one rank as 0."""
        return SHARDED_STAGE[self.sharding] if self.shards > 1 else 0

    @Kept
    def row_shards(self) -> int:
        """Ranks over whose rows each tensor is split: FSDP2 does, ZeRO splits flat buffers."""
        return self.shards if self.sharding in FULLY_SHARDED else 1

    @Kept
    def gathers(self) -> bool:
        """Whether layers are gathered before they run: ZeRO-3, FSDP2, offloaded parameters."""
        return self.stage >= 3 or self.offload == "parameters"

    @Kept
    def keeps_whole(self) -> bool:
        """Whether a pipeline's stages keep what they gathered and their whole gradients."""
        return self.pp > 1 and self.stage >= 3 and self.offload == "none"

    @Kept
    def by_deepspeed(self) -> bool:
        """Whether this is DeepSpeed's ZeRO-3, whose weights are 16 bits wide with fp32 masters."""
        alone = self.pp * self.cp * self.ep == 1 and self.offload != "parameters"
        return self.sharding == "zero3" and self.stage == 3 and self.widths.master > 0 and alone

    @Kept
    def adapter_width(self) -> int:
        """Bytes that an adapter's number is stored in, and its gradient and moments."""
        return _adapter_width(self.lora) if self.lora is not None else 0

    @Kept
    def frozen_width(self) -> int:
        """Bytes that a frozen 16- or 32-bit weight is stored in; FSDP2 shards fp32 ones."""
        sharded = self.sharding in FULLY_SHARDED and _gathers_narrow(self.precision)
        return FULL if sharded and self.method != "qlora" else self.recipe.width

    @Kept
    def replicated(self) -> bool:
        """Whether DistributedDataParallel runs: its buckets hold every gradient at all times."""
        return is_replicated(self.sharding, self.dp, self.ep)

    @Kept
    def reduces_in_buckets(self) -> bool:
        """Whether this is DeepSpeed's ZeRO-1 or ZeRO-2 with 16-bit gradients."""
        narrow = self.widths.master > 0 and self.widths.gradient == HALF
        return narrow and self.stage in (1, 2) and self.offload == "none"

    @Kept
    def adds_to_wide_part(self) -> bool:
        """Whether this is DeepSpeed's ZeRO-2 with fp32 gradients."""
        wide = self.widths.master > 0 and self.widths.gradient == FULL and self.method == "full"
        return wide and self.stage == 2 and self.code == "transformers"

    @Kept
    def offloads_optimizer(self) -> bool:
        """Whether this is ZeRO-Offload of stage 1 or 2, whose gradients on the card are 16-bit."""
        known = self.widths.master > 0 and self.method == "full" and self.pp == 1
        return known and self.offload == "optimizer" and self.stage in (1, 2)

    @Kept
    def gradients_offloaded(self) -> bool:
        """Whether gradients go to the host as they arrive: ZeRO-Offload from stage 2 on."""
        return self.offload != "none" and SHARDED_STAGE[self.sharding] >= 2

    @Kept
    def held_by_accumulation(self) -> bool:
        """Whether it is an earlier micro-step alone that leaves gradients behind."""
        buffers = self.method == "full" and _has_main_gradients(self.precision, self.widths)
        buffers = buffers or self.replicated
        return self.recipe.held and not buffers and not self.gradients_offloaded

    @property
    def local_seq(self) -> int:
        """Tokens of a sequence that this card holds under context parallelism."""
        return -(-self.seq // self.cp)

    def at(self, batch: int, seq: int) -> Plan:
        """Return the same plan for another batch and sequence, for which its recipe holds too."""
        if "_facts" not in self.__dict__:
            for name in _KEPT:  # worked out before it is copied, so that no copy need do so
                getattr(self, name)
        other = object.__new__(Plan)
        other.__dict__.update(self.__dict__, batch=batch, seq=seq)
        return other

    @Kept
    def _facts(self) -> dict[Hashable, tuple[Architecture | None, Any]]:
        return {}

    def fact(
        self, model: Architecture | None, name: Hashable, work_out: Callable[[], Fact]
    ) -> Fact:
        """Return what follows from the plan and ``model`` whatever batch and sequence are."""
        found = self._facts.get(name)
        if found is None or found[0] is not model:
            found = self._facts[name] = model, work_out()
        value: Fact = found[1]
        return value

    def varied(self, name: str, change: Callable[[Plan], Plan]) -> Plan:
        """Return the plan that ``change`` makes of it, once for all batches and sequences."""
        return self.fact(None, name, lambda: change(self)).at(self.batch, self.seq)

    @property
    def fresh(self) -> Plan:
        """The same plan for a step that finds no gradients."""
        return self.varied("fresh", lambda p: replace(p, recipe=replace(p.recipe, held=False)))

    @property
    def again(self) -> Plan:
        """The same plan for a step that adds to the gradients that it finds."""
        return self.varied("again", lambda p: replace(p, recipe=replace(p.recipe, held=True)))


_KEPT = tuple(name for name, value in vars(Plan).items() if isinstance(value, Kept))


def resolve(request: Request, architecture: Architecture) -> Plan:
    """Return the plan of ``request``; open fields take the design's defaults."""
    batch, seq = request.micro_batch or 1, request.seq or 2048
    return plan_of(setup_of(request), architecture, batch, seq)


def plan_of(setup: Setup, architecture: Architecture, batch: int, seq: int) -> Plan:
    """Return the plan of a setup for ``batch`` sequences of ``seq`` tokens."""
    plan = _resolved(architecture, setup, batch > 1, _windowed(architecture, seq))
    return plan.at(batch, seq)


@by_identity
def _resolved(architecture: Architecture, setup: Setup, wide: bool, windowed: bool) -> Plan:
    """Return the plan of one sequence of one token; ``wide`` and ``windowed`` are the recipe's."""
    precision = setup.precision or "mixed_bf16"
    method = setup.method or "full"
    fsdp = setup.sharding in FULLY_SHARDED
    cp = setup.cp or 1
    widths = _widths(precision, setup.grad_dtype, fsdp=fsdp)
    dp = setup.dp or _left(setup)
    recipe = Recipe(
        width=_compute_width(precision, method, fsdp=fsdp),
        autocast=HALF if precision.startswith("amp") and not fsdp else None,
        base_trains=method == "full",
        adapter=_adapter(setup, architecture.family) if method != "full" else None,
        quantised=method == "qlora",
        eager=setup.attention == "eager" or not traits_of(architecture.family).sdpa,
        wide=wide,
        windowed=windowed,
        held=_held(setup, precision, widths, (_sharing(setup, dp * cp), dp)),
        selective=setup.checkpointing == "selective",
        tp=setup.tp or 1,
        ep=setup.ep or 1,
        cp=cp,
        sequence_parallel=bool(setup.sequence_parallel),
    )
    packed = number = 0.0
    if method == "qlora":
        packed, number = (
            packed_bytes(setup.weight_dtype, architecture),
            number_bytes(setup.weight_dtype),
        )
    plan = Plan(
        precision=precision,
        widths=widths,
        recipe=recipe,
        optimizer=setup.optimizer or "adamw",
        method=method,
        lora=setup.lora or (Lora() if method != "full" else None),
        recompute=setup.checkpointing or "full",
        batch=1,
        seq=1,
        accumulation=setup.grad_accumulation or 1,
        sharding=setup.sharding or ("zero3" if dp * cp > 1 else "none"),
        dp=dp,
        tp=setup.tp or 1,
        pp=setup.pp or 1,
        cp=cp,
        ep=setup.ep or 1,
        virtual_pp=setup.virtual_pp or 1,
        offload=setup.offload or "none",
        code=setup.code or "transformers",
        shard_group=setup.shard_group,
        packed_bytes=packed,
        number_bytes=min(packed, number),
    )
    keeps = plan.by_deepspeed and not recipe.base_trains
    return replace(plan, recipe=replace(recipe, keeps_inputs=True)) if keeps else plan


def _sharing(setup: Setup, ranks: int) -> int:
    return sharding_ranks(setup.sharding or "zero3", ranks, setup.shard_group)


def _left(setup: Setup) -> int:
    group = (setup.tp or 1) * (setup.pp or 1) * (setup.cp or 1)
    return max(1, (setup.gpu_count or group) // group)


def _widths(precision: str, grad_dtype: str | None, *, fsdp: bool) -> Widths:
    if precision == "fp32":
        return Widths(FULL, FULL, 0, FULL)
    if precision in ("bf16", "fp16"):
        return Widths(HALF, FULL if grad_dtype == "fp32" else HALF, 0, HALF)
    if fsdp or precision.startswith("amp"):
        return Widths(FULL, FULL, 0, FULL)
    gradient = HALF if grad_dtype in ("bf16", "fp16") else FULL
    if precision == "fp8":
        return Widths(HALF + 2, gradient, FULL, FULL)
    return Widths(HALF, gradient, FULL, FULL)


def _has_main_gradients(precision: str, widths: Widths) -> bool:
    """Whether fp32 gradients lie in a buffer of their own beside 16-bit weights."""
    return widths.gradient == FULL and (widths.master > 0 or precision in ("bf16", "fp16"))


def is_replicated(sharding: str, dp: int, ep: int) -> bool:
    """Whether a data-parallel rank holds all of the model, as its copies do."""
    return sharding == "none" and dp > 1 and ep == 1


def _held(setup: Setup, precision: str, widths: Widths, ranks: tuple[int, int]) -> bool:
    """Whether gradients lie ready when a layer's own arrive, so that these are dropped.

    ``ranks`` are those that share the states, and those of data parallelism.
    """
    shards, dp = ranks
    if is_replicated(setup.sharding or "zero3", dp, setup.ep or 1):
        return True
    stage = SHARDED_STAGE[setup.sharding or "zero3"] if shards > 1 else 0
    if stage >= 3 or setup.offload == "parameters":
        return False
    micro_steps = setup.grad_accumulation or 1
    leaves = setup.offload == "optimizer" and SHARDED_STAGE[setup.sharding or "none"] >= 2
    whole = setup.method in (None, "full")  # adapters have no gradients beside their own
    return leaves or micro_steps > 1 or (whole and _has_main_gradients(precision, widths))


def _compute_width(precision: str, method: str, *, fsdp: bool) -> int:
    autocast = precision.startswith("amp") and not fsdp
    if autocast or (precision == "fp32" and method != "qlora"):
        return FULL  # with QLoRA as after peft's prepare_model_for_kbit_training
    return HALF


def _adapter(setup: Setup, family: str) -> Adapter:
    lora = setup.lora or Lora()
    traits = traits_of(family)
    gathered = setup.sharding in FULLY_SHARDED and _gathers_narrow(setup.precision or "mixed_bf16")
    return Adapter(
        rank=lora.rank,
        targets=None if lora.targets == "all-linear" else frozenset(lora.targets),
        width=HALF if gathered else _adapter_width(lora),
        dropout=lora.dropout,
        saved=frozenset(lora.modules_to_save),
        experts=traits.experts_lora,
        linear_router=traits.linear_router,
    )


def _adapter_width(lora: Lora) -> int:
    return FULL if lora.adapter_dtype == "fp32" else HALF


def _gathers_narrow(precision: str) -> bool:
    """Whether ``fully_shard`` gathers fp32 shards in 16 bits under this precision."""
    return precision.startswith(("amp", "mixed"))


def _windowed(architecture: Architecture, seq: int) -> bool:
    """Whether the sequence is as long as the narrowest sliding window."""

    def narrowest() -> float:
        windows = [layer.attention.window for layer, _ in architecture.groups]
        return min((window for window in windows if window is not None), default=math.inf)

    return seq >= fact(architecture, "narrowest window", narrowest)
