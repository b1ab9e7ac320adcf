"""What an even split leaves out is said by every calculator of serving, not by ``fit`` alone."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, Request, calculate

WHOLE_LATENT = "keeps the whole latent cache"


def ask(calculator: str, **fields: Any) -> Calculation:
    if calculator.startswith("max"):
        fields["mode"] = "infer"
    return calculate(Request(calculator=calculator, **fields))


def notes(answer: Calculation) -> list[str]:
    return [text.en for text in answer.caveats if text.en.startswith(("With tensor", "Tensor p"))]


SERVING = ("inference", "latency", "max_batch", "max_context")


@pytest.mark.parametrize("calculator", SERVING)
def test_cards_that_do_not_divide_the_heads_are_named(calculator: str) -> None:
    (note,) = notes(ask(calculator, model="llama-3-70b", gpu="a100-80g", gpu_count=6))
    assert "64 attention heads" in note
    assert "6 does not, 4 and 8 do" in note


@pytest.mark.parametrize("calculator", SERVING)
def test_nothing_is_said_where_tensor_parallelism_splits_all_evenly(calculator: str) -> None:
    answer = ask(calculator, model="llama-3-70b", gpu="a100-80g", gpu_count=4)
    assert not notes(answer)


@pytest.mark.parametrize("calculator", SERVING)
def test_nothing_is_said_of_a_layout_that_was_given(calculator: str) -> None:
    answer = ask(calculator, model="deepseek-v3", gpu="h200", gpu_count=16, tp=8, pp=2)
    assert not notes(answer)


def test_inference_gives_what_tensor_parallelism_really_takes() -> None:
    """16 cards, 8 KV heads: each keeps one head, twice its even share of the cache."""
    fields = {"model": "llama-3-70b", "gpu_count": 16, "seq": 8192, "micro_batch": 64}
    answer = ask("inference", **fields)
    split = ask("inference", **fields, tp=16)
    # 80 layers × 2 × 8 heads × 128 × 2 bytes, a sixteenth of it more on each card; it divides the
    # prefill's activations too, which an even split keeps whole
    more = 80 * 2 * 8 * 128 * 2 * 8192 * 64 / 16
    assert split.value_bytes is not None
    assert answer.value_bytes is not None
    assert split.value_bytes / 16 - answer.value_bytes / 16 == pytest.approx(more, rel=0.15)
    (note,) = notes(answer)
    assert "1 of the 8 KV heads" in note
    assert f"{split.value_bytes / 16 / 1e9:.4g} GB" in note


@pytest.mark.parametrize("calculator", ["max_batch", "max_context"])
def test_the_largest_by_tensor_parallelism_stands_beside(calculator: str) -> None:
    fields: dict[str, Any] = {"model": "deepseek-v3", "gpu": "h200", "gpu_count": 8}
    fields |= {"seq": 8192} if calculator == "max_batch" else {"micro_batch": 64}
    answer, split = ask(calculator, **fields), ask(calculator, **fields, tp=8)
    assert split.value < answer.value
    (note,) = notes(answer)
    assert WHOLE_LATENT in note
    assert f"{split.value:,} at most" in note


def test_latency_says_it_too() -> None:
    answer = ask("latency", model="deepseek-v3", gpu="h200", gpu_count=8, seq=32768, micro_batch=32)
    assert any(WHOLE_LATENT in note for note in notes(answer))
