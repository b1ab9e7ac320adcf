"""Default cards fill in where a question would be asked back for a card, and nowhere else."""

from __future__ import annotations

import pytest

from bot.answering import Answerer, MemoryThreads
from bot.question import Defaults, Question
from calculators import find_gpu, gpus

CARDS = Defaults("H100 80GB SXM5", 8)


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return Answerer()


@pytest.mark.parametrize(
    ("text", "calculator", "count"),
    [
        ("can I train 7B?", "fit", 8),
        ("能训练 7B 吗", "fit", 8),
        ("max batch for llama-2-7b", "max_batch", 8),
        ("how long to train llama-2-7b on 1T tokens", "training_time", 8),
        ("how many tokens/s for 7B inference", "latency", 8),
        # What was said, and what is asked for, is left as it is.
        ("4 张卡能训 13B 吗", "fit", 4),
        ("how many cards to train 13B?", "min_gpus", None),
    ],
)
def test_a_card_that_is_missing_is_filled_in_and_said(
    answerer: Answerer, text: str, calculator: str, count: int | None
) -> None:
    assert answerer.answer(Question(text)).kind == "clarify"
    answer = answerer.answer(Question(text, defaults=CARDS))
    assert answer.calculation is not None
    assert answer.calculation.calculator == calculator
    assert answer.inputs["gpu"] == "H100 80GB SXM5"
    assert answer.inputs.get("gpu_count") == count
    (said,) = [one for one in answer.caveats if "H100 80GB SXM5" in one]
    assert ("8×H100" in said) is (count == 8)


@pytest.mark.parametrize(
    "text",
    [
        "can 4×V100 32G train 65B?",
        "can 24G run 7B?",
        "7b fp16 adamw",
        "A100 vs H100",
        "tf32 是多少位",
        "how do I judge my GPU utilisation?",
        "what is the weather?",
        "7B 训练多久",
    ],
)
def test_nothing_is_filled_in_where_no_card_is_missing(answerer: Answerer, text: str) -> None:
    plain, filled = (answerer.answer(Question(text, defaults=d)) for d in (None, CARDS))
    assert (plain.kind, plain.calculation, plain.caveats, plain.message) == (
        filled.kind,
        filled.calculation,
        filled.caveats,
        filled.message,
    )


def test_the_card_of_the_conversation_counts_more() -> None:
    answerer = Answerer(threads=MemoryThreads())
    answerer.answer(Question("can 4×V100 32G train 65B?", defaults=CARDS))
    answer = answerer.answer(Question("with LoRA?", defaults=CARDS))
    assert "V100" in str(answer.inputs["gpu"])
    assert answer.inputs["gpu_count"] == 4


def test_every_card_of_the_registry_can_be_a_default() -> None:
    for gpu in gpus():
        assert find_gpu(gpu.title.removeprefix("NVIDIA ")).id == gpu.id


@pytest.mark.parametrize(
    ("chosen", "cards"),
    [
        ({}, None),
        ({"gpu": ""}, None),
        ({"gpu": 7}, None),
        ({"gpu": "A100"}, Defaults("A100", 1)),
        ({"gpu": "A100", "gpu_count": -1}, Defaults("A100", 1)),
        ({"gpu": "A100", "gpu_count": 4}, Defaults("A100", 4)),
    ],
)
def test_what_was_kept_is_read_with_care(chosen: dict[str, object], cards: Defaults | None) -> None:
    assert Defaults.read(chosen) == cards
