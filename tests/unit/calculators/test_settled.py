"""What is worked out once for all loads never carries one load's words into another's answer."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, calculate, parse_request


def _answer(**fields: Any) -> Calculation:
    return calculate(parse_request(fields))


def _caveats(answer: Calculation) -> str:
    return " ".join(text.en for text in answer.caveats)


def test_the_models_limit_is_said_of_the_length_that_exceeds_it_alone() -> None:
    # Llama 2 is configured for 4,096 tokens; 4,095, 4,097 and 5,000 share no power of two with it.
    within = _answer(calculator="training", model="llama-2-7b", seq=4095)
    beyond = _answer(calculator="training", model="llama-2-7b", seq=4097)
    further = _answer(calculator="training", model="llama-2-7b", seq=5000)
    assert "exceed" not in _caveats(within)
    assert "4,097 tokens exceed the 4,096" in _caveats(beyond)
    assert "5,000 tokens exceed the 4,096" in _caveats(further)


def test_the_whole_batch_is_that_of_the_request_asked() -> None:
    asked = {"calculator": "training", "model": "llama-2-7b", "grad_accumulation": 4}
    # 4 micro-steps of 3 and of 4 sequences on one card: 12 and 16 in all
    assert "takes 12 in all" in _caveats(_answer(**asked, micro_batch=3))
    assert "takes 16 in all" in _caveats(_answer(**asked, micro_batch=4))


def test_a_window_is_noted_where_the_length_reaches_it_alone() -> None:
    asked = {"calculator": "inference", "model": "mistral-7b-v0.1"}
    # Mistral 7B v0.1 keeps 4,096 tokens (arXiv 2310.06825, table 1).
    assert "sliding window" not in _caveats(_answer(**asked, seq=3000))
    assert "sliding window" in _caveats(_answer(**asked, seq=8000))


@pytest.mark.parametrize("calculator", ["training", "inference"])
def test_the_completed_request_says_the_load_that_was_asked(calculator: str) -> None:
    for seq, batch in ((1000, 2), (1001, 3), (None, None), (900, None)):
        given = {"seq": seq, "micro_batch": batch}
        stated = {name: value for name, value in given.items() if value is not None}
        answer = _answer(calculator=calculator, model="qwen2.5-7b", **stated)
        assert answer.request.seq == (seq or 2048)
        assert answer.request.micro_batch == (batch or 1)
        assumed = {a.field for a in answer.assumptions}
        assert ("seq" in assumed) == (seq is None)
        assert ("micro_batch" in assumed) == (batch is None)


def test_answers_do_not_rest_on_the_order_in_which_loads_were_asked() -> None:
    lengths = (700, 600, 1023, 513)
    first = [_answer(calculator="training", params=9.5e9, gpu="l40s", seq=n) for n in lengths]
    other = [
        _answer(calculator="training", params=9.5e9, gpu="l40s", seq=n, id=n)
        for n in reversed(lengths)
    ]
    for one, again in zip(first, reversed(other), strict=True):
        assert one.value == again.value
        assert one.memory == again.memory
        assert one.caveats == again.caveats
        assert one.working == again.working
        assert one.headline == again.headline
        assert again.request.id == again.request.seq
