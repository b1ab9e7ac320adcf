"""Every sentence of the bot exists in both languages, with the same blanks to fill."""

from __future__ import annotations

import re
import string

import pytest

from bot.messages import catalogue, say, worded

KEYS = sorted(catalogue())


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", KEYS)
def test_both_languages_say_it_with_the_same_blanks(key: str) -> None:
    sentence = catalogue()[key]
    assert set(sentence) == {"en", "zh"}
    assert blanks(sentence["en"]) == blanks(sentence["zh"])


@pytest.mark.parametrize("key", KEYS)
def test_english_has_no_chinese_and_chinese_has_some(key: str) -> None:
    sentence = catalogue()[key]
    assert not re.search("[\u4e00-\u9fff]", re.sub(r"- .*", "", sentence["en"]))
    if re.search("[A-Za-z]{3}", sentence["en"]):
        assert re.search("[\u4e00-\u9fff]", sentence["zh"])


def test_a_value_with_braces_is_not_filled_again() -> None:
    assert "{text}" in say("problem_unknown_model", "en", text="{text}")


def test_names_of_inputs_become_words() -> None:
    assert worded("micro_batch must be a whole number", "en") == "batch must be a whole number"
    assert worded("“seq = 0”不行", "zh") == "“序列长度 = 0”不行"


def test_other_words_are_left_alone() -> None:
    assert worded("the sequence of q_proj in a parameter", "en") == (
        "the sequence of q_proj in a parameter"
    )
