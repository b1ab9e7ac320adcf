"""Bits that a weight takes in each format. Sources stand in the records."""

from __future__ import annotations

import pytest

from calculators.registry import find_format, formats


@pytest.mark.parametrize(
    ("name", "bits"),
    [
        ("fp32", 32),
        ("bf16", 16),
        ("fp8", 8),
        ("int8", 8),
        ("int4", 4),
        ("int4-g128", 4 + (16 + 4) / 128),  # fp16 scale and 4-bit zero point for 128 weights
        ("nf4", 4 + 32 / 64),  # an fp32 constant for 64 weights
        ("nf4-dq", 4 + 8 / 64 + 32 / (64 * 256)),  # arXiv 2305.14314: 0.127 bits of constants
        ("mxfp4", 4.25),
        ("nvfp4", 4.5),
        ("q4_0", 4.5),  # 18 bytes for 32 weights
        ("q8_0", 8.5),  # 34 bytes for 32
        ("q4_k", 4.5),  # 144 bytes for 256
        ("q6_k", 6.5625),  # 210 bytes for 256
        ("q2_k", 2.625),
        ("iq2_xxs", 2.0625),
    ],
)
def test_true_bits_per_weight(name: str, bits: float) -> None:
    assert find_format(name).bits_per_weight == pytest.approx(bits, abs=1e-12)


def test_tf32_has_19_bits_of_significance_and_takes_32() -> None:
    tf32 = find_format("tf32")
    assert (tf32.sign_bits, tf32.exponent_bits, tf32.mantissa_bits) == (1, 8, 10)
    assert tf32.significant_bits == 19
    assert tf32.bits_per_weight == 32


def test_plain_floats_add_up() -> None:
    for number in formats():
        if number.kind == "float" and number.id != "tf32":
            assert number.significant_bits == number.bits


def test_what_stays_in_16_bits() -> None:
    assert not find_format("int4-g128").quantises_embeddings
    assert not find_format("nf4").quantises_embeddings
    assert find_format("q4_k_m").quantises_embeddings
    assert find_format("mxfp4").scope == "experts"


def test_every_format_is_named_in_both_languages() -> None:
    for number in formats():
        assert number.title.en
        assert number.title.zh
