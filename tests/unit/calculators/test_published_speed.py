"""Published utilisation, FLOPs, hours and rates of decoding, as their authors print them."""

from __future__ import annotations

import pytest

from benchmarks.accuracy.published_speed import rate_errors, rates, speed_rows

COUNTED = {
    # per cent: the most that the median of a kind may differ
    "mfu": 0.5,
    "hfu": 2.0,
    "causal_tflops": 1.0,
    "gpu_hours": 0.5,
    "gpu_hours_recomputed": 3.0,
    "run_flops": 8.0,
}


@pytest.mark.parametrize(("kind", "most"), COUNTED.items())
def test_the_median_of_each_kind_is_met(kind: str, most: float) -> None:
    errors = rate_errors(row for row in rates() if row.kind == kind)
    assert errors.count >= 2
    assert errors.median <= most


def test_no_engine_decodes_faster_than_the_bound() -> None:
    measured = [row for row in rates() if row.kind == "rate"]
    assert len(measured) >= 50
    assert [row for row in measured if row.error < 0] == []


def test_every_source_has_its_line() -> None:
    lines = speed_rows()
    assert len(rates()) >= 130
    for group, source in {(row.group, row.source) for row in rates()}:
        assert any(line.startswith(f"| {group} | {source} |") for line in lines)
