"""Optimizers that torch lacks, with the state that their papers' code keeps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch.distributed.tensor import DTensor

from benchmarks.accuracy.truth.parallel import by_kind

BLOCK = 256  # bitsandbytes' block of 8-bit states
SMALL = 4096  # tensors below this keep 32-bit states in bitsandbytes


class Lion(torch.optim.Optimizer):
    """Lion (arXiv 2302.06675): one momentum in the parameter's type, one tensor at a time."""

    def __init__(self, params: Iterable[torch.Tensor]) -> None:
        super().__init__(params, {"lr": 1e-4, "betas": (0.9, 0.99)})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["exp_avg"] = torch.zeros_like(p)
                average = state["exp_avg"]
                update = average.clone().mul_(0.9).add_(p.grad, alpha=0.1).sign_()
                p.add_(update, alpha=-group["lr"])
                average.mul_(0.99).add_(p.grad, alpha=0.01)


class AdamW8bit(torch.optim.Optimizer):
    """8-bit AdamW (arXiv 2110.02861): two bytes and block-wise scales; the kernel is in place."""

    def __init__(self, params: Iterable[torch.Tensor]) -> None:
        super().__init__(params, {"lr": 1e-4})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None and not self.state[p]:
                    self._initialise(p)

    def _initialise(self, p: torch.Tensor) -> None:
        state = self.state[p]
        if p.numel() < SMALL:
            state["m"] = torch.zeros_like(p, dtype=torch.float32)
            state["v"] = torch.zeros_like(p, dtype=torch.float32)
            return
        local = p.to_local() if isinstance(p, DTensor) else p
        blocks = -(-local.numel() // BLOCK)
        for name in ("m", "v"):
            state[name] = torch.zeros_like(local, dtype=torch.uint8)
            state[f"absmax_{name}"] = torch.zeros(blocks, dtype=torch.float32, device=p.device)


class GaLore(torch.optim.Optimizer):
    """GaLore (arXiv 2403.03507): Adam on gradients projected to a rank; Adam for the rest.

    The smaller side of a matrix is projected, as in the authors' galore_torch; the projector is
    taken as it is between two of its renewals.
    """

    def __init__(self, matrices: list[Any], others: list[Any], rank: int = 128) -> None:
        super().__init__(
            [{"params": matrices, "rank": rank}, {"params": others, "rank": None}], {"lr": 1e-3}
        )

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(p, group["rank"])

    def _update(self, p: Any, rank: int | None) -> None:
        state, grad = self.state[p], p.grad
        tall = p.ndim == 2 and p.shape[0] >= p.shape[1]
        if rank is not None:
            short = min(p.shape)
            rank = min(rank, short)
            if "projector" not in state:
                shape = (rank, short) if tall else (short, rank)
                state["projector"] = torch.zeros(shape, dtype=p.dtype, device=p.device)
            basis = state["projector"]
            grad = grad @ basis.t() if tall else basis.t() @ grad
        if "m" not in state:
            state["m"], state["v"] = torch.zeros_like(grad), torch.zeros_like(grad)
        state["m"].mul_(0.9).add_(grad, alpha=0.1)
        state["v"].mul_(0.999).addcmul_(grad, grad, value=0.001)
        denominator = state["v"].sqrt().add_(1e-8)
        update = state["m"] / denominator
        if rank is not None:
            update = update @ state["projector"] if tall else state["projector"] @ update
        p.add_(update, alpha=-1e-3)


def make_optimizer(name: str, model: torch.nn.Module) -> list[torch.optim.Optimizer]:
    params = [p for p in model.parameters() if p.requires_grad]
    if name == "adamw":
        return [torch.optim.AdamW(kind, fused=True) for kind in by_kind(params)]
    if name == "sgd":
        return [torch.optim.SGD(params, lr=1e-3, fused=True)]
    if name == "sgd_momentum":
        whole = not any(isinstance(p, DTensor) for p in params)  # whose SGD is not fused
        return [torch.optim.SGD(params, lr=1e-3, momentum=0.9, fused=whole)]
    if name == "adafactor":
        return [torch.optim.Adafactor(params, foreach=False)]
    if name == "lion":
        return [Lion(params)]
    if name == "adamw_8bit":
        return [AdamW8bit(params)]
    if name == "muon":
        return _muon(model)
    if name == "galore":
        return [GaLore(*_matrices(model))]
    raise ValueError(name)


def _muon(model: torch.nn.Module) -> list[torch.optim.Optimizer]:
    """Muon for the layers' matrices; AdamW for embeddings, head, norms and biases."""
    matrices, others = _matrices(model)
    return [torch.optim.Muon(matrices), torch.optim.AdamW(others, fused=True)]


def _matrices(model: torch.nn.Module) -> tuple[list[Any], list[Any]]:
    """Return the layers' matrices, and the other trained parameters."""
    ends = {
        id(module.weight)
        for module in (model.get_input_embeddings(), model.get_output_embeddings())
        if module is not None
    }
    trainable = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in trainable if p.ndim == 2 and id(p) not in ends]
    others = [p for p in trainable if p.ndim != 2 or id(p) in ends]
    return matrices, others
