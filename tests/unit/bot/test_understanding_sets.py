"""The question sets: written by hand, with the calculator and the inputs that the words give.

The ``dev`` sets were read while the grammar grew. The ``blind`` sets were each written in one go
and scored before anybody looked at what was missed: 87 % of the first, 95 % of the second and 92 %
of the third were read right then. Their misses have been worked on since, so all must hold today.
``field`` are eight sets of 40 to 190 in many wordings across all calculators, written likewise.
"""

from __future__ import annotations

import pytest
from understanding_score import score

from calculators.validation import parse_request

SETS = (
    "understanding_dev",
    "understanding_dev_more",
    "understanding_dev_third",
    "understanding_blind_first",
    "understanding_blind_second",
    "understanding_blind_third",
    "understanding_field",
)


@pytest.mark.parametrize("name", SETS)
def test_sets_are_read_right(name: str) -> None:
    wrong = [(o.row["text"], o.differences) for o in score(name) if not o.right]
    assert wrong == []


@pytest.mark.parametrize("name", SETS)
def test_every_request_is_one_that_the_calculators_take(name: str) -> None:
    for outcome in score(name):
        found = outcome.understood
        if found.calculator is not None and not found.problems:
            assert parse_request(found.request).calculator == found.calculator
