"""How a step computes: widths in bytes, what trains, which kernels; all that shapes a layer."""

from __future__ import annotations

from dataclasses import dataclass

from calculators.architecture import Attention, Module

_FUSED_TARGETS = (frozenset({"gate_proj", "up_proj"}), frozenset({"w1", "w3"}))
_DOWN_TARGETS = (frozenset({"down_proj"}), frozenset({"w2"}))


@dataclass(frozen=True, slots=True)
class Adapter:
    """LoRA as peft runs it: two small matrices beside each target, in ``width`` bytes."""

    rank: int
    targets: frozenset[str] | None
    width: int
    dropout: float
    saved: frozenset[str] = frozenset()

    def wraps(self, name: str) -> bool:
        """Whether the linear layer ``name`` has an adapter; without targets all of them do."""
        return self.targets is None or name in self.targets

    def mixture_rank(self, module: Module) -> int:
        """Rank that peft gives a router or the fused weights of the experts; 0 for none.

        Fused gate and up projections take the rank of both (peft's conversion for transformers 5);
        weights with biases are left alone.
        """
        if module.kind == "router":
            return self.rank if self.wraps(module.name) else 0
        if module.kind != "expert" or module.bias:
            return 0
        fused = module.name == "gate_up_proj"
        names = _FUSED_TARGETS if fused else _DOWN_TARGETS
        chosen = self.targets is None or any(group <= self.targets for group in names)
        return self.rank * (2 if fused else 1) if chosen else 0


@dataclass(frozen=True, slots=True)
class Recipe:
    """What one layer's replay depends on, besides the layer.

    ``width`` is that of parameters and activations, ``autocast`` the one that CUDA's autocast
    computes in, ``base_trains`` whether the model's own weights do, ``quantised`` whether they
    lie in 4 bits, ``eager`` whether attention is written out, ``wide`` whether the batch is
    larger than one, ``windowed`` whether the sequence is longer than a sliding window.
    """

    width: int
    autocast: int | None = None
    base_trains: bool = True
    adapter: Adapter | None = None
    quantised: bool = False
    eager: bool = False
    wide: bool = False
    windowed: bool = False
    held: bool = False
    selective: bool = False
    tp: int = 1
    ep: int = 1
    sequence_parallel: bool = False

    @property
    def expert_split(self) -> int:
        """Cards over which the experts' weights are divided."""
        return self.tp * self.ep

    @property
    def sequence_split(self) -> int:
        """Cards that share the sequence between split layers."""
        return self.tp if self.sequence_parallel else 1

    def masks(self, attention: Attention) -> bool:
        """Whether SDPA is handed an explicit mask, which rules out the flash kernel."""
        return self.windowed and attention.window is not None
