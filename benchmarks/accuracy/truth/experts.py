"""Expert parallelism: each card holds a part of the experts, tokens travel to them and back.

As in torchtitan: rows sorted by expert, an all-to-all, rows put in the order of the local
experts, transformers' grouped products, and the same way back. Tokens are spread evenly.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.distributed._functional_collectives import all_to_all_single_autograd, wait_tensor
from transformers.integrations.moe import _grouped_linear

EXPERTS = ("gate_up_proj", "down_proj")


def split_experts(model: nn.Module, parts: int, group: Any) -> list[nn.Module]:
    """Keep the first of ``parts`` of the experts of each mixture in ``model``; return them."""
    found = []
    for module in model.modules():
        if all(isinstance(getattr(module, name, None), nn.Parameter) for name in EXPERTS):
            for name in EXPERTS:
                whole = getattr(module, name)
                local = whole.shape[0] // parts
                setattr(module, name, nn.Parameter(torch.empty_like(whole[:local])))
            module.parts, module.group = parts, group
            module.forward = forward.__get__(module)
            found.append(module)
    return found


def forward(
    self: Any, hidden_states: torch.Tensor, top_k_index: torch.Tensor, top_k_weights: torch.Tensor
) -> torch.Tensor:
    """Run the experts of all cards on the tokens of all cards, from one card's point of view."""
    choices = top_k_index.size(-1)
    experts, order = torch.sort(top_k_index.reshape(-1))
    weights = top_k_weights.reshape(-1)[order]
    rows = _exchanged(self, hidden_states[order // choices])
    local = self.gate_up_proj.shape[0]
    counts = torch.histc(experts.float(), bins=local, min=0, max=local - 1)
    offsets = torch.cumsum(counts, dim=0, dtype=torch.int32)
    _, by_expert = torch.sort(experts)
    rows = rows[by_expert]
    out = _grouped_linear(rows, self.gate_up_proj, offsets, is_transposed=self.is_transposed)
    del rows
    out = self._apply_gate(out)
    out = _grouped_linear(out, self.down_proj, offsets, is_transposed=self.is_transposed)
    back = torch.empty_like(by_expert)
    out = _exchanged(self, out[back])
    out = out * weights.unsqueeze(-1)
    original = torch.empty_like(order)
    out = out[original]
    return out.view(-1, choices, out.size(-1)).sum(dim=1).to(hidden_states.dtype)


def _exchanged(self: Any, rows: torch.Tensor) -> torch.Tensor:
    return wait_tensor(all_to_all_single_autograd(rows, None, None, self.group))
