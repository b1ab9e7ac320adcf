"""A linear layer that keeps its weight in NF4, with bitsandbytes' allocations."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

ABSMAX_BLOCK = 64
DOUBLE_BLOCK = 256


class _MatMul4Bit(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, layer: Linear4bit) -> torch.Tensor:
        ctx.layer = layer
        return torch.nn.functional.linear(x, layer.dequantized(x.dtype))

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        return torch.matmul(grad, ctx.layer.dequantized(grad.dtype)), None


class Linear4bit(nn.Module):
    """NF4 with double quantisation (arXiv 2305.14314): 4.127 bits a weight.

    ``storage`` is the type that packed weights lie in, ``bnb_4bit_quant_storage``: bytes, or the
    model's own where they are sharded with the rest. The scales are no parameters.
    """

    def __init__(self, linear: nn.Linear, storage: torch.dtype) -> None:
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        device, count = linear.weight.device, linear.weight.numel()
        blocks = -(-count // ABSMAX_BLOCK)
        rows = -(-count // (2 * storage.itemsize))
        self.weight = nn.Parameter(
            torch.zeros(rows, 1, dtype=storage, device=device), requires_grad=False
        )
        self.register_buffer("absmax", torch.zeros(blocks, dtype=torch.uint8, device=device))
        self.register_buffer(
            "absmax2", torch.zeros(-(-blocks // DOUBLE_BLOCK), dtype=torch.float32, device=device)
        )
        self.bias = linear.bias

    def dequantized(self, dtype: torch.dtype) -> torch.Tensor:
        absmax = torch.empty(self.absmax.shape, dtype=torch.float32, device=self.weight.device)
        weight = torch.empty(
            self.out_features, self.in_features, dtype=dtype, device=self.weight.device
        )
        del absmax
        return weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        computed: torch.Tensor = _MatMul4Bit.apply(x.to(torch.bfloat16), self)
        out = computed.to(x.dtype)
        return out if self.bias is None else out + self.bias.to(out.dtype)


def quantize(model: nn.Module, storage: torch.dtype = torch.uint8) -> None:
    """Replace every frozen linear layer but the head."""
    head = model.get_output_embeddings()
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            frozen = isinstance(child, nn.Linear) and not child.weight.requires_grad
            if frozen and child is not head:
                setattr(parent, name, Linear4bit(child, storage))
