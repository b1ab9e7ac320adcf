"""Scores of a stored softmax are the sums of weight times value, as if added one by one."""

from array import array

import pytest

from knowledge.matching.packed import ByteRows, StoredSoftmax

# Three features of two classes; one step of a weight is worth 0.5.
ROWS = ByteRows(memoryview(array("b", [127, -128, 0, 1, -3, 64])), 2)
MODEL = StoredSoftmax(("a", "b"), ROWS, [2.0, -4.0], 0.5)


@pytest.mark.parametrize(
    ("vector", "expected"),
    [
        ([], [1.0, -2.0]),
        # (2 + 127) / 2 and (-4 - 128) / 2
        ([(0, 1.0)], [64.5, -66.0]),
        # (2 + 0.6 * 0 - 0.8 * 3) / 2 and (-4 + 0.6 * 1 + 0.8 * 64) / 2
        ([(1, 0.6), (2, 0.8)], [-0.2, 23.9]),
    ],
)
def test_scores_are_the_weighted_sums(vector, expected):
    assert MODEL.scores(vector) == pytest.approx(expected, abs=1e-9)


def test_a_long_message_does_not_overflow_a_lane():
    # 40,000 features of the unit vector that weighs them alike, 1/200 each: 200 times the weight.
    vector = [(0, 1 / 200)] * 40_000
    assert MODEL.scores(vector) == pytest.approx([(2 + 25_400) / 2, (-4 - 25_600) / 2], rel=1e-9)


def test_rows_are_read_as_signed_bytes():
    assert [list(row) for row in ROWS] == [[127, -128], [0, 1], [-3, 64]]
    assert len(ROWS) == 3
