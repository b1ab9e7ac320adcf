"""A format by a stated mean of bits a weight."""

import pytest

from calculators import Request, calculate, find_format
from calculators.errors import UnknownName


def test_the_mean_is_taken_for_the_layers_matrices_and_16_bits_for_the_rest():
    """Llama-2-7B: 6,476,005,376 weights in the layers' matrices (32 × 202,375,168), 262,410,240
    in embeddings, head and norms: 6,476,005,376 × 4.5 / 8 + 262,410,240 × 2 = 4,167,573,504."""
    made = calculate(Request(calculator="inference", model="llama-2-7b", weight_dtype="4.5bpw"))
    weights = next(part for part in made.breakdown if part.id == "weights")
    assert weights.bytes == 4_167_573_504


def test_the_rule_multiplies_what_was_stated():
    """70e9 × 4.25 / 8 bytes."""
    made = calculate(Request(calculator="inference", params=70e9, weight_dtype="4.25bpw"))
    assert made.value_bytes == 37_187_500_000


@pytest.mark.parametrize(
    ("name", "expected_bytes"), [("q8_0", 7_437_500_000), ("int4-g128", 3_500_000_000)]
)
def test_the_rule_counts_a_gguf_block_whole_and_leaves_out_the_scales_of_the_others(
    name, expected_bytes
):
    """A q8_0 block holds 32 weights in 34 bytes (ggml-common.h): 7e9 × 34 / 32; 4 bits: 7e9 / 2."""
    made = calculate(Request(calculator="file_size", params=7e9, weight_dtype=name))
    assert made.value_bytes == expected_bytes


@pytest.mark.parametrize("name", ["0.5bpw", "17bpw", "bpw", "4.5555bpw", "-4bpw"])
def test_other_widths_are_unknown(name):
    with pytest.raises(UnknownName):
        find_format(name)


def test_a_cache_is_not_kept_in_a_mean():
    with pytest.raises(Exception, match="kv_dtype cannot be"):
        calculate(Request(calculator="kv_cache", model="llama-2-7b", kv_dtype="4.5bpw"))
