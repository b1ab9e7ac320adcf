"""A bare number behind a word of change takes the place of the one before it."""

import pytest

from bot.understanding.understand import understand


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("batch 32 改成 16，7B lora A100 40G seq 2048 够吗", "micro_batch", 16),
        ("batch 32 changed to 16, 7B lora on A100 40G seq 2048 enough?", "micro_batch", 16),
        ("batch 32 reduced to 8, 7B lora on A100 40G seq 2048 enough?", "micro_batch", 8),
        ("7B lora A100 40G, batch was 32, now 16, seq 2048, enough?", "micro_batch", 16),
        ("把 batch 从 32 改成 16，7B lora A100 40G seq 2048 够吗", "micro_batch", 16),
        ("rank 64 改成 16，7B lora batch 4 seq 2048 显存", "lora", {"rank": 16}),
        ("seq 8192 改成 4096，7B lora batch 4 A100 40G 够吗", "seq", 4096),
        ("seq 8k 改成 4k，7B lora batch 4 A100 40G 够吗", "seq", 4096),
        ("原来 seq 4096 现在 8192，7B lora batch 4 A100 40G 够吗", "seq", 8192),
        ("从 A100 40G 升级到 80G，7B 全参够吗", "gpu_memory_bytes", 80e9),
        ("7B lora batch 4, seq 2048, A100 upgraded from 40G to 80G, enough?",
         "gpu_memory_bytes", 80e9),
    ],
)  # fmt: skip
def test_the_later_number_counts(text, name, value):
    read = understand(text)
    assert read.request[name] == value
    assert not read.problems
    assert not read.ignored


@pytest.mark.parametrize(
    "text",
    [
        "7B lora seq 4096 batch 32 改成 8192，A100 40G 够吗",
        "7B lora seq 4096 batch 32 changed to 8192, enough on A100 40G?",
    ],
)
def test_a_number_far_from_the_one_before_it_is_asked_back(text):
    (problem,) = understand(text).problems
    assert problem.code == "ambiguous"
    assert problem.text.endswith("8192")
