"""FSDP2 in a pipeline: a stage keeps its gathered weights and its whole gradients.

torch/distributed/pipelining/stage.py: no micro-batch's backward pass reshards or reduces; the
stage does so once, after its last one.
"""

from __future__ import annotations

import pytest

from calculators.memory.training import estimate_training
from calculators.registry import find_model
from calculators.requests import Request

LAYER = 202_383_360
"""LLaMA-7B: 4 × 4,096² + 3 × 4,096 × 11,008 + 2 × 4,096."""
STAGE = 16 * LAYER + 32_000 * 4_096
"""The first of two stages, with the embedding; the last one's head is as large."""


def parts(**fields):
    request = Request(
        calculator="training",
        model="llama-7b",
        **{"sharding": "fsdp2", "dp": 4, "pp": 2, "grad_accumulation": 4} | fields,
    )
    found = estimate_training(request, find_model("llama-7b").architecture)
    return found, {part.id: part.bytes for part in found.components}


def test_a_stage_keeps_its_weights_in_16_bits_and_its_gradients_in_fp32():
    _, found = parts()
    assert found["gathered"] == pytest.approx(2 * STAGE, rel=1e-3)
    assert found["gradients"] == pytest.approx(4 * STAGE, rel=1e-3)


def test_in_fp32_gradients_add_up_in_place():
    _, found = parts(precision="fp32")
    assert found["gathered"] == pytest.approx(4 * STAGE, rel=1e-3)
    assert found["gradients"] == pytest.approx(4 * STAGE, rel=1e-3)


def test_more_ranks_divide_the_states_alone():
    few, many = parts()[0], parts(dp=8)[0]
    # 12 bytes of fp32 shards and moments: a quarter of them, then an eighth
    saved = few.memory.peak_allocated_bytes - many.memory.peak_allocated_bytes
    assert saved == pytest.approx(12 * STAGE / 8, rel=0.01)


def test_zero_1_needs_less_beside_a_pipeline():
    assert parts(sharding="zero1")[0].memory.total_bytes < parts()[0].memory.total_bytes


@pytest.mark.parametrize("field", ["grad_accumulation", "micro_batch", "seq"])
def test_more_of_a_batch_never_needs_less(field):
    sizes = {"grad_accumulation": (1, 2, 4, 8), "micro_batch": (1, 2, 4), "seq": (512, 1024, 4096)}
    needs = [parts(**{field: size})[0].memory.total_bytes for size in sizes[field]]
    assert needs == sorted(needs)


def test_the_answer_says_so():
    found, _ = parts()
    assert any("whole, undivided gradients" in text.en for text in found.caveats)


@pytest.mark.parametrize("dp", [8, 16, 32])
def test_gradients_that_are_not_divided_yet_are_not_padded(dp):
    # Mixtral 8x7B: 46.70e9 parameters, half the layers and one end, half of that for tp 2; bf16.
    # 16 ranks cannot share 8 experts out by rows, but torch pads the reduce-scatter's input alone.
    request = Request(
        calculator="training", model="mixtral-8x7b", precision="bf16", sharding="fsdp2",
        tp=2, pp=2, dp=dp, grad_accumulation=4,
    )  # fmt: skip
    found = estimate_training(request, find_model("mixtral-8x7b").architecture)
    gradients = next(part.bytes for part in found.components if part.id == "gradients")
    assert gradients == pytest.approx(46.70e9 / 2 / 2 * 2, rel=0.01)
