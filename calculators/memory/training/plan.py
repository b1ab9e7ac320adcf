"""A resolved training step: the request's words turned into widths, degrees and switches."""

from __future__ import annotations

from dataclasses import dataclass

from calculators.architecture import Architecture
from calculators.layout import sharding_ranks
from calculators.memory.requantised import packed_bytes
from calculators.memory.training.recipe import Adapter, Recipe
from calculators.memory.training.traits import traits_of
from calculators.requests import Lora, Request

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


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the estimate needs beside the architecture.

    ``unresharded`` is FSDP2 that keeps what it gathered until a layer's backward pass is over,
    ``twice`` DistributedDataParallel whose gradients are no views of its buckets.
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
    unresharded: bool = False
    twice: bool = False

    @property
    def shards(self) -> int:
        """Ranks that ZeRO or FSDP shards over: all, or a group of them under hybrid sharding."""
        return sharding_ranks(self.sharding, self.dp * self.cp, self.shard_group)

    @property
    def stage(self) -> int:
        """ZeRO's stage; fsdp2 counts as 3, one rank as 0."""
        return SHARDED_STAGE[self.sharding] if self.shards > 1 else 0

    @property
    def row_shards(self) -> int:
        """Ranks over whose rows each tensor is split: FSDP2 does, ZeRO splits flat buffers."""
        return self.shards if self.sharding in FULLY_SHARDED else 1

    @property
    def gathers(self) -> bool:
        """Whether layers are gathered before they run: ZeRO-3, FSDP2, offloaded parameters."""
        return self.stage >= 3 or self.offload == "parameters"

    @property
    def adapter_width(self) -> int:
        """Bytes that an adapter's number is stored in, and its gradient and moments."""
        return _adapter_width(self.lora) if self.lora is not None else 0

    @property
    def frozen_width(self) -> int:
        """Bytes that a frozen 16- or 32-bit weight is stored in; FSDP2 shards fp32 ones."""
        sharded = self.sharding in FULLY_SHARDED and _gathers_narrow(self.precision)
        return FULL if sharded and self.method != "qlora" else self.recipe.width

    @property
    def replicated(self) -> bool:
        """Whether DistributedDataParallel runs: its buckets hold every gradient at all times."""
        return is_replicated(self.sharding, self.dp, self.ep)

    @property
    def reduces_in_buckets(self) -> bool:
        """Whether this is DeepSpeed's ZeRO-1 or ZeRO-2 with 16-bit gradients."""
        narrow = self.widths.master > 0 and self.widths.gradient == HALF
        return narrow and self.stage in (1, 2)

    @property
    def gradients_offloaded(self) -> bool:
        """Whether gradients go to the host as they arrive: ZeRO-Offload from stage 2 on."""
        return self.offload != "none" and SHARDED_STAGE[self.sharding] >= 2

    @property
    def held_by_accumulation(self) -> bool:
        """Whether it is an earlier micro-step alone that leaves gradients behind."""
        buffers = self.method == "full" and _has_main_gradients(self.precision, self.widths)
        buffers = buffers or self.replicated
        return self.recipe.held and not buffers and not self.gradients_offloaded

    @property
    def local_seq(self) -> int:
        """Tokens of a sequence that this card holds under context parallelism."""
        return -(-self.seq // self.cp)


def resolve(request: Request, architecture: Architecture) -> Plan:
    """Return the plan of ``request``; open fields take the design's defaults."""
    precision = request.precision or "mixed_bf16"
    method = request.method or "full"
    fsdp = request.sharding in FULLY_SHARDED
    batch, seq = request.micro_batch or 1, request.seq or 2048
    cp = request.cp or 1
    widths = _widths(precision, request.grad_dtype, fsdp=fsdp)
    dp = request.dp or _left(request)
    recipe = Recipe(
        width=_compute_width(precision, method, fsdp=fsdp),
        autocast=HALF if precision.startswith("amp") and not fsdp else None,
        base_trains=method == "full",
        adapter=_adapter(request, architecture.family) if method != "full" else None,
        quantised=method == "qlora",
        eager=request.attention == "eager" or not traits_of(architecture.family).sdpa,
        wide=batch > 1,
        windowed=_windowed(architecture, seq),
        held=_held(request, precision, widths, (_sharing(request, dp * cp), dp)),
        selective=request.checkpointing == "selective",
        tp=request.tp or 1,
        ep=request.ep or 1,
        cp=cp,
        sequence_parallel=bool(request.sequence_parallel),
    )
    return Plan(
        precision=precision,
        widths=widths,
        recipe=recipe,
        optimizer=request.optimizer or "adamw",
        method=method,
        lora=request.lora or (Lora() if method != "full" else None),
        recompute=request.checkpointing or "full",
        batch=batch,
        seq=seq,
        accumulation=request.grad_accumulation or 1,
        sharding=request.sharding or ("zero3" if dp * cp > 1 else "none"),
        dp=dp,
        tp=request.tp or 1,
        pp=request.pp or 1,
        cp=cp,
        ep=request.ep or 1,
        virtual_pp=request.virtual_pp or 1,
        offload=request.offload or "none",
        code=request.code or "transformers",
        shard_group=request.shard_group,
        packed_bytes=packed_bytes(request, architecture) if method == "qlora" else 0.0,
    )


def _sharing(request: Request, ranks: int) -> int:
    return sharding_ranks(request.sharding or "zero3", ranks, request.shard_group)


def _left(request: Request) -> int:
    group = (request.tp or 1) * (request.pp or 1) * (request.cp or 1)
    return max(1, (request.gpu_count or group) // group)


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


def _held(request: Request, precision: str, widths: Widths, ranks: tuple[int, int]) -> bool:
    """Whether gradients lie ready when a layer's own arrive, so that these are dropped.

    ``ranks`` are those that share the states, and those of data parallelism.
    """
    shards, dp = ranks
    if is_replicated(request.sharding or "zero3", dp, request.ep or 1):
        return True
    stage = SHARDED_STAGE[request.sharding or "zero3"] if shards > 1 else 0
    if stage >= 3 or request.offload == "parameters":
        return False
    micro_steps = request.grad_accumulation or 1
    leaves = request.offload == "optimizer" and SHARDED_STAGE[request.sharding or "none"] >= 2
    whole = request.method in (None, "full")  # adapters have no gradients beside their own
    return leaves or micro_steps > 1 or (whole and _has_main_gradients(precision, widths))


def _compute_width(precision: str, method: str, *, fsdp: bool) -> int:
    autocast = precision.startswith("amp") and not fsdp
    if autocast or (precision == "fp32" and method != "qlora"):
        return FULL  # with QLoRA as after peft's prepare_model_for_kbit_training
    return HALF


def _adapter(request: Request, family: str) -> Adapter:
    lora = request.lora or Lora()
    traits = traits_of(family)
    gathered = request.sharding in FULLY_SHARDED and _gathers_narrow(
        request.precision or "mixed_bf16"
    )
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
    windows = [layer.attention.window for layer, _ in architecture.groups]
    return any(window is not None and seq >= window for window in windows)
