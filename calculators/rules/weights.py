"""Weights by the FAQ: n billion parameters in fp16 are a file of 2n GB, and 2n GB to load."""

from __future__ import annotations

from calculators.formula import define
from calculators.quantities import PARAMS, WEIGHT_BYTES, size
from calculators.results import Source
from calculators.text import Text

FAQ_SIZE = Source("LLM GPU memory FAQ", "questions 1 and 4")
FAQ_RAM = Source("LLM GPU memory FAQ", "question 6")

WEIGHTS = define(
    "rule_weights",
    title=Text("Weights", "权重"),
    result=size("M_w", "weights", "权重"),
    symbols=(PARAMS, WEIGHT_BYTES),
    expression=lambda n, b_w: n * b_w,
    source=FAQ_SIZE,
)
"""File size and inference memory: parameters times bytes per weight."""
