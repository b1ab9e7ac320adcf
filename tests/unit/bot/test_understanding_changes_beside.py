"""A change in a conversation is one of what stands beside it, never of a value just said."""

from typing import Any

import pytest

from bot.understanding import to_context, understand
from bot.understanding.understood import Understood

# 2048 tokens, a batch of 8, rank 16, 4 cards.
FIRST = "LLaMA 7B LoRA rank 16, seq 2048, batch 8, 4 A100, does it fit?"


def thread(*turns: str) -> Understood:
    """Return the reading of the last turn of a calculated conversation."""
    context = None
    for turn in turns[:-1]:
        context = to_context(understand(turn, context)) | {"result": {"headline": {}}}
    return understand(turns[-1], context)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("序列 4096，batch 减半", {"seq": 4096, "batch": 4}),
        ("8k context, half the batch", {"seq": 8192, "batch": 4}),
        ("seq 1024，卡翻倍", {"seq": 1024, "gpu_count": 8}),
        ("16k, and double the batch", {"seq": 16384, "batch": 16}),
        ("seq 8192 and double the batch", {"seq": 8192, "batch": 16}),
        ("rank 64, half the cards", {"lora_rank": 64, "gpu_count": 2}),
        ("batch 2, double the context", {"batch": 2, "seq": 4096}),
        ("half the batch, seq 4096", {"seq": 4096, "batch": 4}),
        ("卡数翻倍，batch 2", {"batch": 2, "gpu_count": 8}),
        ("8 cards, twice the batch", {"gpu_count": 8, "batch": 16}),
        ("triple the context, rank 8", {"seq": 6144, "lora_rank": 8}),
        ("序列加倍，batch 4", {"seq": 4096, "batch": 4}),
    ],
)
def test_a_change_beside_a_new_value_is_of_what_it_stands_by(
    text: str, changed: dict[str, Any]
) -> None:
    found = thread(FIRST, text)
    assert found.follow_up
    assert not found.problems
    whole = {"seq": 2048, "batch": 8, "lora_rank": 16, "gpu_count": 4} | changed
    assert {name: found.inputs[name] for name in whole} == whole
