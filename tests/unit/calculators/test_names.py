"""How names are compared."""

from __future__ import annotations

import pytest

from calculators.names import look_up, nearest, normalise, variants


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Llama-2-7B", "llama2 7b"),
        ("RTX_4090", "rtx 4090"),
        ("ＧＰＴ－２", "gpt2"),
        ("羊驼 7B", "羊驼7b"),
        ("A100 (80G)", "a100-80g"),
    ],
)
def test_case_width_and_separators_do_not_count(left: str, right: str) -> None:
    assert normalise(left) == normalise(right)


@pytest.mark.parametrize(("left", "right"), [("llama-2-7b", "llama-27b"), ("a100-80", "a1-0080")])
def test_a_separator_between_digits_does(left: str, right: str) -> None:
    assert normalise(left) != normalise(right)


def test_organisation_and_decoration_come_off_one_by_one() -> None:
    assert list(variants("Qwen/Qwen2.5-7B-Instruct-AWQ"))[-1] == "qwen2.5-7b"


def test_the_most_literal_reading_wins() -> None:
    index = {"mistral-7b-v0.3": "new", "mistral7b": "old", "mistral7bv0.3": "new"}
    assert look_up("mistral-7b-v0.3", index) == "new"
    assert look_up("mistral-7b-instruct", index) == "old"
    assert look_up("unheard of", index) is None


def test_nearest_names_come_once_and_best_first() -> None:
    candidates = {"llama2-7b": "Llama-2-7B", "llama7b": "LLaMA-7B", "meta7b": "Llama-2-7B"}
    assert nearest("lama-2-7b", candidates)[0] == "Llama-2-7B"
    assert len(set(nearest("lama", candidates))) == len(nearest("lama", candidates))
