"""FSDP2's CPU offloading on a machine without a GPU: which storages are the host's.

Device and host are both the CPU here, so a copy between them would be none: ``to`` and ``cpu``
make one, and what is made from host tensors alone stays with the host.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.distributed.tensor import DTensor
from torch.utils._pytree import tree_leaves

from benchmarks.accuracy.truth.allocator import Ledger, rounded


class HostLedger(Ledger):
    """A ledger of the device that keeps the host's bytes apart."""

    def __init__(self) -> None:
        super().__init__()
        self.host_bytes = 0
        self.host_peak_bytes = 0
        self._host: dict[int, int] = {}

    def move(self, tensor: torch.Tensor) -> torch.Tensor:
        """Count the storage of ``tensor`` as the host's."""
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key not in self._host:
            size = self._sizes.get(key, rounded(storage.nbytes()))
            if key in self._sizes:
                self._sizes[key] = 0
                self.live_bytes -= size
            self._host[key] = size
            self.host_bytes += size
            self.host_peak_bytes = max(self.host_peak_bytes, self.host_bytes)
        return tensor

    def is_host(self, tensor: torch.Tensor) -> bool:
        return tensor.untyped_storage()._cdata in self._host

    def _update(self, storage: torch.UntypedStorage) -> None:
        if storage._cdata not in self._host:
            super()._update(storage)

    def _free(self, key: int) -> None:
        self.host_bytes -= self._host.pop(key, 0)
        super()._free(key)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = [t for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)]
        result = super().__torch_dispatch__(func, types, args, kwargs)
        local = [t for t in given if not isinstance(t, DTensor) and t.numel() > 1]
        if self._host and local and all(self.is_host(t) for t in local):
            for leaf in tree_leaves(result):
                if isinstance(leaf, torch.Tensor) and not isinstance(leaf, DTensor):
                    self.move(leaf)
        return result


@contextmanager
def copies(ledger: HostLedger) -> Iterator[None]:
    """Let FSDP2's transfers to and from the host copy."""
    to, cpu = torch.Tensor.to, torch.Tensor.cpu

    def moved(tensor: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        if "non_blocking" not in kwargs or isinstance(tensor, DTensor):
            return to(tensor, *args, **kwargs)
        host = ledger.is_host(tensor)
        twin = torch.empty(tensor.shape, dtype=tensor.dtype)
        return twin if host else ledger.move(twin)

    def to_host(tensor: torch.Tensor) -> torch.Tensor:
        return ledger.move(cpu(tensor).clone())

    torch.Tensor.to, torch.Tensor.cpu = moved, to_host  # type: ignore[method-assign]
    try:
        yield
    finally:
        torch.Tensor.to, torch.Tensor.cpu = to, cpu  # type: ignore[method-assign]
