"""Numbers of a request as people spell them; a bad one is told the form that it may have meant."""

from __future__ import annotations

import pytest

from calculators import parse_request
from calculators.errors import InvalidRequest


@pytest.mark.parametrize(
    ("spelled", "count"),
    [
        ("7B", 7e9), ("7b", 7e9), ("7e9", 7e9), ("7 B", 7e9), ("0.5B", 5e8), ("4.1b", 4.1e9),
        ("350M", 3.5e8), ("1.5T", 1.5e12), ("7bn", 7e9), ("70亿", 7e9), ("1.3万亿", 1.3e12),
        ("7,000,000,000", 7e9), ("7000000000", 7e9),
    ],
)  # fmt: skip
def test_a_size_in_its_usual_spellings(spelled, count):
    assert parse_request({"calculator": "inference", "params": spelled}).params == count


@pytest.mark.parametrize(
    ("field", "spelled", "value"),
    [
        ("seq", "8k", 8192), ("seq", "2048", 2048), ("total_tokens", "1T", 10**12),
        ("total_tokens", "300k", 300_000), ("micro_batch", "4", 4),
        ("gpu_memory_bytes", "80GB", 80 * 10**9), ("gpu_memory_bytes", "24GiB", 24 * 2**30),
        ("memory_share", "0.9", 0.9),
    ],
)  # fmt: skip
def test_other_numbers_too(field, spelled, value):
    assert getattr(parse_request({"calculator": "inference", field: spelled}), field) == value


@pytest.mark.parametrize(
    ("field", "spelled", "form"),
    [("params", "7 bil", "7B"), ("params", "seven", "7B"), ("params", "13x", "13B"),
     ("seq", "32 thousand", "32k")],
)  # fmt: skip
def test_a_bad_number_is_told_the_nearest_form(field, spelled, form):
    with pytest.raises(InvalidRequest) as error:
        parse_request({"calculator": "inference", field: spelled})
    assert error.value.field == field
    assert f"such as {form}" in error.value.text.en
    assert form in error.value.text.zh


def test_a_fraction_of_a_card_is_refused():
    with pytest.raises(InvalidRequest):
        parse_request({"calculator": "inference", "gpu_count": "1.5"})
