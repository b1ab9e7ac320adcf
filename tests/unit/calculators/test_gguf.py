"""GGUF file types against llama.cpp's own table of bits per weight.

Source: llama.cpp, examples/quantize/README.md (Llama 2; two decimals). The 70B row of Q4_K_S is
older than the rule that gives its values Q5_K.
"""

from __future__ import annotations

import pytest

from calculators import Request, calculate
from calculators.gguf import FILE_TYPES, gguf_bits_per_weight
from calculators.registry import find_format, find_model

TABLE = {
    "llama-2-7b": (3.50, 3.91, 4.27, 4.58, 4.84, 5.52, 5.68, 6.56),
    "llama-2-13b": (3.48, 3.89, 4.26, 4.56, 4.83, 5.51, 5.67, 6.56),
    "llama-2-70b": (3.47, 3.85, 4.19, 4.55, 4.80, 5.50, 5.65, 6.56),
}
COLUMNS = ("q3_k_s", "q3_k_m", "q3_k_l", "q4_k_s", "q4_k_m", "q5_k_s", "q5_k_m", "q6_k")


@pytest.mark.parametrize("name", TABLE)
def test_the_published_table_comes_out(name: str) -> None:
    model = find_model(name).architecture
    for column, bits in zip(COLUMNS, TABLE[name], strict=True):
        assert gguf_bits_per_weight(model, column) == pytest.approx(bits, abs=0.011), column


def test_a_tied_embedding_is_stored_as_the_head() -> None:
    # Qwen2.5-0.5B: 896 is no multiple of 256, so its Q6_K rows fall back to Q8_0.
    model = find_model("qwen2.5-0.5b").architecture
    assert gguf_bits_per_weight(model, "q4_k_m") > 5.5


def test_mixed_formats_of_the_registry_have_rules_near_their_mean() -> None:
    model = find_model("llama-3.1-8b").architecture
    for name in FILE_TYPES:
        number = find_format(name)
        if number.kind == "mix":
            bits = gguf_bits_per_weight(model, name)
            assert bits == pytest.approx(number.bits_per_weight, rel=0.1), name


LLAMA_3_1_8B = {
    "iq1_s": 2.0042, "iq1_m": 2.1460, "iq2_xxs": 2.3824, "iq2_xs": 2.5882, "iq2_s": 2.7403,
    "iq2_m": 2.9294, "iq3_xxs": 3.2548, "iq3_xs": 3.4977, "iq3_s": 3.6606, "iq3_m": 3.7628,
    "iq4_xs": 4.4597, "iq4_nl": 4.6818, "q2_k_s": 2.9697, "q2_k": 3.1593, "q4_k_m": 4.8944,
    "q8_0": 8.5008,
}  # fmt: skip
"""llama.cpp, tools/quantize/README.md, four decimals."""


@pytest.mark.parametrize("file_type", LLAMA_3_1_8B)
def test_the_table_of_llama_3_1_comes_out_to_the_last_decimal(file_type: str) -> None:
    model = find_model("llama-3.1-8b").architecture
    bits = gguf_bits_per_weight(model, file_type)
    assert bits == pytest.approx(LLAMA_3_1_8B[file_type], abs=5e-5)


def test_a_q2_k_file_mixes_finer_blocks_in() -> None:
    # Meta-Llama-3.1-70B-Instruct-Q2_K.gguf: 26.38 GB, some 8 MB of it the tokenizer
    seventy = calculate(Request(calculator="file_size", model="llama-3.1-70b", weight_dtype="q2_k"))
    assert seventy.value_bytes == pytest.approx(26.38e9, rel=1e-3)
    # 70 B of weights by the rule of thumb: the mean of the README, 3.16 bits; 70 × 3.16 / 8 GB
    rule = calculate(Request(calculator="inference", params=70e9, weight_dtype="q2_k"))
    assert rule.rule_of_thumb is not None
    assert rule.rule_of_thumb.value == pytest.approx(27.65)
