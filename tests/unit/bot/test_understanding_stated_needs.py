"""What a model is said to need is no card, and the format told with it is not the one asked."""

from __future__ import annotations

import pytest

from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "dtype"),
    [
        ("a 13B needs 26GB in fp16. how much does it need in int8?", "int8"),
        ("13B fp16需要26G，那int8呢要多少显存", "int8"),
        ("llama-3-8b uses about 16GB, how much in int4?", "int4"),
    ],
)
def test_a_stated_need_is_no_card(text: str, dtype: str) -> None:
    found = understand(text)
    assert "gpu_memory_bytes" not in found.request
    assert (found.request["weight_dtype"], found.problems) == (dtype, ())


@pytest.mark.parametrize(
    ("text", "memory"),
    [
        ("7B takes 14GB in fp16, can I run it on a 24GB card?", 24e9),
        ("7B 需要 14GB，24G 显存够吗", 24e9),
        ("7B needs 24GB card, enough?", 24e9),
    ],
)
def test_the_card_beside_it_is_one(text: str, memory: float) -> None:
    assert understand(text).request["gpu_memory_bytes"] == memory
