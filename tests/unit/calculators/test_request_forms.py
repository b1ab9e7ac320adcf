"""What a request may leave open as null, and how a value of another form is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest

from calculators import calculate
from calculators.errors import CalculatorError
from calculators.requests import Request
from calculators.validation import parse_request

ASKED = {"calculator": "training", "model": "llama-3-8b", "method": "lora"}


def test_null_counts_as_left_out() -> None:
    nulls = dict.fromkeys(Request.model_fields.keys() - ASKED.keys())
    assert parse_request({**ASKED, **nulls}) == parse_request(ASKED)
    lora = {"rank": 8, "targets": None, "dropout": None}
    assert parse_request({**ASKED, "lora": lora}) == parse_request({**ASKED, "lora": {"rank": 8}})


def test_null_inside_a_config_keeps_its_meaning() -> None:
    config = {"model_type": "llama", "head_dim": None}
    assert parse_request({"calculator": "inference", "config": config}).config == config


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("seq", math.nan, "seq must be a finite number, not 'nan'."),
        ("gpus", "A100", "gpus must be a list, not 'A100'."),
        ("config", "{}", "config must be an object, not '{}'."),
        ("lora", 16, "lora must be an object such as {\"rank\": 16}, not '16'."),
        ("headroom", "maybe", "headroom must be true or false, not 'maybe'."),
        ("micro_batch", 1.5, "micro_batch must be a whole number, not '1.5'."),
    ],
)
def test_another_form_is_refused_in_a_sentence(field: str, value: Any, sentence: str) -> None:
    with pytest.raises(CalculatorError) as refused:
        parse_request({**ASKED, field: value})
    assert refused.value.text.en == sentence


def test_a_config_without_a_name_says_what_it_lacks() -> None:
    with pytest.raises(CalculatorError) as refused:
        calculate(parse_request({"calculator": "inference", "config": {}}))
    assert "neither model_type nor architectures" in refused.value.text.en
    assert "缺少 model_type" in refused.value.text.zh
