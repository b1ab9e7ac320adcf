"""Tensor parallelism, sequence parallelism and hybrid sharding of a model, by torch itself.

Ways may be combined; the mesh then has a dimension for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.distributed._mesh_layout import _MeshLayout
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard, distribute_tensor
from torch.distributed.tensor._sharding_prop import ShardingPropagator
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    PrepareModuleInput,
    RowwiseParallel,
    SequenceParallel,
    loss_parallel,
    parallelize_module,
)
from torch.utils._python_dispatch import _disable_current_modes

COLUMNS = ("q_proj", "k_proj", "v_proj", "gate_proj", "up_proj")
ROWS = ("o_proj", "down_proj")


def ranks_of(case: dict[str, Any]) -> int:
    """The ranks of the process group that the case needs."""
    replicated = case.get("engine") == "ddp" or case.get("ep", 1) > 1
    sharded = case["dp"] if case["sharding"] != "none" or replicated else 1
    return int(sharded) * int(case.get("tp", 1)) * int(case.get("cp", 1))


@dataclass(frozen=True)
class Grid:
    """Data-parallel ranks by those that share a sequence, the experts or each tensor.

    ``every`` are the ranks that dense parameters are sharded over, ``data`` those of experts.
    Made before there are fake tensors, in which a mesh does not find its own rank.
    """

    every: DeviceMesh
    data: DeviceMesh
    part: DeviceMesh


def mesh_of(case: dict[str, Any]) -> DeviceMesh | Grid | None:
    """The mesh of the case: tensor-parallel, sharded, or replicas of shards; None on one card."""
    ranks, tp = ranks_of(case), case.get("tp", 1)
    if ranks == 1:
        return None
    sizes, names = (ranks // tp,), ("data",)
    if case["sharding"] == "hybrid":
        group = case["shard_group"]
        sizes, names = (ranks // tp // group, group), ("replicate", "shard")
    if 1 < tp < ranks:
        mesh = init_device_mesh("cpu", (*sizes, tp), mesh_dim_names=(*names, "tp"))
        return Grid(mesh[names], mesh[names], mesh["tp"])
    if case["sharding"] == "hybrid":
        return init_device_mesh("cpu", sizes, mesh_dim_names=names)
    for name in ("ep", "cp"):
        part = case.get(name, 1)
        if part > 1:
            mesh = init_device_mesh("cpu", (ranks // part, part), mesh_dim_names=("data", name))
            return Grid(mesh._flatten("all"), mesh["data"], mesh[name])
    return init_device_mesh("cpu", (ranks,))


def tensor_mesh(mesh: Any) -> Any:
    """The ranks that share each tensor."""
    return mesh.part if isinstance(mesh, Grid) else mesh


def split(model: torch.nn.Module, mesh: DeviceMesh, *, sequence: bool) -> None:
    """Split a LLaMA-like model over ``mesh``: matrices, embedding, head and the loss.

    With ``sequence`` the norms and the residual stream are split over tokens in between. Ends that
    a pipeline stage lacks are left out.
    """
    stream = Shard(1) if sequence else Replicate()
    base: Any = model.model
    for layer in base.layers:
        plan: dict[str, Any] = {}
        for name, _ in layer.named_modules():
            leaf = name.rsplit(".", 1)[-1]
            if leaf in COLUMNS:
                plan[name] = ColwiseParallel()
            elif leaf in ROWS:
                plan[name] = RowwiseParallel(output_layouts=stream)
            elif sequence and name in ("input_layernorm", "post_attention_layernorm"):
                plan[name] = SequenceParallel()
        if sequence:
            whole = {"input_layouts": (stream,), "desired_input_layouts": (Replicate(),)}
            plan["mlp"] = PrepareModuleInput(**whole)
            plan["self_attn"] = PrepareModuleInput(
                input_kwarg_layouts={"hidden_states": stream},
                desired_input_kwarg_layouts={"hidden_states": Replicate()},
            )
        parallelize_module(layer, mesh, plan)
    ends: dict[str, Any] = {
        "lm_head": ColwiseParallel(
            input_layouts=stream, output_layouts=Shard(-1), use_local_output=False
        ),
    }
    if sequence:
        ends["model.norm"] = SequenceParallel()
    tied = model.config.tie_word_embeddings
    if model.lm_head is not None:
        parallelize_module(model, mesh, ends)
    if base.embed_tokens is None:
        return
    table = base.embed_tokens.weight
    if tied and model.lm_head is not None:
        shards: Any = model.lm_head.weight
    else:
        shards = nn.Parameter(distribute_tensor(table, mesh, [Shard(0)]))
    base.embed_tokens = SplitEmbedding(shards, stream)


class SplitEmbedding(nn.Module):
    """An embedding split by vocabulary, as in arXiv 1909.08053: look up, mask, add up.

    torch's own RowwiseParallel makes the whole table's gradient on every card.
    """

    def __init__(self, weight: DTensor, stream: Any) -> None:
        super().__init__()
        self.weight = weight
        self.stream = stream

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        local = self.weight.to_local()
        elsewhere = ids >= local.shape[0]
        ids = ids.clone().masked_fill_(elsewhere, 0)
        out = nn.functional.embedding(ids, local).masked_fill_(elsewhere.unsqueeze(-1), 0.0)
        mesh = self.weight.device_mesh
        summed = DTensor.from_local(out, mesh, [Partial()], run_check=False)
        whole: torch.Tensor = summed.redistribute(mesh, [self.stream]).to_local()
        return whole


@contextmanager
def uncounted_shapes() -> Iterator[None]:
    """Let DTensor infer shapes and meshes their ranks outside the ledger.

    DTensor makes fake tensors of the whole size, and a mesh has real ranks.
    """
    places = (
        (ShardingPropagator, "_propagate_tensor_meta_non_cached"),
        (_MeshLayout, "remap_to_tensor"),
        (DeviceMesh, "__init__"),
    )
    saved = [getattr(owner, name) for owner, name in places]
    for (owner, name), inner in zip(places, saved, strict=True):
        setattr(owner, name, _outside(inner))
    try:
        yield
    finally:
        for (owner, name), inner in zip(places, saved, strict=True):
            setattr(owner, name, inner)


def _outside(inner: Any) -> Any:
    def called(*args: Any, **kwargs: Any) -> Any:
        with _disable_current_modes():
            return inner(*args, **kwargs)

    return called


def split_loss(case: dict[str, Any]) -> AbstractContextManager[Any]:
    """The cross-entropy over a vocabulary that stays split, where there is tensor parallelism."""
    context: AbstractContextManager[Any] = loss_parallel()
    return context if case.get("tp", 1) > 1 else nullcontext()


def by_kind(params: list[torch.nn.Parameter]) -> list[list[torch.nn.Parameter]]:
    """Parameters by the dimensions of their mesh: a fused optimizer takes one kind at a time."""
    kinds: dict[int, list[torch.nn.Parameter]] = {}
    for p in params:
        kinds.setdefault(p.device_mesh.ndim if isinstance(p, DTensor) else 0, []).append(p)
    return list(kinds.values())
