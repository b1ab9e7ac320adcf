"""Families whose step of training is not replayed."""

from __future__ import annotations

from calculators.architecture import Architecture
from calculators.errors import UnsupportedArchitecture
from calculators.memory.training.traits import traits_of
from calculators.text import Text


def check_replayed(model: Architecture) -> None:
    """Raise UnsupportedArchitecture where layers share blocks beside mixers of their own."""
    if traits_of(model.family).replayed:
        return
    raise UnsupportedArchitecture(
        Text(
            f"The layers of {model.family} share transformer blocks between them; training memory "
            "of that layout is not estimated. Parameters and inference are.",
            f"{model.family} 的各层共用 Transformer 块，这种结构的训练显存不做估算；"
            "参数量与推理可以计算。",
        ),
        field="config",
    )
