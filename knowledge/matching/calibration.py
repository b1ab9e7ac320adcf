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
    rows: Sequence[Sequence[float]], truths: Sequence[bool], shrinkage: float = SHRINKAGE
) -> list[float]:
    """Return the weights, intercept last, that make ``truths`` most likely given ``rows``.

    ``shrinkage`` is the L2 penalty on each weight; the intercept has none.
    """
    width = len(rows[0]) + 1
    padded = [[*row, 1.0] for row in rows]
    weights = [0.0] * width
    for _ in range(STEPS):
        slope = [shrinkage * w for w in weights[:-1]] + [0.0]
        curve = [[0.0] * width for _ in range(width)]
        for i in range(width - 1):
            curve[i][i] = shrinkage
        curve[-1][-1] = 1e-9
        for row, truth in zip(padded, truths, strict=True):
            p = sigmoid(sum(w * x for w, x in zip(weights, row, strict=True)))
            error, weight = p - truth, max(p * (1 - p), 1e-6)
            for i, x in enumerate(row):
                slope[i] += error * x
                line, scaled = curve[i], weight * x
                for j in range(i, width):
                    line[j] += scaled * row[j]
        for i in range(width):
            for j in range(i):
                curve[i][j] = curve[j][i]
        change = _solve(curve, slope)
        weights = [w - c for w, c in zip(weights, change, strict=True)]
        if max(map(abs, change)) < 1e-6:
            break
    return weights


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
