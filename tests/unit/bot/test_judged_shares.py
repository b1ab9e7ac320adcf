"""``is 35 % MFU bad?``: a verdict by the figures of the entry on utilisation."""

from __future__ import annotations

import pytest

from bot.answering import Answerer
from bot.question import Question
from knowledge.loader import find_entry


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # The entry: below 20 % something is wrong, well-tuned training reaches 40 to 55 %.
        ("is 12% mfu normal over pcie?", "is low"),
        ("is 35 % MFU bad?", "is middling"),
        ("is 50% mfu good for a 7B on A100?", "is good"),
        ("is 75% MFU ok?", "is more than"),
        ("MFU 15% 算低吗", "偏低"),
        ("MFU 35% 算低吗", "中等"),
        ("我们 MFU 50%，正常吗", "不错"),
        ("MFU 75% 正常吗", "高于"),
    ],
)
def test_a_share_is_judged(text: str, said: str) -> None:
    answer = Answerer().answer(Question(text=text))
    assert (answer.kind, answer.entry.id if answer.entry else None) == ("faq", "gpu-utilization")
    assert said in answer.compared[0]


@pytest.mark.parametrize(
    "text",
    [
        "MFU 50%, 7B on 1T tokens with 64 A100, how many days?",
        "is 95% GPU-Util in nvidia-smi good?",
        "tokens/s for 7B at 40% MFU on H100?",
    ],
)
def test_what_is_no_judgement_of_an_mfu_is_not_judged(text: str) -> None:
    assert Answerer().answer(Question(text=text)).compared == ()


def test_the_figures_are_those_of_the_entry() -> None:
    entry = find_entry("gpu-utilization")
    assert entry is not None
    assert "40 to 55 % MFU" in entry.body.en
    assert "Below 20 %" in entry.body.en
