"""Which cards hold some work, when somebody asks which to take."""

from calculators import card_choices, parse_request
from calculators.planning.costs import costs


def choices(**fields: object) -> dict[str, int]:
    return {choice.gpu: choice.cards for choice in card_choices(parse_request(fields))}


def test_inference_counts_cards_that_divide_the_model():
    """DeepSeek-R1 in fp8: 673.2 GB of weights. Over 4 cards 168 GB, more than an H200's 150.8 GB
    and less than a B200's 192.3; over 8 cards 84.2 GB and the context of 1.3 GB, more than an
    A100's 85.9 with the prompt's working set. Its 128 heads leave powers of two."""
    found = choices(calculator="inference", model="deepseek-r1")
    assert found["H200 141GB SXM"] == 8
    assert found["B200 180GB SXM"] == 4
    assert found["A100 80GB SXM4"] == 16


def test_training_shares_the_states_over_the_cards():
    """Llama-3-8B: 8.03e9 × 18 bytes are 144.5 GB: over an H200's half, under its 150.8 GB."""
    found = choices(calculator="training", model="llama-3-8b", precision="mixed_bf16")
    assert found["H200 141GB SXM"] == 1
    assert found["A100 80GB SXM4"] == 2


def test_the_cheapest_comes_first():
    """7B × 2 bytes fit every card that is offered, so the order is that of the price list."""
    found = card_choices(parse_request({"calculator": "inference", "params": 7e9}))
    assert [choice.cards for choice in found] == [1] * len(costs().offered)
    prices = [choice.relative_cost for choice in found]
    assert prices == sorted(costs().card_hour[name] for name in costs().offered)


def test_what_would_need_very_many_of_a_card_leaves_it_out():
    """GPT-3 175B × 18 bytes are 3,150 GB: over 64 RTX 4090 49.2 GB on each."""
    found = choices(calculator="training", params=175e9)
    assert "RTX 4090 24GB" not in found
    assert found
