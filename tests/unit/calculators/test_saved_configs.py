"""Configurations with every key written out, as transformers 4 and 5 save them.

The counts are those of transformers' own classes (benchmarks/truth/saved_configs.py).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from calculators.architecture import Architecture, architecture_from_config

FILE = Path(__file__).parents[3] / "benchmarks" / "truth" / "saved_configs.jsonl"
HEAD, *CASES = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
NAMES = [case["config"]["model_type"] for case in CASES]


def cached_elements(model: Architecture, tokens: int) -> int:
    """Return what transformers keeps: of a window all but the token that comes next."""
    elements = 0
    for layer, count in model.groups:
        window = layer.attention.window
        kept = tokens if window is None else min(tokens, window - 1)
        elements += layer.attention.kv_elements_per_token * kept * count
    return elements


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_saved_config_counts_like_its_class(case):
    model = architecture_from_config(case["config"])
    assert model.parameters_total == case["total"]
    if case["elements"] is not None:
        assert cached_elements(model, HEAD["tokens"]) == case["elements"]


def test_most_families_are_there_and_most_of_their_caches():
    assert len(set(NAMES)) >= 80
    assert sum(case["elements"] is not None for case in CASES) >= 60
