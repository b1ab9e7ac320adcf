"""A change in a conversation is one of what stands beside it, never of a value just said."""

from typing import Any

import pytest

from bot.understanding import to_context, understand
from bot.understanding.understood import Understood

# 2048 tokens, a batch of 8, rank 16, 4 cards.
FIRST = "LLaMA 7B LoRA rank 16, seq 2048, batch 8, 4 A100, does it fit?"


def thread(*turns: str) -> Understood:
    """Return the reading of the last turn of a calculated conversation."""
    context = None
    for turn in turns[:-1]:
        context = to_context(understand(turn, context)) | {"result": {"headline": {}}}
    return understand(turns[-1], context)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("序列 4096，batch 减半", {"seq": 4096, "batch": 4}),
        ("8k context, half the batch", {"seq": 8192, "batch": 4}),
        ("seq 1024，卡翻倍", {"seq": 1024, "gpu_count": 8}),
        ("16k, and double the batch", {"seq": 16384, "batch": 16}),
        ("seq 8192 and double the batch", {"seq": 8192, "batch": 16}),
        ("rank 64, half the cards", {"lora_rank": 64, "gpu_count": 2}),
        ("batch 2, double the context", {"batch": 2, "seq": 4096}),
        ("half the batch, seq 4096", {"seq": 4096, "batch": 4}),
        ("卡数翻倍，batch 2", {"batch": 2, "gpu_count": 8}),
        ("8 cards, twice the batch", {"gpu_count": 8, "batch": 16}),
        ("triple the context, rank 8", {"seq": 6144, "lora_rank": 8}),
        ("序列加倍，batch 4", {"seq": 4096, "batch": 4}),
    ],
)
def test_a_change_beside_a_new_value_is_of_what_it_stands_by(
    text: str, changed: dict[str, Any]
) -> None:
    found = thread(FIRST, text)
    assert found.follow_up
    assert not found.problems
    whole = {"seq": 2048, "batch": 8, "lora_rank": 16, "gpu_count": 4} | changed
    assert {name: found.inputs[name] for name in whole} == whole


@pytest.mark.parametrize(
    ("text", "batch"),
    [("batch times 4", 32), ("batch 乘以 2", 16), ("batch 多 50%", 12), ("50% more batch", 12)],
)
def test_a_product_and_a_share_more_are_changes(text: str, batch: int) -> None:
    found = thread(FIRST, text)
    assert not found.problems
    assert found.inputs["batch"] == batch


# 4 x 0.8 cards and a batch of 8 x 1.1 are no whole numbers.
@pytest.mark.parametrize(
    "text", ["times 4", "10% more", "乘 4", "多 10%", "20% fewer cards", "10% more batch"]
)
def test_a_change_of_nothing_or_to_no_whole_number_is_asked_back(text: str) -> None:
    found = thread(FIRST, text)
    assert found.follow_up
    assert [problem.field for problem in found.problems] == ["change"]


MACHINES = "Qwen2.5-7B 全参训练, 两台8卡A100 够吗"


@pytest.mark.parametrize(
    ("text", "count", "nodes"),
    [
        ("每台4卡呢", 8, 2),
        ("每台两张", 4, 2),
        ("4 cards per machine", 8, 2),
        ("4 gpus per node?", 8, 2),
        ("一台呢", 8, 1),
        ("只用一台呢", 8, 1),
        ("one machine?", 8, 1),
        ("3 台呢", 24, 3),
    ],
)
def test_what_each_machine_has_is_of_all_machines_of_the_conversation(
    text: str, count: int, nodes: int
) -> None:
    found = thread(MACHINES, text)
    assert not found.problems
    assert (found.inputs["gpu_count"], found.inputs["nodes"]) == (count, nodes)


@pytest.mark.parametrize("text", ["每台4卡呢", "4 cards per machine"])
def test_cards_of_machines_that_were_not_counted_are_asked_back(text: str) -> None:
    found = thread(FIRST.replace("4 A100", "8 A100"), text)
    assert [problem.choices for problem in found.problems] == [("4 GPUs", "8 GPUs")]


@pytest.mark.parametrize(
    "text",
    [
        "can one of two machines with 8 A100 train a 7B?",
        "7B full training on two of our three machines with 8 A100 each",
        "两台8卡A100中的一台能训7B吗",
        "7B 训练，三台8卡A100里用两台",
    ],
)
def test_some_of_several_machines_are_asked_back(text: str) -> None:
    assert "gpu_count" in [problem.field for problem in understand(text).problems]


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("batch 减半，序列加倍", {"batch": 4, "seq": 4096}),
        ("half the batch and double the context", {"batch": 4, "seq": 4096}),
        ("再加两张卡，batch 减半", {"gpu_count": 6, "batch": 4}),
    ],
)
def test_each_of_two_changes_is_of_what_it_stands_by(text: str, changed: dict[str, Any]) -> None:
    found = thread(FIRST, text)
    assert not found.problems
    assert {name: found.inputs[name] for name in changed} == changed


def test_one_change_of_two_settings_is_asked_back() -> None:
    assert thread(FIRST, "序列和 batch 都减半").problems


@pytest.mark.parametrize("text", ["不要重计算", "不用重计算", "no checkpointing"])
def test_what_is_denied_asks_for_no_amount(text: str) -> None:
    assert thread(FIRST, text).calculator == "fit"
