"""What lacks or cannot be is asked back: a missing model, unknown names, one card that is four."""

from __future__ import annotations

import pytest
from understanding_score import rows

from bot.understanding import to_context, understand


@pytest.mark.parametrize("row", rows("understanding_asked_back"), ids=lambda row: row["text"])
def test_what_cannot_be_calculated_is_named(row: dict[str, str]) -> None:
    found = understand(row["text"])
    assert found.problems
    assert (found.problems[0].code, found.problems[0].field) == (row["code"], row["field"])


@pytest.mark.parametrize("text", ["does it fit on a 4090", "4090 上跑得动吗", "要几张 A100 才够啊"])
def test_a_missing_model_is_asked_for_with_sizes_to_choose(text: str) -> None:
    (problem,) = understand(text).problems
    assert problem.code == "missing"
    assert problem.choices == ("7B", "13B", "70B")


def test_the_question_back_is_in_the_askers_language() -> None:
    assert understand("is one A100 enough").problems[0].text.startswith("which model")
    assert understand("一张 A100 够吗").problems[0].text.startswith("哪个模型")


def test_the_model_named_next_completes_the_question() -> None:
    asked = understand("does it fit on a 4090")
    told = understand("13B", to_context(asked))
    assert told.problems == ()
    assert told.calculator == "fit"
    assert told.inputs["params"] == 13e9
    assert told.inputs["gpu"] == "RTX 4090"


def test_the_card_named_next_keeps_the_count_of_the_unknown_one() -> None:
    asked = understand("can 4×V1000 train 65B?")
    told = understand("V100", to_context(asked))
    assert told.inputs["gpu_count"] == 4
    assert told.inputs["params"] == 65e9


@pytest.mark.parametrize(
    "text",
    ["H100 和 H200 的交货周期", "A100 and H100 prices went up again", "明天把 8 张 A100 借我用用"],
)
def test_cards_that_are_only_mentioned_ask_nothing(text: str) -> None:
    assert understand(text).calculator is None


def test_the_hosts_memory_is_not_the_cards() -> None:
    found = understand("13b on one 3090 with 128GB ram, zero2 offload, train ok?")
    assert found.problems == ()
    assert "gpu_memory_bytes" not in found.inputs


def test_a_number_inside_a_name_counts_no_cards() -> None:
    assert "gpu_count" not in understand("can the Q9000 gpu train a 7b").inputs


@pytest.mark.parametrize("text", ["H20 能跑 fp8 吗", "does V100 support fp8"])
def test_what_a_card_can_do_is_asked_of_the_card(text: str) -> None:
    found = understand(text)
    assert found.calculator == "gpu_info"
    assert found.request["attribute"] == "fp8"


@pytest.mark.parametrize(
    "text",
    [
        "can I train 7B?",
        "能训 7B 吗",
        "will 13b int4 fit?",
        "跑得动 70B 吗",
        "can we finetune 13b?",
    ],
)
def test_a_missing_card_is_asked_for_with_cards_to_choose(text: str) -> None:
    (problem,) = understand(text).problems
    assert (problem.code, problem.field) == ("missing", "gpu")
    for choice in problem.choices:
        told = understand(choice, to_context(understand(text)))
        assert told.problems == ()
        assert told.calculator == "fit"
        assert told.inputs["params"] == understand(text).inputs["params"]


@pytest.mark.parametrize(
    ("reply", "gpu", "count"),
    [
        ("4×A100", "A100", 4),
        ("一张 4090", "RTX 4090", 1),
        ("我们实验室有 4 张 A100", "A100", 4),
        ("we have four A100s in the lab", "A100", 4),
    ],
)
def test_the_cards_named_next_complete_the_question(reply: str, gpu: str, count: int) -> None:
    told = understand(reply, to_context(understand("can I train 7B?")))
    assert told.problems == ()
    assert told.calculator == "fit"
    assert told.request["mode"] == "train"
    assert (told.inputs["gpu"], told.inputs["gpu_count"]) == (gpu, count)


def test_a_bare_number_answers_which_number() -> None:
    asked = understand("4 cards, 8×A100 train 7b")
    assert understand("8", to_context(asked)).inputs["gpu_count"] == 8
    assert understand("4", to_context(asked)).inputs["gpu_count"] == 4


def test_the_largest_batch_of_no_model_asks_for_the_model() -> None:
    (problem,) = understand("A100 上 batch 最大开多少").problems
    assert (problem.code, problem.field) == ("missing", "params")
