"""Layouts that no machine runs are refused; those that padding makes run carry a caveat."""

from __future__ import annotations

import pytest

from calculators import calculate, calculate_json
from calculators.architecture import architecture_from_config
from calculators.errors import ContradictoryRequest
from calculators.memory.training import estimate_training
from calculators.registry import find_model
from calculators.requests import Request

ODD_WIDTH = {
    "model_type": "llama", "hidden_size": 64, "intermediate_size": 100, "num_hidden_layers": 2,
    "num_attention_heads": 8, "vocab_size": 128,
}  # fmt: skip


def estimate(name, **fields):
    request = Request(calculator="training", model=name, **fields)
    return estimate_training(request, find_model(name).architecture)


@pytest.mark.parametrize(
    ("name", "fields", "named"),
    [
        ("llama-7b", {"pp": 8, "virtual_pp": 8}, "virtual_pp"),  # 64 stages for 32 layers
        ("qwen2.5-7b", {"tp": 7}, "tp"),  # 28 heads divide by 7; 4 KV heads neither way
        ("llama-7b", {"cp": 3, "seq": 4096}, "cp"),
    ],
)
def test_layouts_that_do_not_divide_are_refused(name, fields, named):
    with pytest.raises(ContradictoryRequest) as error:
        estimate(name, **fields)
    assert error.value.field == named
    assert error.value.text.zh


def test_tensor_parallel_divides_the_feed_forward_width():
    request = Request(calculator="training", config=ODD_WIDTH, tp=8)
    with pytest.raises(ContradictoryRequest) as error:
        estimate_training(request, architecture_from_config(ODD_WIDTH))
    assert "width of 100" in error.value.text.en


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("llama-7b", {"pp": 8, "virtual_pp": 4}),  # 32 stages of one layer
        ("qwen2.5-7b", {"tp": 4}),
        ("qwen2.5-3b", {"tp": 4}),  # 2 KV heads, each on two cards
        ("llama-7b", {"cp": 4, "seq": 4096}),
    ],
)
def test_layouts_that_divide_are_counted(name, fields):
    assert estimate(name, **fields).memory.total_bytes > 0


def test_a_vocabulary_that_is_padded_carries_a_caveat():
    caveats = estimate("gpt2", tp=2).caveats  # 50,257 is odd
    assert any("50,257" in caveat.en and "50,257" in caveat.zh for caveat in caveats)


WIDE_HEADS = {**ODD_WIDTH, "intermediate_size": 128, "head_dim": 512}


@pytest.mark.parametrize(
    "fields", [{"model": "llama-7b", "precision": "fp32"}, {"config": WIDE_HEADS}]
)
def test_flash_attention_takes_sixteen_bits_and_heads_of_256_at_most(fields):
    asked = {"attention": "flash", "gpu": "a100-80gb", "mode": "train", **fields}
    answer = calculate_json({"calculator": "training", **asked})
    assert "flash" in str(answer["error"])
    assert calculate_json({"calculator": "fit", **asked})["verdict"] == "no"


def test_flash_attention_runs_under_autocast():
    asked = {"model": "llama-7b", "precision": "amp_bf16", "attention": "flash"}
    assert "error" not in calculate_json({"calculator": "training", **asked})


@pytest.mark.parametrize("precision", ["fp32", "bf16", "amp_fp16", "mixed_bf16"])
@pytest.mark.parametrize("method", ["full", "lora"])
@pytest.mark.parametrize("grad_accumulation", [1, 4])
def test_a_higher_zero_stage_or_more_ranks_never_need_more(precision, method, grad_accumulation):
    fields = {"precision": precision, "method": method, "grad_accumulation": grad_accumulation}
    for name in ("qwen3-0.6b", "llama-7b"):
        before = None
        for sharding in ("zero1", "zero2", "zero3"):
            peaks = [
                estimate(name, sharding=sharding, dp=dp, **fields).memory.peak_allocated_bytes
                for dp in (2, 4, 8, 64)
            ]
            assert peaks == sorted(peaks, reverse=True)
            lower = before is None or all(a <= b for a, b in zip(peaks, before, strict=True))
            # what DeepSpeed keeps gathered under ZeRO-3 is all of a model of fewer than 10⁹
            assert lower or (name, sharding, precision) == ("qwen3-0.6b", "zero3", "mixed_bf16")
            before = peaks


def test_zero_3_of_a_small_model_says_that_it_gains_little():
    few = estimate("qwen3-0.6b", sharding="zero3", dp=8, precision="mixed_bf16")
    assert any("up to 10⁹ parameters stay gathered" in caveat.en for caveat in few.caveats)


def test_experts_that_are_fewer_than_the_cards_are_padded_and_said_so():
    # eight experts to a layer: on 64 cards FSDP2 pads each fused tensor to 64 of them
    few, many = (estimate("mixtral-8x7b", sharding="fsdp2", dp=dp) for dp in (8, 64))
    assert many.memory.peak_allocated_bytes > few.memory.peak_allocated_bytes
    assert not any("fused experts" in caveat.en for caveat in few.caveats)
    assert any("8 fused experts" in caveat.en for caveat in many.caveats)


def test_the_working_of_experts_over_fewer_ranks_gives_what_is_counted() -> None:
    # Mixtral over tp 2, pp 4, ep 4: a card holds 32/4 layers × 8/4 experts × 3 × 4,096 × 14,336/2
    # numbers of experts, which 8/4 = 2 ranks share, and the rest over all 8
    answer = calculate(
        Request(calculator="training", model="mixtral-8x7b", tp=2, pp=4, ep=4, dp=8,
                sharding="zero1", code="fused", seq=4096)
    )  # fmt: skip
    experts = 8 * 2 * 3 * 4096 * 14336 // 2
    states = answer.details["states"]
    others = states["weights"] // 2 - experts
    assert states["master"] == 4 * experts // 2 + 4 * others // 8
    master = next(step for step in answer.working if step.formula == "training_master")
    assert master.result.startswith(f"{states['master'] / 1e9:.4g} GB")
    assert "2 of 8 ranks" in master.title.en
    assert "平均值" in master.title.zh
