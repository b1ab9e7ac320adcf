"""Traditional characters are read as simplified ones, for calculations and for entries."""

import pytest

from bot.answering import Answerer
from bot.question import Question
from bot.understanding.traditional import SIMPLIFIED, simplified


@pytest.mark.parametrize(
    ("traditional", "simple"),
    [
        ("訓練 7B 需要多少顯存", "训练 7B 需要多少显存"),
        ("為什麼訓練 7B 需要 112GB", "为什么训练 7B 需要 112GB"),
        ("怎麼看訓練的通信開銷", "怎么看训练的通信开销"),
        ("4張 V100 32G 能訓練 65B 嗎", "4张 V100 32G 能训练 65B 吗"),
        ("怎麼估計模型所需的內存", "怎么估计模型所需的内存"),
    ],
)
def test_both_scripts_get_the_same_answer(traditional: str, simple: str) -> None:
    assert simplified(traditional) == simple
    answerer = Answerer()
    one, other = (answerer.answer(Question(text)) for text in (traditional, simple))
    assert (one.kind, one.language) == (other.kind, "zh")
    assert (one.entry and one.entry.id) == (other.entry and other.entry.id)
    assert one.inputs == other.inputs


def test_every_pair_is_one_character_for_another() -> None:
    assert all(len(a) == len(b) == 1 and a != b for a, b in SIMPLIFIED.items())
    assert not SIMPLIFIED.keys() & set(SIMPLIFIED.values())
