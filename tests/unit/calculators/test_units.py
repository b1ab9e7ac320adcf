"""Units of data: exact integers, GB apart from GiB apart from Gb."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.errors import InvalidRequest
from calculators.units import (
    BITS_PER_UNIT,
    convert,
    format_bytes,
    format_number,
    format_params,
    parse_bytes,
    short_params,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("80GB", 80_000_000_000),
        ("80 GiB", 85_899_345_920),  # 80 × 2^30
        ("24564 MiB", 25_757_220_864),  # 24564 × 2^20, an RTX 4090 as its driver reports it
        ("1.3GB", 1_300_000_000),
        ("80Gb", 10_000_000_000),  # gigabits: an eighth
        ("80 gb", 80_000_000_000),
        ("32G", 32_000_000_000),
        ("1,343 MB", 1_343_000_000),
        ("4096", 4096),
        ("1e3 kB", 1_000_000),
    ],
)
def test_amounts_of_memory_are_read_exactly(text: str, expected: int) -> None:
    assert parse_bytes(text) == expected


@pytest.mark.parametrize("text", ["", "GB", "80 parsecs", "-1GB", "1e400GB", "8 0 GB", "9" * 100])
def test_what_is_no_amount_of_memory_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        parse_bytes(text)


def test_conversion_is_exact_where_the_result_is_whole() -> None:
    assert convert(80, "Gb", "GB") == 10
    assert convert(1, "GiB", "bytes") == 1_073_741_824
    assert convert(112, "GB", "GiB") == pytest.approx(104.3081283569336)  # 112e9 / 2^30


@given(st.integers(0, 10**15), st.sampled_from(sorted(BITS_PER_UNIT)))
def test_conversion_there_and_back(amount: int, unit: str) -> None:
    assert convert(convert(amount, "B", unit), unit, "B") == pytest.approx(amount)


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (112_000_000_000, "112 GB (104.3 GiB)"),
        (14_000_000_000, "14 GB (13.04 GiB)"),
        (25_300_000_000, "25.3 GB (23.56 GiB)"),
        (989_855_744, "989.9 MB (944 MiB)"),
        (1_040_000_000_000, "1,040 GB (968.6 GiB)"),
        (512, "512 bytes"),
    ],
)
def test_bytes_are_shown_in_gb_with_gib_beside(count: int, shown: str) -> None:
    assert format_bytes(count) == shown


def test_numbers_keep_their_significant_digits() -> None:
    assert format_number(32.051282) == "32.05"
    assert format_number(1536.0) == "1,536"
    assert format_number(100.0) == "100"
    assert format_number(0.5) == "0.5"


def test_parameter_counts_are_short_only_where_that_is_exact() -> None:
    assert format_params(7e9) == "7 B"
    assert format_params(6_738_415_616) == "6,738,415,616"
    assert short_params(6_738_415_616) == "6.74B"
    assert format_params(125e6) == "125 M"
