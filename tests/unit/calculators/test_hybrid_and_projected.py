"""Hybrid sharding, pipelines that never fill, and GaLore's projected moments."""

from __future__ import annotations

import pytest

from calculators import calculate_json
from calculators.architecture import architecture_from_config
from calculators.errors import ContradictoryRequest
from calculators.memory.training import estimate_training
from calculators.requests import Request

SMALL = {
    "model_type": "llama", "hidden_size": 512, "intermediate_size": 1024, "num_hidden_layers": 8,
    "num_attention_heads": 8, "num_key_value_heads": 8, "vocab_size": 1024,
    "tie_word_embeddings": False,
}  # fmt: skip


def estimate(**fields):
    request = Request(calculator="training", config=SMALL, **fields)
    return estimate_training(request, architecture_from_config(SMALL))


def test_hybrid_sharding_holds_what_fsdp2_holds_on_one_group():
    # no accumulation: the shard that is all-reduced becomes the gradient itself
    group = estimate(sharding="fsdp2", dp=8)
    hybrid = estimate(sharding="hybrid", dp=32, shard_group=8)
    assert hybrid.memory.moments == group.memory.moments
    assert estimate(sharding="fsdp2", dp=32).states["weights"] < hybrid.states["weights"]


def test_with_accumulation_each_shard_waits_for_its_all_reduce_beside_the_gradient():
    fields = {"precision": "bf16", "grad_accumulation": 2, "micro_batch": 1, "seq": 64}
    group = estimate(sharding="fsdp2", dp=2, **fields)
    hybrid = estimate(sharding="hybrid", dp=4, shard_group=2, **fields)
    more = hybrid.memory.moments["backward"] - group.memory.moments["backward"]
    layer = 4 * 512 * 512 + 3 * 512 * 1024 + 2 * 512
    # half of each layer, 2 bytes a parameter; the peak of the other lies earlier, so not all 8
    assert 5 * layer / 2 * 2 < more <= 8 * layer / 2 * 2


def test_the_group_of_hybrid_sharding_is_a_node_when_left_open():
    fields = {"calculator": "training", "config": SMALL, "sharding": "hybrid"}
    answer = calculate_json({**fields, "gpu_count": 32})
    assert answer["request"]["shard_group"] == 8
    assert any(a["field"] == "shard_group" for a in answer["assumptions"])
    assert calculate_json({**fields, "gpu_count": 12})["request"]["shard_group"] == 6


def test_a_group_that_does_not_divide_the_ranks_is_refused():
    with pytest.raises(ContradictoryRequest) as error:
        estimate(sharding="hybrid", dp=12, shard_group=8)
    assert error.value.field == "shard_group"
    assert error.value.text.zh


def test_a_group_without_hybrid_sharding_has_no_effect_and_says_so():
    fields = {"calculator": "training", "config": SMALL, "sharding": "fsdp2", "gpu_count": 4}
    answer = calculate_json({**fields, "shard_group": 2})
    assert any("shard_group has no effect" in caveat for caveat in answer["caveats"])


def test_hybrid_sharding_sends_shards_within_the_group_and_gradients_between_groups():
    fields = {"calculator": "communication", "config": SMALL, "sharding": "hybrid"}
    answer = calculate_json({**fields, "gpu_count": 16, "precision": "mixed_bf16"})
    n = 2 * 1024 * 512 + 8 * (4 * 512 * 512 + 3 * 512 * 1024 + 2 * 512) + 512
    within = n * (2 * 2 + 4) * 7 / 8  # two gathers in 16 bits, one reduce-scatter in fp32
    between = 2 * (n / 8 * 4) * 1 / 2  # an all-reduce of the fp32 shard over two groups
    assert answer["value_bytes"] == pytest.approx(within + between, abs=2)


def test_a_pipeline_that_never_fills_has_gradients_only_when_fewer_are_in_flight():
    # two micro-batches on four stages: both are in flight when the first gradients come
    fields = {"precision": "bf16", "checkpointing": "none", "pp": 4, "seq": 512}
    two, many = (estimate(grad_accumulation=steps, **fields) for steps in (2, 8))
    assert two.memory.moments["backward"] < many.memory.moments["backward"]


def test_galore_keeps_two_moments_of_the_larger_side_and_a_projector_of_the_smaller():
    state = estimate(precision="fp32", optimizer="galore").states["optimizer"]
    square = 128 * (2 * 512 + 512)  # q, k, v and o: rank 128
    wide = 128 * (2 * 1024 + 512)  # gate, up and down: 512 × 1,024
    others = 2 * 1024 * 512 + (2 * 8 + 1) * 512  # embedding, head, norms: plain Adam
    assert state == (8 * (4 * square + 3 * wide) + 2 * others) * 4


def test_frozen_int8_weights_are_worked_out_with_the_rest_of_the_weights():
    # LLM.int8(): a byte a weight and an fp32 scale a row; embedding, head and norms in 16 bits
    fields = {"calculator": "training", "config": SMALL, "method": "lora", "weight_dtype": "int8"}
    answer = calculate_json(fields)
    matrices = 8 * (4 * 512 * 512 + 3 * 512 * 1024)
    rows = 8 * (4 * 512 + 2 * 1024 + 512)
    others = 2 * 1024 * 512 + (2 * 8 + 1) * 512
    adapters = 8 * 2 * 16 * (512 + 512)  # q and v, rank 16, fp32
    frozen = matrices + 4 * rows + 2 * others
    assert answer["details"]["states"]["weights"] == frozen
    assert answer["details"]["states"]["adapters"] == 4 * adapters
    assert len([step for step in answer["working"] if step["symbolic"].startswith("M_w =")]) == 1


@pytest.mark.parametrize("cp", [2, 3, 7])
def test_the_longest_context_divides_over_the_cards_that_share_it(cp):
    fields = {"model": "llama-3-8b", "mode": "train", "gpu": "a100-80gb", "gpu_count": cp, "cp": cp}
    longest = calculate_json({"calculator": "max_context", **fields})
    assert longest["value"] > 0
    assert longest["value"] % cp == 0
    assert "error" not in calculate_json({**longest["request"], "calculator": "training"})
