"""Logistic regression on a handful of numbers: from signals to an honest probability.

Fitted by Newton's method with a little shrinkage (iteratively reweighted least squares), which for
so few inputs takes a dozen exact steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

STEPS = 25
SHRINKAGE = 1.0


def sigmoid(score: float) -> float:
    """Return the logistic function of ``score`` without overflow."""
    if score >= 0:
        return 1 / (1 + math.exp(-min(score, 700)))
    power = math.exp(max(score, -700))
    return power / (1 + power)


def probability(weights: Sequence[float], inputs: Sequence[float]) -> float:
    """Return the probability for ``inputs``; the last weight is the intercept."""
    score = weights[-1] + sum(w * x for w, x in zip(weights[:-1], inputs, strict=True))
    return sigmoid(score)


def fit(
    rows: Sequence[Sequence[float]],
    truths: Sequence[bool],
    shrinkage: float = SHRINKAGE,
    weights: Sequence[float] | None = None,
) -> list[float]:
    """Return the factors, intercept last, that make ``truths`` most likely given ``rows``.

    ``shrinkage`` is the L2 penalty on each factor; the intercept has none. ``weights`` say how
    often each row counts, once when left out.
    """
    counts = weights or [1.0] * len(rows)
    width = len(rows[0]) + 1
    padded = [[*row, 1.0] for row in rows]
    factors = [0.0] * width
    for _ in range(STEPS):
        slope = [shrinkage * w for w in factors[:-1]] + [0.0]
        curve = [[0.0] * width for _ in range(width)]
        for i in range(width - 1):
            curve[i][i] = shrinkage
        curve[-1][-1] = 1e-9
        for row, truth, count in zip(padded, truths, counts, strict=True):
            p = sigmoid(sum(w * x for w, x in zip(factors, row, strict=True)))
            error, weight = count * (p - truth), count * max(p * (1 - p), 1e-6)
            for i, x in enumerate(row):
                slope[i] += error * x
                line, scaled = curve[i], weight * x
                for j in range(i, width):
                    line[j] += scaled * row[j]
        for i in range(width):
            for j in range(i):
                curve[i][j] = curve[j][i]
        change = _solve(curve, slope)
        factors = [w - c for w, c in zip(factors, change, strict=True)]
        if max(map(abs, change)) < 1e-6:
            break
    return factors


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Solve a small symmetric positive system by elimination with pivoting."""
    size = len(right)
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(i + 1, size):
            factor = rows[k][i] / rows[i][i]
            for j in range(i, size + 1):
                rows[k][j] -= factor * rows[i][j]
    solution = [0.0] * size
    for i in reversed(range(size)):
        known = sum(rows[i][j] * solution[j] for j in range(i + 1, size))
        solution[i] = (rows[i][size] - known) / rows[i][i]
    return solution
