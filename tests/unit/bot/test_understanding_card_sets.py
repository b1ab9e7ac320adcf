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


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("4 nodes of 8 H100 or 10 nodes of 8 A100, which can full train 180B", (32, 80)),
        ("2台8卡A100 还是 4台8卡4090，全参训 30B", (16, 32)),
        ("A100 or H100 for training 7B on 1T tokens, how long each? 64 cards, 40% mfu", (64, 64)),
        ("H100-80 vs A100-80 for 13b full ft, 8 each", (8, 8)),
        ("H100 和 A100 各8张，13b 全参哪个行", (8, 8)),
    ],
)
def test_machines_and_shared_numbers_are_those_of_each_set(text, counts):
    read = understand(text)
    (compared,) = read.compared
    assert (read.request["gpu_count"], compared.request["gpu_count"]) == counts


@pytest.mark.parametrize(
    ("text", "calculator"),
    [
        ("max batch on 4090 vs A100 for llama-3-8b 4k", "max_batch"),
        ("min cards for 70B fp16: A100 80G vs H100?", "min_gpus"),
        ("tokens/s of llama-3-8b on 4090 vs A100", "latency"),
        ("1×H100 还是 2×4090 跑 30b int8 快", "latency"),
        ("A100 vs H100 for 7B", "compare_gpu"),
    ],
)
def test_sets_are_weighed_by_what_is_asked(text, calculator):
    assert understand(text).calculator == calculator


@pytest.mark.parametrize(
    ("text", "count", "memory"),
    [
        ("6x A100-80 box, full ft a 34B, feasible?", 6, 80e9),
        ("4 A100-40 for 34B lora enough?", 4, 40e9),
        ("V100-32 x 4, 13b int8 inference fits?", 4, 32e9),
        ("A100-8卡 全参训 7b 够吗", 8, None),
    ],
)
def test_a_number_hyphened_to_a_card_is_its_memory(text, count, memory):
    read = understand(text)
    assert read.inputs["gpu_count"] == count
    assert read.inputs.get("gpu_memory_bytes") == memory
    assert "nodes" not in read.inputs


@pytest.mark.parametrize(
    "text",
    [
        "8卡 vs 16卡 zero3 训 30B 每卡多少",
        "compare 8 and 16 A100 for 30B full training",
        "8×A100 vs 16×A100 zero3 30B memory per card",
    ],
)
def test_two_numbers_of_the_same_cards_are_both_calculated(text):
    read = understand(text)
    assert not read.problems
    (compared,) = read.compared
    assert (read.request["gpu_count"], compared.request["gpu_count"]) == (8, 16)


def test_numbers_that_are_not_weighed_contradict_each_other():
    (problem,) = understand("4 cards, 8×A100, 7B full").problems
    assert (problem.code, problem.field) == ("contradiction", "gpu_count")
