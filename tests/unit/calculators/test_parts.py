"""An answer about a part lists what that part rests on, and nothing twice."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, Request, calculate


def ask(**fields: Any) -> Calculation:
    return calculate(Request(**fields))


def fields_of(answer: Calculation) -> set[str]:
    return {assumption.field for assumption in answer.assumptions}


def test_gradients_rest_on_what_trains_and_in_which_format() -> None:
    answer = ask(calculator="gradient_memory", model="llama-7b")
    assert fields_of(answer) == {"method", "precision", "grad_dtype"}
    assert not any("Measured error" in caveat.en for caveat in answer.caveats)


def test_optimizer_states_rest_on_the_optimizer() -> None:
    assert fields_of(ask(calculator="optimizer_memory", model="llama-7b")) == {
        "method", "precision", "optimizer",
    }  # fmt: skip


def test_activations_rest_on_the_step_and_not_on_the_optimizer() -> None:
    found = fields_of(ask(calculator="activation", model="llama-7b"))
    assert {"seq", "micro_batch", "checkpointing"} <= found
    assert "optimizer" not in found


def test_a_context_beyond_the_config_is_said_once() -> None:
    # Llama 2 is configured for 4,096 tokens
    answer = ask(calculator="training", model="llama-2-7b", seq=8192)
    assert len([c for c in answer.caveats if "4,096" in c.en and "exceed" in c.en]) == 1


def test_a_title_with_words_in_it_is_said_in_chinese() -> None:
    answer = ask(calculator="gradient_memory", model="llama-6b")
    assert answer.headline.zh.startswith("LLaMA-6B（FAQ 对 LLaMA-7B 的叫法）")


def test_sharding_on_one_card_is_said_once_by_its_name() -> None:
    answer = ask(calculator="training", model="llama-7b", sharding="zero3", gpu_count=1)
    said = [c.en for c in answer.caveats if "no effect" in c.en]
    assert said == ["ZeRO-3 has no effect on a single data-parallel rank."]


def test_the_weights_of_one_card_are_a_share_of_the_file() -> None:
    # 175e9 × 2 bytes over 8 × 4 cards
    answer = ask(calculator="file_size", params=175e9, tp=8, pp=4, per_gpu=True)
    assert answer.value == pytest.approx(350 / 32)
    assert "on each card" in answer.headline.en
    assert "每张卡上的权重" in answer.headline.zh
    assert ask(calculator="file_size", params=175e9, tp=8, pp=4).value == pytest.approx(350)


def test_the_working_of_activations_ends_in_their_sum() -> None:
    answer = calculate(
        Request(calculator="activation", model="llama-2-7b", checkpointing="none", micro_batch=2)
    )
    last = answer.working[-1]
    assert last.formula == "activations_at_peak"
    assert last.result.startswith("26.15 GB")  # of which 32 layers × 2 × 2,048 × 186,504 = 24.45
    assert answer.value == pytest.approx(26.1536, rel=1e-4)
    assert answer.value_bytes == sum(part.bytes for part in answer.breakdown)


def test_gradients_in_a_stated_format_are_counted_in_it() -> None:
    # LLaMA-2-7B has 6,738,415,616 parameters; 2 bytes each
    answer = calculate(Request(calculator="gradient_memory", model="llama-2-7b",
                               precision="mixed_bf16", grad_dtype="bf16"))  # fmt: skip
    assert answer.value_bytes == 2 * 6_738_415_616
    assert not any("fp32" in a.text.en for a in answer.assumptions)


@pytest.mark.parametrize(
    ("fields", "gigabytes"),
    [
        ({}, 14),  # the FAQ's 2 bytes
        ({"grad_dtype": "fp32"}, 28),
        ({"grad_dtype": "bf16"}, 14),
        ({"precision": "mixed_bf16", "grad_dtype": "fp32"}, 28),
        ({"precision": "fp32"}, 28),
        ({"precision": "fp32", "grad_dtype": "bf16"}, 28),  # autograd's are as wide as the weights
        ({"precision": "int8"}, 7),
    ],
)
def test_the_rule_of_gradients_takes_the_width_that_is_told(
    fields: dict[str, Any], gigabytes: float
) -> None:
    found = ask(calculator="gradient_memory", params=7e9, **fields)
    assert found.rule_of_thumb is not None
    assert found.rule_of_thumb.value == gigabytes


@pytest.mark.parametrize("cards", [1, 4])
@pytest.mark.parametrize("per_gpu", [True, False])
def test_the_working_of_the_optimizer_ends_in_its_value(cards: int, *, per_gpu: bool) -> None:
    """LLaMA-7B: 4 bytes of master and 8 of moments for each of 6,738,415,616 parameters."""
    answer = ask(calculator="optimizer_memory", model="llama-7b", gpu_count=cards, per_gpu=per_gpu)
    count = 1 if per_gpu else cards
    assert answer.value_bytes == pytest.approx(12 * 6_738_415_616 / cards * count, rel=1e-3)
    assert answer.working[-1].result.startswith(f"{answer.value:.4g} GB")
    assert any(step.symbolic == "M_co = M_c + M_o" for step in answer.working)


def test_activations_by_the_rule_are_broken_down_by_the_rule() -> None:
    answer = ask(calculator="activation", params=7e9, micro_batch=2)
    assert sum(part.bytes for part in answer.breakdown) == answer.value_bytes
    assert answer.details["estimate_breakdown"]
