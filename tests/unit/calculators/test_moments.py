"""Serving has two moments, the prompts' pass and the last token: what each rests on."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, Request, calculate

CONTEXT = 1_300_000_000
# Llama 3 8B keeps 2 · 32 layers · 8 KV heads · 128 elements of a token.
ELEMENTS_PER_TOKEN = 65_536


def serve(**fields: Any) -> Calculation:
    return calculate(Request(calculator="inference", model="llama-3-8b", **fields))


def parts(answer: Calculation) -> dict[str, int]:
    return {part.id: part.bytes for part in answer.breakdown}


@pytest.mark.parametrize(("seq", "new_tokens"), [(2048, 16), (2048, 2000), (8192, 0), (300, 299)])
@pytest.mark.parametrize("batch", [1, 3])
def test_the_cache_is_that_of_the_whole_context(seq: int, new_tokens: int, batch: int) -> None:
    answer = serve(seq=seq, new_tokens=new_tokens, micro_batch=batch)
    assert parts(answer)["kv_cache"] == ELEMENTS_PER_TOKEN * seq * batch * 2
    assert sum(parts(answer).values()) == answer.value_bytes


def test_the_prefill_can_be_the_peak_beside_a_cache_that_is_full_later() -> None:
    # 2,032 prompt tokens pass at once and need more than the cache of 16 tokens, 2 MB.
    answer = serve(seq=2048, new_tokens=16)
    assert answer.memory is not None
    assert answer.memory.peak_moment == "prefill"
    cache_of_the_prompt = ELEMENTS_PER_TOKEN * 2032 * 2
    at_peak = answer.memory.peak_allocated_bytes - parts(answer)["weights"] - cache_of_the_prompt
    later = ELEMENTS_PER_TOKEN * 16 * 2
    assert parts(answer)["activations"] == at_peak - later


@pytest.mark.parametrize("cards", [{}, {"gpu_count": 4, "tp": 4}, {"gpu_count": 4, "pp": 2}])
def test_a_token_more_never_takes_less(cards: dict[str, int]) -> None:
    before = 0
    for seq in range(65, 700, 7):
        answer = serve(
            weight_dtype="q5_k_m", kv_dtype="fp8", micro_batch=3, new_tokens=64, seq=seq, **cards
        )
        assert answer.value_bytes is not None
        assert answer.value_bytes >= before, seq
        before = answer.value_bytes


def test_the_step_that_fell() -> None:
    fields = {"weight_dtype": "q5_k_m", "kv_dtype": "fp8", "micro_batch": 3, "new_tokens": 64}
    fewer, more = serve(seq=100, **fields), serve(seq=101, **fields)
    assert (more.value_bytes or 0) >= (fewer.value_bytes or 0) > 0


@pytest.mark.parametrize("seq", [65, 100, 101, 300, 2048])
def test_the_total_covers_each_moment_with_its_reserve(seq: int) -> None:
    memory = serve(micro_batch=3, new_tokens=64, seq=seq).memory
    assert memory is not None
    # Two bytes, as parts of a byte are rounded up once or each by itself.
    assert memory.peak_allocated_bytes + 2 >= max(memory.moments.values())
    assert memory.total_bytes >= max(memory.moments.values()) + CONTEXT + memory.workspace_bytes
    assert 0 <= memory.allocator_bytes < 2 * 20 * 2**20


def test_without_working_the_numbers_are_the_same() -> None:
    for new_tokens in (0, 16, 2000):
        request = Request(calculator="inference", model="llama-3-8b", new_tokens=new_tokens)
        one, other = calculate(request), calculate(request, working=False)
        assert one.memory == other.memory
        assert one.breakdown == other.breakdown
        assert one.sources == other.sources
