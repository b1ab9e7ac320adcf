"""How the stock class of a family writes its layers out, from ``data/training_traits.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Traits:
    """One family's row of the table; the file explains the words."""

    norm: str
    rope: str
    fused: str
    sdpa: bool
    core: str
    softmax: str
    router: str
    mask_buffer: str
    experts_lora: str
    linear_router: bool
    returns_routes: bool
    lora_refuses: tuple[str, ...]
    replayed: bool

    @property
    def head_major(self) -> bool:
        """Whether the rotary embedding leaves q with heads before tokens, by a ``cat``."""
        return self.rope in ("partial", "pairs", "chunks")


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    file = resources.files("calculators") / "data" / "training_traits.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def traits_of(family: str) -> Traits:
    """Return the traits of ``family``; an unlisted one is written like LLaMA."""
    table = _table()
    row = {**table["default"], **table.get(family, {})}
    return Traits(**{**row, "lora_refuses": tuple(row["lora_refuses"])})
