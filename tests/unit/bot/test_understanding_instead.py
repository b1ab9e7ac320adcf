"""What stands in the place of something else, bounds of a batch, and several of one model."""

import pytest

from bot.understanding import understand


@pytest.mark.parametrize(
    "text",
    [
        "instead of training, inference of 7B fp16",
        "rather than training, serve 7B fp16",
        "inference instead of training for 7B fp16",
        "代替训练，只推理 7B",
    ],
)
def test_what_replaces_training_is_asked_for(text: str) -> None:
    read = understand(text)
    assert read.calculator == "inference"
    assert read.inputs["mode"] == "infer"
    assert not read.problems


@pytest.mark.parametrize(
    "text",
    [
        "两个 llama-2-13b fp16 放一张 A100 40G 行吗",
        "三个 llama-3-8b 放一张 4090 行吗",
        "two llama-2-13b on one A100 40G?",
    ],
)
def test_several_of_a_named_model_are_asked_back(text: str) -> None:
    (problem,) = understand(text).problems
    assert problem.choices[0].startswith("one copy of llama-")


def test_an_ordinal_counts_no_models() -> None:
    assert not understand("第三个 llama-3-8b 放一张 4090 行吗").problems


@pytest.mark.parametrize(
    ("text", "batch"),
    [
        ("train a 7B with batch not over 8 on 4 A100", 8),
        ("train a 7B on 4 A100 80GB, batch size at most 8", 8),
        ("serve a 7B on A100 80GB with batch at most 8, does it fit", 8),
        ("训练 7B，batch 最多 4，A100 一张够吗", 4),
        ("训练 7B，batch 不超过 4，A100 一张够吗", 4),
    ],
)
def test_a_bound_with_a_number_is_the_batch(text: str, batch: int) -> None:
    read = understand(text)
    assert (read.calculator, read.inputs["batch"]) == ("fit", batch)
    assert not read.problems


@pytest.mark.parametrize(
    "text", ["7B training on A100 80GB, batch at most?", "7B 训练 A100 80G，batch 最多多少"]
)
def test_a_bound_without_a_number_is_sought(text: str) -> None:
    assert understand(text).calculator == "max_batch"


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("A100 不是 40G 的，是 80G 的，8 张，训练 13B", "gpu_memory_bytes", 80_000_000_000),
        ("A100 is not 40G but 80G, 8 of them, train 13B", "gpu_memory_bytes", 80_000_000_000),
        ("不是 8 张是 4 张 A100 训练 7B", "gpu_count", 4),
        ("不是 7B 而是 13B，8 张 A100 训练", "params", 13_000_000_000),
        ("not 7B but 13B training on 8 A100", "params", 13_000_000_000),
    ],
)
def test_the_value_in_the_place_of_a_denied_one_holds(text: str, name: str, value: int) -> None:
    read = understand(text)
    assert (read.calculator, read.inputs[name]) == ("fit", value)
    assert not read.problems
