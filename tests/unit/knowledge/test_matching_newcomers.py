"""How far nearness to a new entry is trusted is learned from entries that play the newcomer."""

from __future__ import annotations

import math

import pytest

from knowledge.matching import calibration, newcomers
from knowledge.matching.evidence import FRESH_INPUTS, Evidence
from knowledge.matching.memory_index import MemoryIndex
from knowledge.matching.model import Example
from knowledge.matching.nearest import Nearest, NearestSearch
from knowledge.matching.port import NONE
from knowledge.matching.training import train


def _evidence(similarity: dict[str, float], leaders: tuple[float, float]) -> Evidence:
    nearest = Nearest(similarity, 0.25, {}, leaders)
    return Evidence(("a",), {"a": 0.2, "b": 0.1}, 0.7, nearest, 0.0, 4, 0)


def test_a_newcomer_is_judged_by_its_nearness_and_its_rivals():
    inputs = _evidence({"new": 0.8, "a": 0.5, NONE: 0.3}, (0.8, 0.5)).fresh_inputs("new")
    assert len(inputs) == FRESH_INPUTS
    assert inputs[0] == 0.8
    assert inputs[2:5] == [0.5, 0.3, pytest.approx(0.3)]  # rival, no entry, lead over both
    assert inputs[5:7] == [0.25, pytest.approx(math.log(5))]


def test_an_entry_is_no_rival_of_itself():
    inputs = _evidence({"a": 0.8}, (0.8, 0.0)).fresh_inputs("a")
    assert inputs[2] == 0.0
    assert inputs[7] == pytest.approx(math.log(0.1 + 1e-4))  # what the model gives to "b"


def test_with_nothing_to_learn_from_no_newcomer_is_trusted():
    weights = newcomers.weigh([], [], [], lambda readings, labels: pytest.fail("nothing to fit"))
    assert calibration.probability(weights, [1.0] * FRESH_INPUTS) < 0.01


def test_a_base_of_one_entry_can_be_learned():
    examples = [Example(f"visa for {place}", "visa") for place in ("oslo", "rome", "lima", "bern")]
    examples += [Example(f"rain on {day}", NONE) for day in ("monday", "friday", "sunday")]
    assert len(train(examples).fresh) == FRESH_INPUTS + 1


def test_a_row_of_weight_three_counts_as_three_rows():
    # At x = 0, of four cases one is true; at x = 1, three of four.
    rows, truths = [[0.0], [0.0], [1.0], [1.0]], [True, False, True, False]
    weighted = calibration.fit(rows, truths, weights=[1, 3, 3, 1])
    repeated = calibration.fit(
        [[0.0]] * 4 + [[1.0]] * 4, [True, False, False, False, True, True, True, False]
    )
    assert weighted == pytest.approx(repeated)


def test_only_terms_that_few_phrasings_have_are_of_the_matter():
    index = MemoryIndex()
    index.add((f"e{n}", ["how", "get", f"w{n}"]) for n in range(60))
    index.add([("new", ["how", "get", "visa"])])
    found = NearestSearch(index).find(["how", "get", "visa"])
    assert 0 < found.matter["new"] < found.similarity["new"]
    only_frame = NearestSearch(index).find(["how", "get"])
    assert set(only_frame.matter.values()) == {0}
