"""Checkpoints to resume from, the FLOPs of a run, and what GPU-hours buy; by hand."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, Request, calculate
from calculators.errors import MissingValue

N = 6_738_415_616
UNTIED = 32000 * 4096
TOKEN = 6 * (N - UNTIED) + 12 * 32 * 4096 * 2048


def ask(**fields: Any) -> Calculation:
    return calculate(Request(**fields))


def test_a_checkpoint_of_a_bare_size_is_14n() -> None:
    # 2 bytes of weights, 4 of master copy, 8 of moments: 14 × 7 GB
    answer = ask(calculator="file_size", params=7e9, optimizer="adamw")
    assert (answer.value, answer.unit, answer.lead) == (98, "GB", "rule")
    assert answer.headline.en.startswith("Checkpoint of a 7B model with optimizer states")


def test_a_checkpoint_of_a_known_model_counts_its_parameters() -> None:
    answer = ask(calculator="file_size", model="llama-2-7b", optimizer="adamw")
    assert answer.value_bytes == pytest.approx(14 * N, rel=1e-4)
    assert [part.id for part in answer.breakdown] == ["weights", "master", "optimizer"]


def test_a_checkpoint_in_fp32_has_no_master_copy() -> None:
    assert ask(calculator="file_size", params=7e9, optimizer="adamw", precision="fp32").value == 84


def test_each_card_writes_its_share() -> None:
    answer = ask(calculator="file_size", params=7e9, optimizer="adamw", gpu_count=8, per_gpu=True)
    assert answer.value == pytest.approx(98 / 8)


def test_a_checkpoint_of_adapters_leaves_out_the_frozen_weights() -> None:
    # rank 16 on q and v of 32 layers: 32 × 2 × 16 × (4096 + 4096) adapters, 4 + 8 bytes each
    answer = ask(calculator="file_size", model="llama-2-7b", optimizer="adamw", method="lora")
    assert answer.value_bytes == pytest.approx(8_388_608 * 12, rel=1e-2)


def test_the_cards_do_not_change_what_is_written() -> None:
    cards = ask(calculator="file_size", model="llama-2-7b", optimizer="adamw", gpu="A100",
                gpu_count=8)  # fmt: skip
    assert cards.value == ask(calculator="file_size", model="llama-2-7b", optimizer="adamw").value


def test_the_flops_of_a_run_are_6nd_for_a_bare_size() -> None:
    answer = ask(calculator="training_time", attribute="flops", params=70e9, total_tokens=15e12)
    assert (answer.value, answer.unit) == (pytest.approx(6 * 70e9 * 15e12), "FLOP")


def test_the_flops_of_a_run_count_attention_for_a_known_model() -> None:
    answer = ask(calculator="training_time", attribute="flops", model="llama-2-7b",
                 total_tokens=2e12)  # fmt: skip
    assert answer.value == pytest.approx(TOKEN * 2e12)
    assert answer.rule_of_thumb is not None
    assert answer.rule_of_thumb.value == pytest.approx(6 * 7e9 * 2e12)


def test_the_flops_need_the_tokens() -> None:
    with pytest.raises(MissingValue):
        ask(calculator="training_time", attribute="flops", params=70e9)


def test_a_week_of_cards_trains_so_many_tokens() -> None:
    answer = ask(calculator="training_time", model="llama-2-7b", gpu="A100 80GB", gpu_count=64,
                 gpu_hours=64 * 168, tflops_gpu=156)  # fmt: skip
    assert answer.value == pytest.approx(64 * 168 * 3600 * 156e12 / TOKEN)
    assert answer.unit == "tokens"
    assert answer.headline.en.startswith("7 days on 64 × A100")


def test_a_measured_rate_needs_no_model() -> None:
    answer = ask(calculator="training_time", tokens_per_s_gpu=3000, gpu_count=64, gpu_hours=64 * 24)
    assert answer.value == pytest.approx(3000 * 64 * 86400)


def test_gpu_hours_over_cards_are_a_time() -> None:
    answer = ask(calculator="training_time", gpu_hours=10_000, gpu_count=64)
    assert (answer.value, answer.unit) == (pytest.approx(156.25), "hours")


def test_a_share_of_the_memory_bounds_what_fits() -> None:
    whole = ask(calculator="max_context", model="llama-3-8b", gpu="H100")
    part = ask(calculator="max_context", model="llama-3-8b", gpu="H100", memory_share=0.85)
    # 131,072 bytes of cache a token; 15 % of 81,559 MiB are gone
    lost = 0.15 * 81_559 * 2**20 / 131_072
    held = [answer.details["estimate_by_memory"] for answer in (whole, part)]
    assert held[0] - held[1] == pytest.approx(lost, rel=0.01)
    assert any("85 %" in text.en for text in part.caveats)
