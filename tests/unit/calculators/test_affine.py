"""Straight lines are inverted exactly; everything else is left to sympy."""

import subprocess
import sys

import pytest

from calculators.affine import solve_line


@pytest.mark.parametrize(
    ("expression", "known", "result", "expected"),
    [
        # 16 bytes for each of 7e9 parameters are 112e9 bytes.
        (lambda x, a, b: x * (a + b), {"a": 4, "b": 12}, 112_000_000_000, 7_000_000_000),
        # 100 * 3 / 4 = 75, 75 - 50 = 25
        (lambda x, a, b: a * x / b - 50, {"a": 100, "b": 4}, 25, 3),
        (lambda x, a, b: a - (b + x) * 2, {"a": 10, "b": 0.5}, 4, 2.5),
        (lambda x, a, b: -x + x + x / b + a, {"a": 0, "b": 3}, 1, 3),
        # More digits than a float has: (10**20 + 1) * 3
        (lambda x, a, b: a * x, {"a": 3, "b": 0}, 300_000_000_000_000_000_003, 10**20 + 1),
        # No line in x, or one that x does not move.
        (lambda x, a, b: x * x + a, {"a": 1, "b": 1}, 5, None),
        (lambda x, a, b: a / x, {"a": 1, "b": 1}, 5, None),
        (lambda x, a, b: x**2, {"a": 1, "b": 1}, 4, None),
        (lambda x, a, b: max(x, a), {"a": 1, "b": 1}, 4, None),
        (lambda x, a, b: a + 0 * x, {"a": 1, "b": 1}, 1, None),
        (lambda x, a, b: x / b, {"a": 1, "b": 0}, 1, None),
        (lambda x, a, b: x + a, {"a": float("inf"), "b": 0}, 1, None),
    ],
)
def test_a_line_is_solved_and_nothing_else(expression, known, result, expected):
    assert solve_line(expression, ("x", "a", "b"), "x", known, result) == expected


def test_the_faq_rule_is_solved_without_importing_sympy():
    asked = (
        "import sys; from calculators import calculate, parse_request;"
        "request = parse_request({'calculator': 'max_params', 'mode': 'train',"
        " 'gpu_memory_bytes': 80 * 10**9, 'gpu_count': 8});"
        "print(calculate(request).value, 'sympy' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    # 8 cards of 80 GB by the FAQ's 16 bytes a parameter: 640e9 / 16
    assert told.stdout.split() == ["40000000000", "False"]
