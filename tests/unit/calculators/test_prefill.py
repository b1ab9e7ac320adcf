"""The working set of a prefill: chunks over the whole batch, shared by tensor parallelism."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, Request, calculate

# LLaMA-7B: 4 hidden sizes and gate, up and product are alive, the token's id (8 bytes) and two
# rows of the rotary table
ELEMENTS = 4 * 4096 + 3 * 11008 + 4 + 2 * 128
LOGITS = 4 * 32000


def activations(**fields: Any) -> int:
    answer = serve(**fields)
    cards = answer.request.gpu_count or 1
    return next(part.bytes for part in answer.breakdown if part.id == "activations") // cards


def serve(**fields: Any) -> Calculation:
    return calculate(Request(calculator="inference", model="llama-7b", **fields))


def test_an_engine_prefills_8192_tokens_of_all_sequences_at_a_time() -> None:
    assert activations(seq=2048, micro_batch=64) == 8192 * ELEMENTS * 2 + 64 * LOGITS
    answer = serve(seq=2048, micro_batch=64)
    assert any("continuous batching" in a.text.en for a in answer.assumptions)
    assert any("连续批处理" in a.text.zh for a in answer.assumptions)


def test_transformers_passes_all_prompts_at_once_and_stands_beside() -> None:
    whole = 64 * 2048 * ELEMENTS * 2 + 64 * LOGITS
    assert activations(seq=2048, micro_batch=64, code="transformers") == whole
    engine = serve(seq=2048, micro_batch=64)
    plain = serve(seq=2048, micro_batch=64, code="transformers")
    beside = [c.value for c in engine.conventions if "one pass" in c.text.en]
    assert isinstance(plain.value_bytes, int)
    assert beside == [pytest.approx(plain.value_bytes / 1e9)]


def test_older_transformers_made_all_logits_and_the_cache_anew() -> None:
    """Of the layers' working set the head sees the last output alone, plain and normed."""
    plain = serve(seq=2048, micro_batch=64, code="transformers")
    tokens = 64 * 2048
    all_logits, cache_anew = plain.conventions
    assert "before 4.45" in all_logits.text.en
    assert "4.45 之前" in all_logits.text.zh
    working_set = tokens * ELEMENTS * 2 + 64 * LOGITS
    at_the_head = tokens * (32000 * (2 + 4) + 2 * 4096 * 2)  # logits in 16 bits and in fp32
    assert isinstance(plain.value_bytes, int)
    without = plain.value_bytes - working_set
    assert all_logits.value == pytest.approx((without + at_the_head) / 1e9)
    assert "before 4.36" in cache_anew.text.en
    assert "4.36 之前" in cache_anew.text.zh
    first_step = tokens * (2 * 32 * 4096 * 2 + 32000 * 4)  # a second cache, the prompt's logits
    assert cache_anew.value == pytest.approx((without + first_step) / 1e9)


def test_at_the_end_of_a_long_answer_the_old_cache_stands_beside_the_new_one() -> None:
    plain = serve(seq=2048, new_tokens=2047, code="transformers")
    (line,) = plain.conventions
    assert "before 4.36" in line.text.en
    assert line.value == pytest.approx(((plain.value_bytes or 0) + 2048 * 2 * 32 * 4096 * 2) / 1e9)


def test_what_fits_a_chunk_passes_at_once_whoever_serves() -> None:
    assert activations(seq=2048, micro_batch=4) == 4 * 2048 * ELEMENTS * 2 + 4 * LOGITS
    assert not serve(seq=2048, micro_batch=4).conventions


def test_logits_are_kept_of_the_last_token_alone() -> None:
    more = activations(seq=1024, micro_batch=3) - 3 * 1024 * ELEMENTS * 2
    assert more == 3 * LOGITS


def test_tensor_parallel_cards_share_what_is_as_wide_as_the_inner_width() -> None:
    shared = 4 * 4096 + 3 * 11008 // 8 + 4 + 2 * 128
    assert activations(seq=2048, tp=8) == 2048 * shared * 2 + LOGITS
