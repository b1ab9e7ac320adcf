"""What a process holds on a card beside its tensors: cuBLAS workspace and allocator slack."""

from __future__ import annotations

from calculators.formula import define
from calculators.hardware import Gpu
from calculators.quantities import size
from calculators.results import Source
from calculators.text import Text

HOPPER = 9.0
HOPPER_WORKSPACE_BYTES = 4096 * 8 * 1024
DEFAULT_WORKSPACE_BYTES = 4096 * 1024 * 2 + 16 * 1024 * 8
"""PyTorch's default cuBLAS workspaces (aten/src/ATen/cuda/CublasHandlePool.cpp)."""

SEGMENT_BYTES = 20 * 2**20
"""The caching allocator's segment for blocks of 1 to 10 MiB (c10/cuda/CUDACachingAllocator)."""

RESERVE = define(
    "reserve",
    title=Text(
        "Beside the tensors: allocator and cuBLAS workspace", "张量之外：分配器与 cuBLAS 工作区"
    ),
    result=size("M_r", "allocator and workspace", "分配器与工作区"),
    symbols=(
        size("M_alloc", "allocator slack", "分配器余量"),
        size("M_ws", "cuBLAS workspace", "cuBLAS 工作区"),
    ),
    expression=lambda slack, workspace: slack + workspace,
    source=Source("PyTorch", "c10/cuda/CUDACachingAllocator, CublasHandlePool.cpp"),
)


def workspace_bytes(gpu: Gpu | None) -> int:
    """Return the cuBLAS workspace of one card."""
    if gpu is not None and (gpu.compute_capability or 0) >= HOPPER:
        return HOPPER_WORKSPACE_BYTES
    return DEFAULT_WORKSPACE_BYTES


def allocator_bytes(transient_bytes: int) -> int:
    """Return what the caching allocator rounds a forward pass's tensors up by: to segments."""
    return -transient_bytes % SEGMENT_BYTES
