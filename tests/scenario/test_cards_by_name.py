"""Cards that are weighed against each other stand by their names, whatever the registry's ids."""

from __future__ import annotations

import pytest

from bot.answering import Answerer
from bot.question import Question


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("llama-2-70b on 2×A100 80GB or 2×H100 80GB, does it fit?", "2 × H100 80GB SXM5:"),
        ("2×A100 80GB 还是 2×H100 80GB 能跑 70B", "2 × H100 80GB SXM5："),
        ("7B on a100-80gb-sxm vs h100-80gb-sxm: does it fit?", "H100 80GB SXM5:"),
    ],
)
def test_a_weighed_card_is_named(question: str, shown: str) -> None:
    (first, *_) = Answerer().answer(Question(question)).compared
    assert shown in first
    assert "h100-80gb" not in first
