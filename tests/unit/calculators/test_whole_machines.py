"""The fewest cards in whole machines."""

from __future__ import annotations

import pytest

from calculators import calculate, calculate_json, parse_request

WORK = {"calculator": "min_gpus", "mode": "train", "method": "full"}


def answer(**fields: object) -> dict:
    return calculate_json({**WORK, **fields})


def test_cards_are_rounded_up_to_whole_machines() -> None:
    # 16 x 65e9 bytes = 1,040 GB over 80 GB is 13 cards: two machines of 8.
    found = answer(params=65e9, gpu="A100-80GB", node_gpus=8)
    assert found["value"] == 16
    assert found["rule_of_thumb"]["value"] == 16
    shown = calculate(
        parse_request({**WORK, "params": 65e9, "gpu": "A100-80GB", "node_gpus": 8})
    ).headline
    assert "2 machines of 8 × A100 80GB SXM4 (16 cards)" in shown.en
    assert "2 台 8 × A100 80GB SXM4 的机器（共 16 张卡）" in shown.zh


def test_without_machines_cards_are_counted() -> None:
    assert answer(params=65e9, gpu="A100-80GB")["value"] == 13


@pytest.mark.parametrize(("node_gpus", "cards"), [(8, 32), (1, 28), (6, 30)])
def test_a_deadline_is_met_by_whole_machines(node_gpus: int, cards: int) -> None:
    # 100e9 tokens / 3,000 tokens/s / 3,600 = 9,259.3 GPU-hours; over 14 days of 24 h: 27.6.
    found = answer(
        params=7e9,
        gpu="A100-80GB",
        total_tokens=100e9,
        tokens_per_s_gpu=3000,
        finish_s=14 * 86_400,
        node_gpus=node_gpus,
    )
    assert found["value"] == cards


def test_the_size_of_a_machine_means_nothing_to_other_calculators() -> None:
    found = calculate_json({"calculator": "inference", "params": 7e9, "node_gpus": 8})
    assert any("node_gpus" in caveat for caveat in found["caveats"])
