"""Numbers in words, in both languages, and words that are misspelt."""

from __future__ import annotations

import pytest

from bot.understanding import understand
from bot.understanding.atoms import tokenize
from bot.understanding.number_words import words_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("thirteen", 13),
        ("sixty-five", 65),
        ("one hundred and eighty", 180),
        ("two thousand forty-eight", 2048),
        ("four thousand and ninety six", 4096),
        ("one point five billion", 1.5),
        ("half a billion", 0.5),
        ("a hundred cards", 100),
    ],
)
def test_english_numbers_are_read(text: str, value: float) -> None:
    found = words_number(tokenize(text), 0)
    assert found is not None
    assert found[0] == value


@pytest.mark.parametrize("text", ["a card", "billion", "hundreds", "and so on"])
def test_other_words_are_no_numbers(text: str) -> None:
    assert words_number(tokenize(text), 0) is None


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("disk for a 180-billion-parameter model in fp8", 180e9),
        ("memory to train thirteen billion weights", 13e9),
        ("sixty-five billion parameters, inference memory?", 65e9),
        ("a seven-billion model on two A100s", 7e9),
        ("三百四十亿参数推理显存", 34e9),
    ],
)
def test_sizes_in_words(text: str, params: float) -> None:
    assert understand(text).inputs["params"] == params


def test_chinese_lengths_and_batches_in_words() -> None:
    found = understand("13b 训练 长度两千零四十八 批大小三十二 显存多少").inputs
    assert (found["seq"], found["batch"]) == (2048, 32)


def test_a_length_before_what_is_long_and_a_count_before_what_runs_at_once() -> None:
    found = understand("Two concurrent 64k conversations on Llama-3.1-70B: KV cache size?").inputs
    assert (found["seq"], found["batch"]) == (65536, 2)


def test_the_unit_after_a_length_belongs_to_the_next_thing() -> None:
    found = understand("3 samples/s 单卡 len 1024 token/s").inputs
    assert (found["seq"], found["examples_per_s"]) == (1024, 3)


@pytest.mark.parametrize(
    ("text", "calculator"),
    [
        ("trainnig 7b memroy?", "training"),
        ("7b infernece vram", "inference"),
        ("optimzer states of a 7b", "optimizer_memory"),
        ("actvations of a 7b at 2k", "activation"),
    ],
)
def test_misspelt_words_mean_the_word_of_the_field(text: str, calculator: str) -> None:
    assert understand(text).calculator == calculator


@pytest.mark.parametrize(
    "text", ["no finetuning, just a 15b in fp16, mem?", "15b 不做训练 fp16 显存多少"]
)
def test_training_that_is_denied_is_inference(text: str) -> None:
    assert understand(text).calculator == "inference"
