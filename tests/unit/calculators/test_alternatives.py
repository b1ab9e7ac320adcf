"""What would work instead: the order of the changes, what they cost, what the host must hold."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, Request, calculate


def ask(**fields: Any) -> Calculation:
    return calculate(Request(**fields))


def test_methods_and_offloading_come_before_many_more_cards() -> None:
    answer = ask(calculator="fit", params=65e9, mode="train", gpu="V100 32GB", gpu_count=4)
    assert answer.verdict == "no"
    kinds = [next(iter(option.changes)) for option in answer.alternatives]
    assert kinds.index("offload") < kinds.index("gpu_count")
    assert kinds.index("method") < kinds.index("gpu_count")


def test_a_cost_is_relative_to_what_was_asked() -> None:
    # 53 in place of 4 equal cards: 53 / 4; QLoRA on the same cards takes 1.4 times as long
    answer = ask(calculator="fit", params=65e9, mode="train", gpu="V100 32GB", gpu_count=4)
    for option in answer.alternatives:
        if set(option.changes) == {"gpu_count"}:
            assert option.relative_cost == pytest.approx(option.changes["gpu_count"] / 4, abs=1e-3)
        if option.changes == {"method": "qlora"}:
            assert option.relative_cost == 1.4


def test_in_a_plan_the_cheapest_way_costs_one() -> None:
    answer = ask(calculator="plan", params=13e9, mode="train")
    assert answer.alternatives[0].relative_cost == 1
    assert all((option.relative_cost or 0) >= 1 for option in answer.alternatives)


def test_offloading_says_what_the_host_must_hold() -> None:
    # LLaMA-7B, all offloaded: weights 2, gradients 4, master 4 and moments 8 bytes a parameter
    states = 18 * 6_738_415_616
    answer = ask(calculator="fit", model="llama-7b", mode="train", gpu="RTX 4090", gpu_count=2,
                 offload="parameters", sharding="zero3")  # fmt: skip
    host = [c for c in answer.conventions if "host memory" in c.text.en]
    assert [c.value for c in host] == [pytest.approx(states / 1e9, rel=1e-3)]
    assert "121.3 GB (113 GiB) of host memory in all" in answer.headline.en
    assert "主机内存" in answer.headline.zh
    whole = ask(calculator="fit", params=65e9, mode="train", gpu="V100 32GB", gpu_count=4)
    offloaded = next(o for o in whole.alternatives if "offload" in o.changes)
    assert "of host memory in all" in offloaded.text.en
    assert "主机内存" in offloaded.text.zh


def test_what_cannot_run_is_not_said_to_fit_otherwise() -> None:
    # 18 bytes × 13 B parameters are far beyond a V100's 32 GB, in fp16 as in bf16
    answer = ask(calculator="fit", model="llama-2-13b", mode="train", gpu="V100 32GB",
                 precision="mixed_bf16")  # fmt: skip
    assert answer.verdict == "no"
    assert "no bf16" in answer.headline.en
    assert "Nor does it fit" in answer.headline.en
    assert "放不下" in answer.headline.zh
    small = ask(calculator="fit", model="llama-2-7b", mode="infer", gpu="V100 32GB",
                weight_dtype="bf16")  # fmt: skip
    assert "Nor does it fit" not in small.headline.en
    assert small.alternatives[0].changes == {"weight_dtype": "fp16"}
