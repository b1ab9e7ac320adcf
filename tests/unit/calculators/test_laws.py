"""Laws of memory: more work never takes less, more shards never take more on a card."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calculators import Lora, Request, calculate
from calculators.planning.search import fewest_shares, largest, smallest

MODELS = st.sampled_from(["llama-7b", "llama-3-8b", "qwen2.5-7b", "mixtral-8x7b", "gemma-2-9b"])
lawful = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def per_card(**fields: Any) -> int:
    answer = calculate(Request(**fields), working=False)
    assert answer.memory is not None
    return answer.memory.total_bytes


@lawful
@given(MODELS, st.integers(1, 64), st.integers(1, 8), st.integers(1, 40000))
def test_serving_more_sequences_or_tokens_takes_no_less(
    model: str, batch: int, more: int, seq: int
) -> None:
    base = per_card(calculator="inference", model=model, micro_batch=batch, seq=seq)
    assert per_card(calculator="inference", model=model, micro_batch=batch + more, seq=seq) >= base
    assert per_card(calculator="inference", model=model, micro_batch=batch, seq=seq + more) >= base


@lawful
@given(MODELS, st.integers(1, 15), st.integers(1, 8))
def test_serving_on_more_cards_takes_no_more_on_each(model: str, cards: int, more: int) -> None:
    few = per_card(calculator="inference", model=model, gpu_count=cards)
    many = per_card(calculator="inference", model=model, gpu_count=cards + more)
    assert many <= few


@lawful
@given(MODELS, st.sampled_from([1, 2, 4]), st.sampled_from([1, 2, 4]))
def test_tensor_and_pipeline_parallelism_take_no_more_on_each(model: str, tp: int, pp: int) -> None:
    one = per_card(calculator="inference", model=model)
    assert per_card(calculator="inference", model=model, tp=tp, pp=pp) <= one


@lawful
@given(MODELS, st.integers(1, 8), st.integers(1, 8), st.integers(64, 4096))
def test_training_on_more_sequences_or_tokens_takes_no_less(
    model: str, batch: int, more: int, seq: int
) -> None:
    common: dict[str, Any] = {"calculator": "training", "model": model}
    base = per_card(**common, micro_batch=batch, seq=seq)
    assert per_card(**common, micro_batch=batch + more, seq=seq) >= base
    assert per_card(**common, micro_batch=batch, seq=seq + 64 * more) >= base


@lawful
@given(MODELS, st.integers(2, 32), st.integers(1, 32), st.sampled_from(["zero1", "zero2", "zero3"]))
def test_more_shards_take_no_more_on_each_card(
    model: str, cards: int, more: int, sharding: Any
) -> None:
    few = per_card(calculator="training", model=model, gpu_count=cards, sharding=sharding)
    many = per_card(calculator="training", model=model, gpu_count=cards + more, sharding=sharding)
    assert many <= few


@lawful
@given(MODELS, st.integers(2, 16))
def test_a_higher_stage_takes_no_more_on_each_card(model: str, cards: int) -> None:
    stages = ["none", "zero1", "zero2", "zero3"]
    taken = [
        per_card(calculator="training", model=model, gpu_count=cards, sharding=stage)
        for stage in stages
    ]
    assert taken == sorted(taken, reverse=True)


@lawful
@given(MODELS, st.integers(1, 256), st.integers(1, 256))
def test_a_higher_rank_takes_no_less(model: str, rank: int, more: int) -> None:
    def taken(r: int) -> int:
        return per_card(calculator="training", model=model, method="lora", lora=Lora(rank=r))

    assert taken(rank + more) >= taken(rank)


@pytest.mark.parametrize("mode", ["train", "infer"])
def test_what_is_found_largest_fits_and_the_next_does_not(mode: Any) -> None:
    common: dict[str, Any] = {"model": "llama-7b", "gpu": "A100 80GB", "gpu_count": 4}
    most = calculate(Request(calculator="max_batch", mode=mode, **common))
    assert isinstance(most.value, int)
    for batch, fits in ((most.value, True), (most.value + 1, False)):
        fit = calculate(Request(calculator="fit", mode=mode, micro_batch=batch, **common))
        assert (fit.verdict != "no") is fits


@pytest.mark.parametrize(("model", "mode"), [("llama-65b", "infer"), ("llama-7b", "train")])
def test_what_is_found_fewest_fits_and_one_less_does_not(model: str, mode: Any) -> None:
    fewest = calculate(Request(calculator="min_gpus", model=model, mode=mode, gpu="V100 32G"))
    assert isinstance(fewest.value, int)
    for cards, fits in ((fewest.value, True), (fewest.value - 1, False)):
        fit = calculate(
            Request(calculator="fit", model=model, mode=mode, gpu="V100 32G", gpu_count=cards)
        )
        assert (fit.verdict != "no") is fits


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_search_finds_the_edge(edge: int, limit: int) -> None:
    assert largest(lambda n: n <= edge, limit) == min(edge, limit)
    expected = edge + 1 if edge < limit else None
    assert smallest(lambda n: n > edge, limit) == expected


@given(
    st.floats(0, 100), st.floats(0.01, 10**6), st.floats(1, 200), st.integers(1, 4096),
    st.floats(0, 5),
)  # fmt: skip
def test_the_fewest_shares_are_found_though_the_need_is_only_nearly_hyperbolic(
    floor: float, shared: float, capacity: float, limit: int, bump: float
) -> None:
    def need(k: int) -> float:
        return floor + shared / k + bump / (k * k)

    wanted = next((k for k in range(1, limit + 1) if need(k) <= capacity), None)
    assert fewest_shares(need, capacity, limit) == wanted
