"""An allocator ledger: live bytes and their peak as ``torch.cuda.max_memory_allocated`` counts.

Each storage counts from the operator that makes it until its last reference dies, rounded up
to the 512-byte blocks of CUDA's caching allocator. FSDP2 resizes storages in place, so
``UntypedStorage.resize_`` is followed too.
"""

from __future__ import annotations

import weakref
from typing import Any

import torch
from torch.distributed.tensor import DTensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

BLOCK_BYTES = 512


def rounded(num_bytes: int) -> int:
    return -(-num_bytes // BLOCK_BYTES) * BLOCK_BYTES


class Ledger(TorchDispatchMode):
    """Counts every storage that an operator returns; ``enter`` names the current moment."""

    def __init__(self) -> None:
        super().__init__()
        self.live_bytes = 0
        self.peaks: dict[str, int] = {}
        self._moment = "setup"
        self._sizes: dict[int, int] = {}
        self._references: dict[int, weakref.ref[Any]] = {}
        self._resize = torch.UntypedStorage.resize_

    def enter(self, moment: str) -> None:
        """Start attributing peaks to ``moment``; entering the same one twice keeps the higher."""
        self._moment = moment
        self.peaks[moment] = max(self.peaks.get(moment, 0), self.live_bytes)

    def __enter__(self) -> Any:
        ledger = self

        def resize(storage: torch.UntypedStorage, size: int) -> Any:
            result = ledger._resize(storage, size)
            ledger._update(storage)
            return result

        torch.UntypedStorage.resize_ = resize  # type: ignore[method-assign]
        return super().__enter__()

    def __exit__(self, *exc: Any) -> None:
        torch.UntypedStorage.resize_ = self._resize  # type: ignore[method-assign]
        super().__exit__(*exc)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if any(t is DTensor for t in types):
            return NotImplemented  # let DTensor desugar into local operators first
        if func.__name__.startswith("_fused_"):
            return None  # in place on CUDA: nothing is allocated
        if func is torch.ops.aten._local_scalar_dense.default:
            return 1.0  # a step count or a clip test: its value changes no size
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor):
                self._count(leaf)
        return result

    def _count(self, tensor: torch.Tensor) -> None:
        if tensor.device.type == "meta":
            return
        self._update(tensor.untyped_storage())

    def _update(self, storage: torch.UntypedStorage) -> None:
        key = storage._cdata
        size = rounded(storage.nbytes())
        if key not in self._sizes:
            self._references[key] = weakref.ref(storage, lambda _, key=key: self._free(key))
        self._grow(size - self._sizes.get(key, 0))
        self._sizes[key] = size

    def _free(self, key: int) -> None:
        self._references.pop(key, None)
        self.live_bytes -= self._sizes.pop(key, 0)

    def _grow(self, num_bytes: int) -> None:
        self.live_bytes += num_bytes
        if self.live_bytes > self.peaks.get(self._moment, 0):
            self.peaks[self._moment] = self.live_bytes
