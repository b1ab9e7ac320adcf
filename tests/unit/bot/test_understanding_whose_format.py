"""Said of a KV cache a format is the cache's, said of a fit it is the weights', all thread long.

Llama-3.1-8B caches 2 x 32 layers x 8 heads x 128 x 2 bytes = 131,072 bytes a token in 16 bits
(arXiv 2407.21783, table 3); DeepSeek-V3 (512 + 64) x 61 layers x 2 bytes = 70,272 bytes a token
(arXiv 2412.19437, section 2.1).
"""

import pytest

from bot.understanding import to_context, understand


def said(*turns: str) -> dict[str, object]:
    """Return the request of the last of several turns."""
    context = None
    for turn in turns:
        found = understand(turn, context)
        context = to_context(found)
    return found.request


@pytest.mark.parametrize(
    "turns",
    [
        ("KV cache of Llama-3.1-8B 16k, 8 users", "fp8呢", "一张4090能跑吗"),
        ("KV cache of Llama-3.1-8B 16k, 8 users", "with fp8?", "does it fit on a 4090?"),
        ("kv cache of llama-3.1-70b at 32k with fp8, batch 8", "can it run on 2 H100?"),
        ("fp8 kv cache of llama-3.1-8b at 16k, 8 users", "how many users fit on an A100 40G then?"),
        ("llama-3.1-8b 的 kv cache 用 fp8，16k，多大", "要几张 4090"),
    ],
)
def test_a_format_of_the_cache_stays_the_caches(turns: tuple[str, ...]) -> None:
    request = said(*turns)
    assert request.get("kv_dtype") == "fp8"
    assert request.get("weight_dtype") is None


@pytest.mark.parametrize(
    "turns",
    [
        ("deepseek-v3 fp8 on 8 H200?", "kv cache at 64k?"),
        ("deepseek-v3 fp8 推理要几张 H200", "64k 的 kv cache 多大"),
    ],
)
def test_a_format_of_the_weights_is_never_the_caches(turns: tuple[str, ...]) -> None:
    request = said(*turns)
    assert request["calculator"] == "kv_cache"
    assert request.get("kv_dtype") is None


def test_each_format_is_kept_for_what_it_was_said_of() -> None:
    turns = ["llama 3.1 70b int4 on one A100 80G?", "kv cache at 32k?", "with fp8?"]
    assert said(*turns)["kv_dtype"] == "fp8"
    fits = said(*turns, "does it fit now?")
    assert (fits["weight_dtype"], fits["kv_dtype"]) == ("int4", "fp8")
    again = said(*turns, "fp16呢", "does it fit now?")
    assert (again["weight_dtype"], again["kv_dtype"]) == ("int4", "fp16")
