"""Cards that are gone or held back, copies of a model, and links: asked back or noted."""

import pytest

from bot.understanding.understand import understand


@pytest.mark.parametrize(
    "text",
    [
        "8 A100 40G, two are down: 13B full training enough?",
        "8 A100 40G minus two: 13B full training enough?",
        "six of our eight A100 40G are free: 13B full training enough?",
    ],
)
def test_two_of_eight_cards_that_are_gone_are_asked_back(text):
    (problem,) = understand(text).problems
    assert (problem.field, problem.choices) == ("gpu_count", ("6 GPUs", "2 GPUs"))


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("only 3 of the 8 A100 40G are mine, 13B full training enough?", "3 GPUs"),
        ("4090 x 2, only one usable, 7B lora enough?", "1 GPU"),
        ("用一半的卡训 13B，8 张 A100 40G", "4 GPUs"),
        ("half of our 16 H100 are busy, can we train 13B full?", "8 GPUs"),
    ],
)
def test_a_part_of_the_cards_is_asked_back(text, choice):
    (problem,) = understand(text).problems
    assert choice in problem.choices


@pytest.mark.parametrize(
    "text",
    [
        "6 copies of 7B fp16 on one A100 80GB?",
        "10 replicas of 7B fp16 on one A100 80GB, does it fit?",
        "7B 部署 6 份在一张 A100 80G，够吗",
    ],
)
def test_several_copies_are_not_answered_as_one(text):
    assert understand(text).problems


@pytest.mark.parametrize(
    "text",
    [
        "8 A100 40G, 7B lora rank 8 batch 4 seq 2048 enough?",
        "train 7B in half precision on 8 A100 40G: enough?",
    ],
)
def test_other_numbers_beside_cards_are_no_part_of_them(text):
    assert not understand(text).problems


@pytest.mark.parametrize(
    "text",
    [
        "PCIe 4.0 x16 训 13B zero3 8 卡通信时间 A100",
        "over PCIe 4.0 x16, 13B zero3 communication time on 8 A100",
    ],
)
def test_a_link_over_pcie_beside_a_card_with_another_one_is_asked_back(text):
    (problem,) = understand(text).problems
    assert problem.field == "gpu"
    assert all("pcie" in choice.lower() for choice in problem.choices)


@pytest.mark.parametrize(
    "text",
    [
        "64GB RAM and a 4090: 7B full finetune with cpu offload?",
        "64GB 内存 4090，7B 全参 cpu offload 够吗",
    ],
)
def test_memory_of_the_host_is_noted_as_not_used(text):
    assert any(said.startswith("64GB") for said in understand(text).ignored)
