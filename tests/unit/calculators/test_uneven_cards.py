"""The fewest cards where more of them can need more of each: padded experts, groups of cards."""

from __future__ import annotations

import pytest

from calculators import Request, calculate
from calculators.errors import CalculatorError
from calculators.planning.demand import demand


def fits(request: Request, cards: int) -> bool:
    try:
        return demand(request, {"gpu_count": cards, "dp": None}).fits
    except CalculatorError:
        return False


@pytest.mark.parametrize(
    ("model", "gpu", "sharding"),
    [
        ("gpt-oss-120b", "h100-80g", "fsdp2"),
        ("qwen3-30b-a3b", "rtx-4090", "fsdp2"),
        ("qwen3-235b-a22b", "h200", "fsdp2"),
        ("llama-3-8b", "a100-40g", "hybrid"),
        ("llama-2-13b", "a100-80g", "hybrid"),
    ],
)
def test_no_smaller_number_of_cards_does(model: str, gpu: str, sharding: str) -> None:
    request = Request(calculator="min_gpus", model=model, gpu=gpu, mode="train", sharding=sharding)
    found = calculate(request).value
    assert found, "some number of cards holds it"
    assert [cards for cards in range(1, found + 1) if fits(request, cards)] == [found]


def test_of_128_experts_three_rows_a_card_over_43_cards_are_padded_least() -> None:
    """43 × 3 = 129 rows for 128 experts; 44 to 63 cards hold three rows each, too: 132 to 189."""
    request = Request(
        calculator="min_gpus", model="gpt-oss-120b", gpu="h100-80g", mode="train", sharding="fsdp2"
    )
    found = calculate(request)
    assert found.value == 43
    assert not fits(request, 63)
    assert any("Not every larger number" in text.en for text in found.caveats)


@pytest.mark.parametrize("degrees", [{"tp": 8}, {"pp": 3}, {"ep": 8}, {"tp": 2, "cp": 4}])
def test_degrees_given_make_groups_of_cards(degrees: dict[str, int]) -> None:
    request = Request(
        calculator="min_gpus", model="mixtral-8x7b", gpu="h200", mode="train", seq=4096, **degrees
    )
    found = calculate(request)
    size = degrees.get("tp", 1) * degrees.get("pp", 1) * degrees.get("cp", 1)
    size *= degrees.get("ep", 1)
    assert found.value % size == 0
    assert not any(fits(request, cards) for cards in range(size, found.value, size))
    assert any(f"groups of {size}" in text.en for text in found.caveats)
