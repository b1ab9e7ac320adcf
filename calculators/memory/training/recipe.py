"""How a step computes: widths in bytes, what trains, which kernels; all that shapes a layer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from calculators.architecture import Attention, Module

_INNER = {"w": frozenset({"w1", "w3"}), "proj": frozenset({"gate_proj", "up_proj"})}
_DOWN = {"w": "w2", "proj": "down_proj"}
_ROUTER = "gate"


def expert_names(convention: str) -> frozenset[str]:
    """Return the names that peft takes for fused experts and their router under a convention.

    ``convention`` is ``experts_lora`` of the family's traits.
    """
    if convention == "none":
        return frozenset()
    return _INNER[convention] | {_DOWN[convention], _ROUTER}


def inner_names(convention: str) -> frozenset[str]:
    """Return the two names that are fused, which peft takes together only."""
    return _INNER.get(convention, frozenset())


@dataclass(frozen=True, slots=True)
class Adapter:
    """LoRA as peft runs it: two small matrices beside each target, in ``width`` bytes.

    ``experts`` is the family's ``experts_lora``, ``linear_router`` whether its router is a
    linear layer (``data/training_traits.toml``).
    """

    rank: int
    targets: frozenset[str] | None
    width: int
    dropout: float
    saved: frozenset[str] = frozenset()
    experts: str = "none"
    linear_router: bool = False

    def _targets(self, name: str) -> bool:
        return self.targets is None or name in self.targets

    def wraps(self, name: str) -> bool:
        """Whether the linear layer ``name`` has an adapter; without targets all of them do.

        Where peft takes a name for the fused experts, no linear layer of that name has one.
        """
        return self._targets(name) and name not in expert_names(self.experts)

    def mixture_rank(self, module: Module) -> int:
        """Rank that peft gives a router or the fused weights of the experts; 0 for none.

        Fused gate and up projections take the rank of both (peft's conversion for transformers 5).
        """
        if module.kind == "router":
            if self.linear_router:
                return self.rank if self.wraps(module.name) else 0
            named = module.name == _ROUTER and self._targets(_ROUTER)
            return self.rank if named and self.experts != "none" else 0
        if module.kind != "expert" or self.experts == "none":
            return 0
        if module.name == "gate_up_proj":
            chosen = all(self._targets(name) for name in _INNER[self.experts])
            return 2 * self.rank if chosen else 0
        return self.rank if self._targets(_DOWN[self.experts]) else 0


@dataclass(frozen=True, slots=True)
class Recipe:
    """What one layer's replay depends on, besides the layer.

    ``width`` is that of parameters and activations, ``autocast`` the one that CUDA's autocast
    computes in, ``base_trains`` whether the model's own weights do, ``quantised`` whether they
    lie in 4 bits, ``eager`` whether attention is written out, ``wide`` whether the batch is
    larger than one, ``windowed`` whether the sequence is longer than a sliding window,
    ``shifted_logits`` whether the loss copies its fp32 logits, as transformers 4 does,
    ``keeps_inputs`` whether linear layers save their input though their weight is frozen.
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
    cp: int = 1
    sequence_parallel: bool = False
    shifted_logits: bool = False
    keeps_inputs: bool = False

    @property
    def compute_width(self) -> int:
        """Bytes of what matrices multiply: autocast's type, or the activations' own."""
        return self.autocast or self.width

    @property
    def expert_split(self) -> int:
        """Cards over which the experts' weights are divided."""
        return self.tp * self.ep

    @property
    def sequence_split(self) -> int:
        """Cards that share the sequence between split layers."""
        return self.tp if self.sequence_parallel else 1

    @property
    def of_layers(self) -> Recipe:
        """The recipe without what concerns the loss alone, for layers and the embedding."""
        return replace(self, shifted_logits=False) if self.shifted_logits else self

    def ranked(self, rank: int) -> Recipe:
        """Return the recipe with adapters of another rank."""
        if self.adapter is None:
            return self
        return replace(self, adapter=replace(self.adapter, rank=rank))

    def masks(self, attention: Attention) -> bool:
        """Whether SDPA is handed an explicit mask, which rules out the flash kernel."""
        return self.windowed and attention.window is not None
