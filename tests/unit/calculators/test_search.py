"""The searches find the same number as trying every one, and with few calls."""

import math

import pytest

from calculators.planning.search import largest_within

LIMIT = 3_000
SHAPES = {
    "a line": lambda k: 5 + 0.031 * k,
    "a square": lambda k: 5 + 1e-4 * k * k,
    "a root": lambda k: 5 + math.sqrt(k),
    "steps": lambda k: 5 + k // 512,
    "flat, then a line": lambda k: 5 + 0.02 * max(k, 300),
    "no more than 1,000": lambda k: 5 + 0.001 * k if k <= 1_000 else math.inf,
}


@pytest.mark.parametrize("need", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("capacity", [4, 5.5, 8, 20, 64, 1e9])
def test_the_largest_within_is_found(need, capacity):
    fitting = [k for k in range(1, LIMIT + 1) if need(k) <= capacity]
    assert largest_within(need, capacity, LIMIT) == (fitting[-1] if fitting else 0)


def test_a_line_takes_five_calls():
    calls = []

    def need(k):
        calls.append(k)
        return 7e9 + 524_288 * k

    # (80e9 - 7e9) / 524,288 = 139,236.45
    assert largest_within(need, 80e9, 10**8) == 139_236
    assert len(calls) <= 5
