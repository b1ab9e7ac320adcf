"""A bare size has no heads of its own, so its assumed shape refuses no tensor parallelism."""

from __future__ import annotations

import pytest

from calculators import Request, calculate
from calculators.errors import ContradictoryRequest


def test_a_bare_33b_splits_over_eight_cards_though_llamas_52_heads_would_not() -> None:
    found = calculate(Request(calculator="training", params=33e9, gpu="h100", gpu_count=8, tp=8))
    assert found.value == pytest.approx(528)  # 16 × 33 (FAQ 5)


def test_a_named_model_with_heads_that_do_not_divide_is_refused() -> None:
    with pytest.raises(ContradictoryRequest):
        calculate(Request(calculator="training", model="llama-33b", gpu="h100", gpu_count=8, tp=8))
