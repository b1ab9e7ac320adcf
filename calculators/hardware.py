"""Cards: what the registry knows of each, and what follows from its compute capability."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from calculators.text import Text

Format = Literal["fp64", "fp32", "tf32", "fp16", "bf16", "fp8", "fp4", "int8"]
MIB = 2**20
# Usable bytes/s of one direction of an x16 slot, by PCIe generation (8b/10b or 128b/130b coding).
PCIE_BYTES_PER_S = {3: 15.75e9, 4: 31.5e9, 5: 63e9, 6: 121e9}


class Gpu(BaseModel):
    """One variant of a card.

    ``memory_gb`` is the decimal number in its name, ``memory_mib`` what the driver reports;
    ``peak`` dense FLOP/s by format, with fp32 accumulation and without sparsity; ``bandwidth``
    bytes/s; ``nvlink`` bytes/s in both directions together over all links, None without;
    ``nvlink_bridge`` says that it takes an optional bridge, which joins two cards only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    id: str
    title: str
    card: str
    memory_gb: int
    memory_mib: int
    architecture: str
    year: int
    bandwidth: float
    pcie: int
    peak: dict[str, float]
    source: str
    default: bool = False
    aliases: list[str] = []
    also_gb: list[int] = []
    compute_capability: float | None = None
    tdp_watts: int | None = None
    nvlink: float | None = None
    nvlink_bridge: bool = False
    bf16: bool | None = None
    fp8: bool | None = None
    flash_attention: int | None = None

    @property
    def name(self) -> str:
        """The name to show: title without the maker."""
        return self.title.removeprefix("NVIDIA ").removeprefix("GeForce ")

    @property
    def nominal_bytes(self) -> int:
        """The decimal bytes that the card's name stands for (the FAQ's arithmetic)."""
        return self.memory_gb * 10**9

    @property
    def capacity_bytes(self) -> int:
        """The bytes that the driver reports."""
        return self.memory_mib * MIB

    @property
    def is_nvidia(self) -> bool:
        """Whether it runs CUDA."""
        return self.compute_capability is not None

    @property
    def supports_bf16(self) -> bool:
        """Whether tensor cores take bf16: compute capability 8.0 on."""
        return self.bf16 if self.bf16 is not None else (self.compute_capability or 0) >= 8.0

    @property
    def supports_fp8(self) -> bool:
        """Whether tensor cores take fp8: compute capability 8.9 on."""
        return self.fp8 if self.fp8 is not None else (self.compute_capability or 0) >= 8.9

    @property
    def flash_attention_version(self) -> int | None:
        """The newest flash-attention that runs: 3 on 9.x, 2 from 8.0, 1 from 7.5, else None."""
        if self.compute_capability is None:
            return self.flash_attention
        if 9.0 <= self.compute_capability < 10.0:
            return 3
        if self.compute_capability >= 8.0:
            return 2
        return 1 if self.compute_capability >= 7.5 else None

    @property
    def supports_efficient_attention(self) -> bool:
        """Whether torch's memory-efficient attention runs: compute capability 5.0 on."""
        return (self.compute_capability or 0) >= 5.0

    @property
    def has_tensor_cores(self) -> bool:
        """Whether there are tensor cores (or matrix engines): compute capability 7.0 on."""
        return self.compute_capability is None or self.compute_capability >= 7.0

    @property
    def training_format(self) -> str:
        """The 16-bit format to train in: bf16 where it runs, else fp16."""
        return "bf16" if self.supports_bf16 else "fp16"

    @property
    def link_bytes_per_s(self) -> float:
        """Bytes/s in one direction between any two cards of a node: NVLink, else the slot."""
        if self.nvlink and not self.nvlink_bridge:
            return self.nvlink / 2
        return PCIE_BYTES_PER_S[self.pcie]

    @property
    def link(self) -> Text:
        """The kind of that link, in words."""
        if self.nvlink and not self.nvlink_bridge:
            kind = "NVLink" if self.is_nvidia else "accelerator links"
            return Text(kind, "NVLink" if self.is_nvidia else "卡间互联")
        return Text(f"PCIe {self.pcie}.0 x16", f"PCIe {self.pcie}.0 x16")

    def peak_flops(self, format_name: str) -> float | None:
        """Return the dense peak of ``format_name`` in FLOP/s, None where it has none."""
        return self.peak.get(format_name)
