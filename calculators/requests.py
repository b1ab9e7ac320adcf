"""The typed request that every calculator takes: one field per option, all of them optional.

The names are those of ``vrambot calc`` and of its JSON; what a calculator needs and was not
given it assumes (and says so) or refuses with :class:`~calculators.errors.MissingValue`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

CalculatorName = Literal[
    "file_size",
    "inference",
    "training",
    "fit",
    "max_batch",
    "max_context",
    "max_params",
    "min_gpus",
    "kv_cache",
    "activation",
    "optimizer_memory",
    "gradient_memory",
    "cuda_overhead",
    "utilization_flops",
    "utilization_throughput",
    "throughput",
    "training_time",
    "gpu_info",
    "compare_gpu",
    "dtype_bits",
    "convert",
    "max_rank",
    "plan",
    "communication",
    "latency",
    "parameters",
    "model_info",
]
Mode = Literal["train", "infer"]
Precision = Literal[
    "fp32", "bf16", "fp16", "amp_bf16", "amp_fp16", "mixed_bf16", "mixed_fp16", "fp8", "int8"
]
Optimizer = Literal[
    "adamw", "adamw_8bit", "adafactor", "sgd", "sgd_momentum", "lion", "muon", "galore"
]
Method = Literal["full", "lora", "qlora"]
AttentionKernel = Literal["eager", "sdpa", "flash"]
Checkpointing = Literal["none", "selective", "full"]
Code = Literal["transformers", "fused"]
Sharding = Literal["none", "zero1", "zero2", "zero3", "fsdp2", "hybrid"]
Offload = Literal["none", "optimizer", "parameters"]
Attribute = Literal[
    "memory",
    "flops",
    "bandwidth",
    "compute_capability",
    "nvlink",
    "tdp",
    "flash_attention",
    "flash_attention_2",
    "flash_attention_3",
    "bf16",
    "fp8",
]
Dimension = Literal[
    "layers",
    "hidden",
    "heads",
    "kv_heads",
    "head_dim",
    "inner",
    "experts",
    "experts_per_token",
    "expert_inner",
    "vocabulary",
    "context",
    "active_parameters",
]


class Lora(BaseModel):
    """LoRA adapters (arXiv 2106.09685); ``targets`` are module names or ``all-linear``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rank: int = 16
    targets: tuple[str, ...] | Literal["all-linear"] = ("q_proj", "v_proj")
    adapter_dtype: Literal["fp32", "bf16", "fp16"] = "fp32"
    dropout: float = 0.0
    modules_to_save: tuple[str, ...] = ()


class Request(BaseModel):
    """One question to one calculator. Bytes are bytes, times seconds, lengths tokens.

    Beyond the table in the design: ``mode`` (what ``fit``, ``min_gpus`` and the ``max_…``
    calculators are asked about), ``headroom`` (the FAQ's 20n), ``per_gpu`` (the question says
    "per card"), ``gpus`` (cards to compare), ``attribute`` (what is asked of a card),
    ``dimension`` (what is asked of a model's shape; ``parameters`` takes ``active_parameters``),
    ``reference_tokens_per_s_gpu`` (a paper's throughput), ``peak_tflops`` (a card's peak, when it
    is stated instead of the card), ``virtual_pp`` (interleaved stages per rank), ``shard_group``
    (ranks that hybrid sharding shards over, with replicas beside them; left open, the cards of a
    node), ``nodes``, ``node_gpus`` (cards of one machine: ``min_gpus`` then counts whole machines),
    ``network_bytes_per_s`` (what the network ports of one node carry together,
    in one direction), ``gpu_hours`` (hours times cards to spend: ``training_time`` then gives the
    tokens or the time), ``finish_s`` (seconds that a training run may last: ``min_gpus`` then
    counts the cards that finish it in time, ``utilization_throughput`` the MFU that it takes),
    ``memory_share`` (the part of a card's memory that a serving engine may fill, vLLM's
    ``gpu_memory_utilization``), and ``quantity``/``from_unit``/``to_unit`` (``convert``). A
    ``file_size`` with an ``optimizer`` (or of ``mode`` ``train``) is a checkpoint to resume from; a
    ``training_time`` with ``attribute`` ``flops`` is asked for the FLOPs alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    calculator: CalculatorName
    id: str | int | None = None
    model: str | None = None
    config: dict[str, Any] | None = None
    params: float | None = None
    mode: Mode | None = None
    precision: Precision | None = None
    grad_dtype: Literal["fp32", "bf16", "fp16"] | None = None
    weight_dtype: str | None = None
    kv_dtype: str | None = None
    optimizer: Optimizer | None = None
    method: Method | None = None
    lora: Lora | None = None
    attention: AttentionKernel | None = None
    checkpointing: Checkpointing | None = None
    code: Code | None = None
    micro_batch: int | None = None
    seq: int | None = None
    new_tokens: int | None = None
    grad_accumulation: int | None = None
    tokens_per_s_gpu: float | None = None
    examples_per_s: float | None = None
    step_s: float | None = None
    global_batch: int | None = None
    tflops_gpu: float | None = None
    peak_tflops: float | None = None
    total_tokens: float | None = None
    gpu_hours: float | None = None
    finish_s: float | None = None
    reference_tokens_per_s_gpu: float | None = None
    sharding: Sharding | None = None
    shard_group: int | None = None
    dp: int | None = None
    tp: int | None = None
    pp: int | None = None
    cp: int | None = None
    ep: int | None = None
    virtual_pp: int | None = None
    sequence_parallel: bool | None = None
    gpu: str | None = None
    gpus: tuple[str, ...] = Field(default=())
    gpu_count: int | None = None
    nodes: int | None = None
    node_gpus: int | None = None
    network_bytes_per_s: float | None = None
    gpu_memory_bytes: int | None = None
    memory_share: float | None = None
    offload: Offload | None = None
    headroom: bool = False
    per_gpu: bool = False
    attribute: Attribute | None = None
    dimension: Dimension | None = None
    quantity: float | None = None
    from_unit: str | None = None
    to_unit: str | None = None
