"""How many machines: their number is asked, the cards of each are said or usual."""

from __future__ import annotations

import pytest

from bot.answering import Answerer
from bot.question import Question
from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "each"),
    [
        ("how many 8-GPU nodes of H200 to full finetune a 70b", 8),
        ("number of 8x A100 80G boxes to full-finetune 32b", 8),
        ("how many 4-card 4090 servers do I need for a full 13b finetune", 4),
        ("nodes of 4 A100 80G needed for a full finetune of 30b?", 4),
        ("70B 全参微调要几台 8 卡 H200", 8),
        ("13B 全参微调,4 卡 4090 的机器要几台", 4),
        ("30B 全参微调,每台 4 张 A100 80G,要多少台", 4),
    ],
)
def test_machines_are_asked_and_their_cards_told(text: str, each: int) -> None:
    found = understand(text)
    assert found.calculator == "min_gpus"
    assert found.request["node_gpus"] == each
    assert "gpu_count" not in found.request


def test_machines_of_no_stated_size_are_taken_to_hold_eight_and_this_is_said() -> None:
    answer = Answerer().answer(Question(text="70B 全参微调要几台 H200 服务器"))
    assert answer.calculation is not None
    assert answer.calculation.value % 8 == 0
    assert any("8 张卡" in caveat for caveat in answer.caveats)


def test_cards_that_are_asked_stay_cards() -> None:
    assert "node_gpus" not in understand("70B 全参微调要几张 H200").request
