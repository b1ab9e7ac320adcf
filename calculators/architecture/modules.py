"""The modules of a model, one record each, with the shape of their parameters.

Every count in this project is a sum over these records, so that parameter totals, LoRA
targets, tensor-parallel shares and quantised weights rest on one list.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

ModuleKind = Literal[
    "embedding", "position", "linear", "expert", "router", "norm", "conv", "vector", "head"
]


@dataclass(frozen=True, slots=True)
class Module:
    """Parameters of ``rows`` (out) by ``cols`` (in), ``count`` times over.

    ``name`` is the leaf name in the transformers class (``q_proj``), which LoRA targets use.
    ``kind``: ``linear`` is an ``nn.Linear`` (or GPT-2's ``Conv1D``) inside a layer; ``expert`` is
    a routed expert's weight (fused over the experts in transformers 5, hence ``count``);
    ``router`` the gate of a mixture; ``norm`` has ``rows`` gains and, with ``bias``, as many
    offsets; ``vector`` is any other free parameter; ``head`` the output projection.
    ``tied`` modules share the embedding's storage and count nothing.
    """

    name: str
    kind: ModuleKind
    rows: int
    cols: int = 1
    bias: bool = False
    count: int = 1
    tied: bool = False
    layer: int | None = None

    @property
    def weight_parameters(self) -> int:
        """Parameters of the weights, without biases; 0 when tied."""
        return 0 if self.tied else self.rows * self.cols * self.count

    @property
    def bias_parameters(self) -> int:
        """Parameters of the biases."""
        return self.rows * self.count if self.bias else 0

    @property
    def parameters(self) -> int:
        """All parameters of this record."""
        return self.weight_parameters + self.bias_parameters

    @property
    def is_matrix(self) -> bool:
        """Whether weight quantisers touch it: a matrix inside a layer, routers left out."""
        return self.kind in ("linear", "expert")

    def in_layer(self, layer: int) -> Module:
        """Return the same module placed in decoder layer ``layer``."""
        return replace(self, layer=layer)


def linear(name: str, rows: int, cols: int, bias: bool = False) -> Module:
    """Return an ``nn.Linear`` of ``rows`` outputs and ``cols`` inputs."""
    return Module(name, "linear", rows, cols, bias)


def vector(name: str, width: int, count: int = 1) -> Module:
    """Return a free parameter of ``width`` numbers."""
    return Module(name, "vector", width, count=count)
