"""Cards whose names begin like a known card's, and that no record has."""

from __future__ import annotations

import pytest

from bot.understanding.understand import understand


@pytest.mark.parametrize(
    "question",
    [
        "Can an RTX 6000D run Qwen3-32B?",
        "RTX PRO 6000D 能跑 Qwen3-32B 吗",
        "RTX6000D llama 3 8b 推理",
    ],
)
def test_a_letter_more_is_another_card(question: str) -> None:
    """Nothing is calculated for the 24 GB card of 2018 or the 96 GB one."""
    assert [problem.code for problem in understand(question).problems] == ["unknown_gpu"]


@pytest.mark.parametrize("card", ["RTX PRO 6000", "RTX 6000 Ada", "Quadro RTX 6000"])
def test_the_known_ones_stay(card: str) -> None:
    """The names that theirs begin like are read as before."""
    assert not understand(f"Can one {card} run Qwen3-8B?").problems
