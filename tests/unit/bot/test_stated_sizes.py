"""A card's size that is only said: decimal by the contract, and a word where it decides."""

from __future__ import annotations

import pytest

from bot.answering import Answerer
from bot.question import Question


def caveats(text: str) -> tuple[str, ...]:
    return Answerer().answer(Question(text=text)).caveats


# Mistral-7B in fp16 with 4,096 tokens needs 16.84 GB: more than 16 GB, less than 16 GiB, 17.18 GB.
@pytest.mark.parametrize(
    "text",
    [
        "does mistral-7b fp16 fit on a 16GB card at 4k context",
        "16GB 的卡跑 mistral-7b fp16,4k 上下文够吗",
    ],
)
def test_a_verdict_between_both_readings_is_said(text: str) -> None:
    assert any("17.18 GB" in caveat and "16.84 GB" in caveat for caveat in caveats(text))


@pytest.mark.parametrize(
    "text",
    [
        "does mistral-7b fp16 fit on a 24GB card at 4k context",
        "does llama-2-13b fp16 fit on a 16GB card",
        "does mistral-7b fp16 fit on a V100 16GB at 4k context",
    ],
)
def test_nothing_is_said_where_both_agree(text: str) -> None:
    assert not any("decimal" in caveat for caveat in caveats(text))
