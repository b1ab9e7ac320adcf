"""The KV cache of one user or of one token, and ``mb`` as the micro batch.

Llama-3.1-8B caches 2 x 32 layers x 8 heads x 128 x 2 bytes = 131,072 bytes a token in 16 bits
(arXiv 2407.21783, table 3): 8,192 tokens are 1.074 GB.
"""

import pytest

from bot.understanding import to_context, understand


@pytest.mark.parametrize(
    "text",
    [
        "kv cache size per user llama-3.1-8b 8k, 10 users",
        "每个用户的KV多大？llama-3.1-8b 8k 10个用户",
        "llama-3.1-8b 8k，10 路并发，每路 KV 多少",
        "how much kv does each request take, llama-3.1-8b 8k batch 10?",
        "llama-3.1-8b 8k batch 10, kv cache of a single sequence?",
    ],
)
def test_the_cache_of_one_of_several(text: str) -> None:
    request = understand(text).request
    assert request["calculator"] == "kv_cache"
    assert (request["seq"], request["micro_batch"]) == (8192, 1)


@pytest.mark.parametrize(
    "text",
    [
        "llama-3.1-8b kv cache, 10 users with 8k context each",
        "llama-3.1-8b kv cache, 10 users, 8k per user",
        "llama-3.1-8b kv cache, 10 users, 8k context per user",
        "llama-3.1-8b kv cache, batch of 10, 8k for every sequence",
        "10个用户每个用户8k，llama-3.1-8b 的kv多大",
    ],
)
def test_a_length_of_each_asks_for_all(text: str) -> None:
    request = understand(text).request
    assert (request["seq"], request["micro_batch"]) == (8192, 10)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("kv cache for llama-3.1-8b, 10 requests of 8k", "per request?"),
        ("llama-3.1-8b 的 kv，10个用户，8k", "每个用户呢"),
    ],
)
def test_one_of_several_is_asked_for_later(first: str, then: str) -> None:
    request = understand(then, to_context(understand(first))).request
    assert (request["calculator"], request["seq"], request["micro_batch"]) == ("kv_cache", 8192, 1)


@pytest.mark.parametrize(
    "text",
    [
        "kv size of one token in qwen2.5-7b",
        "how much does a token's KV cost in llama-3.1-8b",
        "KV of a single token for llama-3.1-8b",
        "llama-3.1-8b 一个 token 的 KV 多大",
    ],
)
def test_the_cache_of_one_token(text: str) -> None:
    request = understand(text).request
    assert (request["calculator"], request["seq"]) == ("kv_cache", 1)
    assert request.get("micro_batch") is None


@pytest.mark.parametrize(
    "text",
    [
        "llama-2-7b lora seq 4096 mb 2, checkpointing on",
        "gradient checkpointing on vs off, llama-2-7b lora, seq 4096 mb 2",
        "llama-2-7b lora seq=4096 mb=2",
        "llama-2-7b lora 微调，mb 2，seq 4k",
    ],
)
def test_mb_before_a_number_is_the_micro_batch(text: str) -> None:
    request = understand(text).request
    assert (request["calculator"], request["seq"], request["micro_batch"]) == ("training", 4096, 2)
    assert "gpu_memory_bytes" not in request


def test_mb_behind_a_number_is_megabytes() -> None:
    request = understand("does llama-2-7b lora fit on a 24576 MB card?").request
    assert request["gpu_memory_bytes"] == 24_576_000_000
    assert "micro_batch" not in request


@pytest.mark.parametrize(
    "text",
    [
        "每个 token 的 kv 在 llama-3-8b 里占多少，4k 一共多少",
        "per-token kv of llama-3-8b? and at 4k in total?",
    ],
)
def test_a_length_that_is_asked_about_too_is_calculated(text: str) -> None:
    assert understand(text).request["seq"] == 4096


def test_so_many_tokens_for_every_sequence_are_the_length_of_each() -> None:
    found = understand("llama-3-8b kv cache, batch of 32, 2k for every sequence")
    assert (found.inputs["batch"], found.inputs["seq"]) == (32, 2048)
