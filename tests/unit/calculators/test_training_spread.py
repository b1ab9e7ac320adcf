"""Steps over several cards: what copies, buckets and chunks of layers hold beside the states."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import calculate_json
from calculators.architecture import architecture_from_config
from calculators.memory.training import estimate_training
from calculators.requests import Request

LLAMA = {
    "model_type": "llama",
    "hidden_size": 1024,
    "intermediate_size": 2816,
    "num_hidden_layers": 8,
    "num_attention_heads": 16,
    "vocab_size": 8192,
}
PARAMETERS = 2 * 8192 * 1024 + 8 * (4 * 1024**2 + 3 * 1024 * 2816 + 2 * 1024) + 1024


def step(**options: Any) -> Any:
    fields = {"precision": "bf16", "seq": 512, "checkpointing": "none", "sharding": "none"}
    request = Request(calculator="training", config=LLAMA, **{**fields, **options})
    return estimate_training(request, architecture_from_config(LLAMA))


def names(answer: Any) -> str:
    return "; ".join(convention.text.en for convention in answer.conventions)


def test_copies_hold_every_gradient_at_all_times():
    alone, copied = step(dp=1).memory.moments, step(dp=8).memory.moments
    assert copied["loss"] - alone["loss"] == 2 * PARAMETERS


def test_copies_that_accumulate_hold_them_beside_the_buckets_too():
    once, twice = step(dp=8), step(dp=8, grad_accumulation=4)
    assert twice.memory.moments["loss"] - once.memory.moments["loss"] == 2 * PARAMETERS


def test_the_default_of_copies_stands_beside():
    assert "DistributedDataParallel's defaults" in names(step(dp=8))
    assert "DistributedDataParallel" not in names(step(dp=1))


@pytest.mark.parametrize("sharding", ["zero1", "zero2"])
def test_deepspeed_steps_with_a_flat_and_an_fp32_copy_of_its_own_gradients(sharding):
    # two cards: 2 bytes of weights, 12 / 2 of master weights and moments; then half of the
    # gradients in 16 bits, laid out flat, and in fp32; and a bucket of 1,024² elements
    answer = step(sharding=sharding, dp=2, precision="mixed_bf16", grad_dtype="bf16", seq=8)
    states = (2 + 12 / 2) * PARAMETERS
    copies = (2 + 2 + 4) / 2 * PARAMETERS + 2 * 1024**2
    assert answer.memory.moments["optimizer_step"] == pytest.approx(states + copies, rel=1e-3)


def test_fsdp2_without_resharding_stands_beside_zero_2():
    assert "SHARD_GRAD_OP" in names(step(sharding="zero2", dp=4, precision="mixed_bf16"))
    assert "SHARD_GRAD_OP" not in names(step(sharding="zero1", dp=4, precision="mixed_bf16"))


def test_a_stage_of_two_chunks_keeps_half_a_micro_batch_more_for_each_round():
    # arXiv 2104.04473, figure 4, two stages: the first one begins 2 + 2 + 1 chunks of 2 layers
    # before its first backward pass, the one without chunks 2 of 4 layers
    options = {"pp": 2, "grad_accumulation": 8, "seq": 2048}
    plain, chunked = step(**options), step(**options, virtual_pp=2)
    saved = chunked.memory.moments["loss"] - plain.memory.moments["loss"]
    longer = step(**{**options, "seq": 4096}), step(**{**options, "seq": 4096}, virtual_pp=2)
    assert saved > 0
    assert longer[1].memory.moments["loss"] - longer[0].memory.moments["loss"] == pytest.approx(
        2 * saved, rel=0.02
    )


def test_a_ring_gathers_keys_and_values_and_merges_in_fp32():
    # the same tokens on a card; 512 of them of 4,096 bytes in queries, keys and values each:
    # the ring adds a saved copy of the output to each layer, 512 · 1,024 · 2 bytes
    alone = step(seq=512).memory.moments["loss"]
    ring = step(seq=2048, cp=4).memory.moments["loss"]
    assert ring - alone >= 8 * 512 * 1024 * 2


def test_older_losses_and_logits_stand_beside_where_they_matter():
    large = {**LLAMA, "vocab_size": 128256}
    training = calculate_json(
        {"calculator": "training", "config": large, "seq": 4096, "sharding": "none"}
    )
    inference = calculate_json(
        {
            "calculator": "inference", "config": large, "seq": 8192, "code": "transformers",
            "micro_batch": 4,
        }
    )  # fmt: skip
    assert "transformers 4's loss" in str(training["conventions"])
    assert "transformers before 4.45" in str(inference["conventions"])


def test_an_error_is_quoted_for_the_way_that_was_replayed_and_for_no_other():
    replayed = {"sharding": "zero2", "dp": 8, "precision": "mixed_bf16", "grad_dtype": "bf16"}
    assert step(dp=8).measured.cases >= 5
    assert step(**replayed).measured.cases >= 5
    assert step(**{**replayed, "grad_dtype": "fp32"}).measured.cases >= 5
    assert step(**replayed, offload="optimizer").measured.cases >= 5
    assert step(tp=2, pp=2, grad_accumulation=4).measured.cases >= 5
    assert step(**{**replayed, "sharding": "zero1", "grad_dtype": "fp32"}).measured.cases == 0
    assert step(dp=8, precision="mixed_bf16").measured.cases == 0
    assert step(cp=2, pp=2, grad_accumulation=4).measured.cases == 0


def test_torchaos_fp8_stands_beside_transformer_engines():
    assert "torchao's dynamic fp8" in names(step(precision="fp8"))


def test_zero_3_is_deepspeeds_which_keeps_a_part_of_the_gradients_and_what_it_gathered():
    # eight cards: 2 bytes of weights, 4 of gradients and 12 of master weights and moments; in
    # the step 4 more; and a bucket of 1,024² elements of 2 bytes
    found = step(precision="mixed_bf16", sharding="zero3", dp=8, seq=8)
    expected = (18 + 4) / 8 * PARAMETERS + 2 * 1024**2
    assert found.memory.moments["optimizer_step"] == pytest.approx(expected, rel=1e-3)
    # all parameters stay gathered, as there are fewer than 10⁹
    assert found.memory.moments["loss"] > 18 / 8 * PARAMETERS + 2 * PARAMETERS
    assert "by FSDP2" in names(found)


def test_zero_3_with_16_bit_gradients_lays_them_out_flat_and_then_in_fp32():
    # 2 + 2 + 12 bytes, and 2 + 4 more in the step
    found = step(precision="mixed_bf16", grad_dtype="bf16", sharding="zero3", dp=8, seq=8)
    expected = (16 + 6) / 8 * PARAMETERS + 2 * 1024**2
    assert found.memory.moments["optimizer_step"] == pytest.approx(expected, rel=1e-3)


def test_under_fsdp2_a_layer_is_gathered_at_a_time():
    found = step(precision="mixed_bf16", sharding="fsdp2", dp=8, seq=8)
    assert "by FSDP2" not in names(found)
