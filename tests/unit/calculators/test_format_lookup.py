"""How many bits a number has: the number itself first, what it takes with its scales beside it."""

from __future__ import annotations

import pytest

from calculators import Request, calculate


@pytest.mark.parametrize(
    ("name", "bits", "stored"),
    [
        # a 4-bit number; an fp32 constant for 64 weights is 32 / 64 = 0.5 bits more
        ("fp4", 4, 4.5),
        ("nf4", 4, 4.5),
        # 8-bit constants for 64, an fp32 one for 256 of those: 8/64 + 32/(64 · 256) = 0.127
        ("nf4-dq", 4, 4.127),
        # fp16 scale and 4-bit zero point for 128 weights: 20 / 128 = 0.156
        ("int4-g128", 4, 4.156),
        ("int4", 4, 4),
        ("tf32", 19, 32),
        ("bf16", 16, 16),
        ("q8_0", 8.5, 8.5),  # GGUF: 34 bytes for 32 weights
    ],
)
def test_bits_of_a_number_and_with_its_scales(name: str, bits: float, stored: float) -> None:
    answer = calculate(Request(calculator="dtype_bits", weight_dtype=name))
    assert (answer.value, answer.unit) == (bits, "bits")
    assert answer.details["stored_bits"] == pytest.approx(stored, abs=1e-3)


def test_both_figures_stand_in_the_headline() -> None:
    answer = calculate(Request(calculator="dtype_bits", weight_dtype="nf4"))
    assert "4 bits" in answer.headline.en
    assert "4.5 with the scales" in answer.headline.en
    assert "4 位" in answer.headline.zh
    assert "4.5 位" in answer.headline.zh


def test_sign_exponent_and_mantissa_stand_in_the_headline() -> None:
    # bfloat16 (arXiv 1905.12322): 1 + 8 + 7
    answer = calculate(Request(calculator="dtype_bits", weight_dtype="bf16"))
    assert "1 sign, 8 exponent, 7 mantissa" in answer.headline.en
    assert "符号 1，指数 8，尾数 7" in answer.headline.zh


def test_the_faq_has_no_rule_for_formats_of_packed_groups() -> None:
    plain = calculate(Request(calculator="dtype_bits", weight_dtype="int8"))
    assert plain.rule_of_thumb is not None
    for name in ("q6_k", "mxfp4", "nf4"):
        packed = calculate(Request(calculator="dtype_bits", weight_dtype=name))
        assert packed.rule_of_thumb is None
        assert packed.lead == "estimate"
