"""Sets of cards weighed against each other are all calculated; a mixed pool is asked back."""

import pytest

from bot.understanding.understand import understand


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("8×4090 or 4×A100 for 13B LoRA?", ("RTX 4090", 8), ("A100", 4)),
        ("4张A100和8张4090哪个能训13B", ("A100", 4), ("RTX 4090", 8)),
        ("8卡H100 对比 16卡A100，全参训 30B 哪套够", ("H100", 8), ("A100", 16)),
        ("would you take 2 x L40S or an A100 to serve a 70b int4", ("L40S", 2), ("A100", 1)),
        ("is 4×A100 or 8×A100 enough to train 13B", ("A100", 4), ("A100", 8)),
    ],
)
def test_every_set_is_calculated(text, first, second):
    read = understand(text)
    assert read.calculator == "fit"
    assert not read.problems
    assert (read.request["gpu"], read.request["gpu_count"]) == first
    (compared,) = read.compared
    assert (compared.request["gpu"], compared.request["gpu_count"]) == second


def test_a_second_card_asked_about_in_turn_is_calculated_too():
    read = understand("13B 4090 能推理吗，A100 呢")
    assert read.request["gpu"] == "RTX 4090"
    assert [compared.request["gpu"] for compared in read.compared] == ["A100"]


def test_cards_without_a_number_are_weighed_one_by_one():
    read = understand("A100 40G vs A100 80G for 13B LoRA")
    assert read.request["gpu"] == "a100-40gb-sxm"
    (compared,) = read.compared
    assert compared.request["gpu"] == "a100-80gb-sxm"


@pytest.mark.parametrize(
    "text", ["我有4张A100和2张4090，能训13B吗", "2 4090s and an A100: 13B LoRA?"]
)
def test_a_mixed_pool_is_asked_back(text):
    read = understand(text)
    assert [problem.field for problem in read.problems] == ["gpu"]


def test_specs_are_still_compared_card_by_card():
    assert understand("4090 vs A100 bf16 tflops").calculator == "compare_gpu"
