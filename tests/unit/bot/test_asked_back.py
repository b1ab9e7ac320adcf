"""What the calculators offer when something is missing can be typed as it stands."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding import understand
from calculators import Request, calculate
from calculators.errors import MissingValue

LACKING: list[dict[str, Any]] = [
    {"calculator": "training"},
    {"calculator": "fit", "params": 7e9},
    {"calculator": "latency", "params": 7e9},
    {"calculator": "training_time", "params": 7e9, "gpu": "A100"},
    {"calculator": "training_time", "params": 7e9, "total_tokens": 1e12},
    {"calculator": "throughput", "params": 7e9},
    {"calculator": "utilization_throughput", "params": 7e9, "gpu": "A100"},
    {"calculator": "utilization_throughput", "params": 7e9, "gpu": "A100", "step_s": 2.0},
    {"calculator": "utilization_flops", "gpu": "A100"},
    {"calculator": "compare_gpu"},
    {"calculator": "dtype_bits"},
]


@pytest.mark.parametrize("fields", LACKING, ids=lambda fields: "-".join(map(str, fields.values())))
def test_every_example_offered_is_understood(fields: dict[str, Any]) -> None:
    with pytest.raises(MissingValue) as missing:
        calculate(Request(**fields))
    assert missing.value.choices
    for example in missing.value.choices:
        assert example not in Request.model_fields
        assert understand(example).inputs, example
