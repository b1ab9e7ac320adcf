"""Short replies in a thread: a number or a factor of what was said before."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding import Understood, to_context, understand

CACHE = "kv cache of llama-3-8b at 8k, batch 4?"
RUN = "how long to train a 7B on 1T tokens with 64 A100?"
SERVED = "can 4 A100 80GB serve llama-3-70b in bf16?"


def thread(*texts: str) -> Understood:
    context: dict[str, Any] | None = None
    found = understand("")
    for text in texts:
        found = understand(text, context)
        context = to_context(found)
    return found


@pytest.mark.parametrize(
    ("texts", "calculator", "expected"),
    [
        # The only number that was said of the cards is their number.
        ((SERVED, "and 2?"), "fit", {"gpu_count": 2}),
        ((SERVED, "in int4 on one?"), "fit", {"gpu_count": 1, "dtype": "int4"}),
        ((SERVED, "and on two?"), "fit", {"gpu_count": 2}),
        (("4 张 A100 能推理 llama-3-70b bf16 吗", "2 呢"), "fit", {"gpu_count": 2}),
        # Twice 8,192 tokens, half of 4 sequences, twice 64 cards.
        ((CACHE, "twice the context"), "kv_cache", {"seq": 16384, "batch": 4}),
        ((CACHE, "half the batch"), "kv_cache", {"seq": 8192, "batch": 2}),
        ((RUN, "twice as many cards"), "training_time", {"gpu_count": 128}),
        ((CACHE, "three times the batch"), "kv_cache", {"batch": 12}),
        ((CACHE, "batch 变成三倍"), "kv_cache", {"batch": 12}),
        # A share of the peak is a setting of the run, not what is asked.
        ((RUN, "MFU 50%?"), "training_time", {"utilization_percent": 50, "gpu_count": 64}),
        ((f"{RUN[:-1]} at 40% MFU?", "at 50%?"), "training_time", {"utilization_percent": 50}),
        # The format of the cache is no question about the cache.
        (
            ("max context for llama-3-8b on 4090 fp16?", "int8 cache"),
            "max_context",
            {"kv_dtype": "int8", "dtype": "fp16"},
        ),
        # To be done in three weeks: 3 x 604,800 s; the cards are what is left open.
        ((RUN, "in 3 weeks?"), "min_gpus", {"finish_s": 1_814_400, "total_tokens": 1e12}),
        # The same figure, asked in a unit.
        ((CACHE, "how much is that in GiB?"), "kv_cache", {"seq": 8192, "batch": 4}),
        ((CACHE, "and the whole inference memory?"), "inference", {"seq": 8192, "batch": 4}),
        (
            ("qlora llama-2-70b on one A100 80GB?", "no, plain lora"),
            "fit",
            {"method": "lora", "model": "llama-2-70b"},
        ),
        (
            ("how big is a 13b fp16 file?", "same for mistral 7b in fp32"),
            "file_size",
            {"model": "mistral-7b", "dtype": "fp32"},
        ),
        (
            ("how much memory to train llama-2-7b?", "does that fit on a single h100?"),
            "fit",
            {"model": "llama-2-7b", "mode": "train", "gpu": "H100"},
        ),
    ],
)
def test_a_short_reply_changes_what_it_can_mean(
    texts: tuple[str, ...], calculator: str, expected: dict[str, Any]
) -> None:
    found = thread(*texts)
    assert found.problems == ()
    assert found.follow_up
    assert found.calculator == calculator
    assert {name: found.inputs.get(name) for name in expected} == expected


def test_a_number_alone_may_be_talk() -> None:
    found = thread(SERVED, "2")
    assert [problem.code for problem in found.problems] == ["ambiguous"]


def test_a_number_that_may_be_a_rate_or_a_length_is_asked_back() -> None:
    found = thread("MFU of 3000 tokens/s/gpu for llama-2-7b on A100 at 2048?", "and 3500?")
    assert [problem.code for problem in found.problems] == ["ambiguous"]
    assert set(found.problems[0].choices) == {"seq 3500", "3500 tokens/s/gpu"}
