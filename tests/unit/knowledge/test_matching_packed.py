"""Scores of a stored view are the sums of weight times value, as if added one by one."""

import math
from array import array

import pytest

from knowledge.matching.packed import MOST_FEATURES, ByteRows, StoredView
from knowledge.matching.softmax import Softmax, Vocabulary
from knowledge.matching.views import View

# Three features of two classes; one step of a weight is worth 0.5.
ROWS = ByteRows(memoryview(array("b", [127, -128, 0, 1, -3, 64])), 2)
WORDS = Vocabulary({"a": 0, "b": 1, "c": 2}, [4.0, 3.0, 4.0])
VIEW = StoredView("words", WORDS, Softmax(("x", "y"), ROWS, [2.0, -4.0], 0.5), ROWS)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([], [1.0, -2.0]),
        (["unknown"], [1.0, -2.0]),
        # (2 + 127) / 2 and (-4 - 128) / 2
        (["a"], [64.5, -66.0]),
        (["a", "a", "a"], [64.5, -66.0]),
        # Of length 5, so 0.6 and 0.8: (2 + 0.6 * 0 - 0.8 * 3) / 2 and (-4 + 0.6 + 0.8 * 64) / 2
        (["c", "unknown", "b"], [-0.2, 23.9]),
    ],
)
def test_scores_are_the_weighted_sums(document, expected):
    assert VIEW.scores(document) == pytest.approx(expected, abs=1e-9)


def test_a_feature_that_occurs_again_weighs_more_by_the_logarithm():
    # Of "b" twice and "c": 3 (1 + ln 2) = 5.0794 and 4 over the length 6.4653.
    b, c = 3 * (1 + math.log(2)), 4.0
    length = math.hypot(b, c)
    expected = [(2 - 3 * c / length) / 2, (-4 + b / length + 64 * c / length) / 2]
    assert VIEW.scores(["b", "c", "b"]) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("features", [MOST_FEATURES, MOST_FEATURES + 1])
def test_a_long_message_does_not_overflow_a_lane(features):
    # As many features as there may be of the greatest frequency, all with the largest weights, and
    # one more: alike in a unit vector, so 1/sqrt(n) each, the score sqrt(n) times the weight.
    rows = ByteRows(memoryview(array("b", [127, -128] * features)), 2)
    names = [str(number) for number in range(features)]
    words = Vocabulary(dict(zip(names, range(features), strict=True)), [15.999] * features)
    learned = Softmax(("x", "y"), rows, [0.0, 0.0])
    root = math.sqrt(features)
    found = StoredView("words", words, learned, rows).scores(names)
    assert found == pytest.approx([127 * root, -128 * root], rel=1e-9)
    assert View("words", words, learned).scores(names) == pytest.approx(found, rel=1e-9)


def test_rows_are_read_as_signed_bytes():
    assert [list(row) for row in ROWS] == [[127, -128], [0, 1], [-3, 64]]
    assert len(ROWS) == 3
