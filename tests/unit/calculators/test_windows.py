"""Sliding windows are said, and a bare name is the newest version of its model."""

from __future__ import annotations

from calculators import Calculation, Request, calculate


def cache_of(model: str, seq: int) -> Calculation:
    return calculate(Request(calculator="kv_cache", model=model, seq=seq))


def test_a_bare_mistral_7b_is_the_version_without_a_window() -> None:
    # 2 · 32 layers · 8 heads · 128 · 16,384 tokens · 2 bytes
    answer = cache_of("mistral-7b", 16384)
    assert answer.value_bytes == 2 * 32 * 8 * 128 * 16384 * 2
    assert "Mistral-7B-v0.3" in answer.headline.en
    assert not answer.caveats


def test_the_first_version_says_its_window() -> None:
    # the cache keeps the last 4,096 tokens (arXiv 2310.06825, section 2)
    answer = cache_of("mistral-7b-v0.1", 16384)
    assert answer.value_bytes == 2 * 32 * 8 * 128 * 4096 * 2
    assert any("32 of 32 layers" in c.en and "4,096 tokens" in c.en for c in answer.caveats)
    assert any("4,096 个 token" in c.zh for c in answer.caveats)
    assert not cache_of("mistral-7b-v0.1", 4096).caveats


def test_of_mixed_layers_the_windowed_ones_are_counted() -> None:
    # Gemma 3 27B: 62 layers, every sixth is global: 10 global, 52 with a window of 1,024
    answer = cache_of("gemma-3-27b", 32768)
    assert any("52 of 62 layers" in c.en and "1,024 tokens" in c.en for c in answer.caveats)
