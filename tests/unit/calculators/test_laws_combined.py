"""Laws of memory where a step is spread in several ways at once."""

from __future__ import annotations

import random
from typing import Any

import pytest

from calculators import CalculatorError, Request, calculate

CHOICES: dict[str, list[Any]] = {
    "sharding": ["zero1", "zero2", "zero3", "fsdp2"],
    "tp": [1, 2, 4],
    "pp": [1, 2],
    "cp": [1, 2],
    "grad_accumulation": [1, 4],
    "checkpointing": ["none", "full"],
    "offload": ["none", "optimizer", "parameters"],
    "precision": ["bf16", "mixed_bf16", "fp32"],
}


def taken(fields: dict[str, Any]) -> int | None:
    try:
        memory = calculate(Request(**fields), working=False).memory
    except CalculatorError:  # what cannot run has no memory
        return None
    assert memory is not None
    return memory.total_bytes


@pytest.mark.parametrize("seed", range(12))
def test_more_work_takes_no_less_and_more_ranks_no_more(seed: int) -> None:
    chance = random.Random(seed)
    fields: dict[str, Any] = {name: chance.choice(values) for name, values in CHOICES.items()}
    fields |= {"calculator": "training", "model": chance.choice(["llama-7b", "qwen2.5-7b"])}
    fields |= {"dp": chance.choice([2, 4]), "micro_batch": 2, "seq": 1024}
    base = taken(fields)
    if base is None:
        return
    for change, sign in (
        ({"micro_batch": 3}, 1),
        ({"seq": 2048}, 1),
        ({"dp": 2 * fields["dp"]}, -1),
        ({"tp": 2 * fields["tp"]}, -1),
    ):
        other = taken({**fields, **change})
        assert other is None or sign * (other - base) >= -1, (fields, change)
