"""What no machine could hold is refused in a sentence that names the field, never a number."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import calculate_json

LLAMA = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "vocab_size": 32000,
}
WIDE = {"hidden_size": 10**12, "num_attention_heads": 10**6, "head_dim": 10**6}


def error_of(fields: dict[str, Any]) -> dict[str, Any]:
    answer = calculate_json(fields, working=False)
    assert "error" in answer, answer.get("headline")
    chinese = calculate_json(fields, language="zh", working=False)
    assert chinese["error"]["message"] != answer["error"]["message"]
    return dict(answer["error"])


@pytest.mark.parametrize("calculator", ["file_size", "inference", "training", "kv_cache"])
@pytest.mark.parametrize("changes", [WIDE, {"num_hidden_layers": 10**9}, {"vocab_size": 2**40}])
def test_a_config_of_absurd_size_is_refused(calculator: str, changes: dict[str, int]) -> None:
    # 10**12 wide: 4 · 10**24 for the attention of one layer; a vocabulary of 2**40 on a hidden
    # size of 4,096: 2 · 4.5e15.
    error = error_of({"calculator": calculator, "config": {**LLAMA, **changes}})
    assert (error["code"], error["field"]) == ("invalid_request", "config")
    assert next(iter(changes)) in error["message"]


@pytest.mark.parametrize("batch", ["micro_batch", "global_batch"])
def test_more_tokens_than_there_can_be_are_refused(batch: str) -> None:
    error = error_of(
        {"calculator": "kv_cache", "model": "llama-7b", "seq": 10**9, batch: 10**7}
    )  # 1e16 tokens
    assert (error["code"], error["field"]) == ("invalid_request", "seq")
    assert batch in error["message"]


def test_a_result_beyond_all_machines_names_what_made_it_so_large() -> None:
    error = error_of(
        {"calculator": "kv_cache", "model": "llama-65b", "seq": 10**6, "micro_batch": 10**6}
    )  # 2 · 80 layers · 8,192 · 2 bytes = 2,621,440 bytes a token: 2.6e18
    assert (error["code"], error["field"]) == ("invalid_request", "micro_batch")
    assert "micro_batch" in error["message"]


def test_what_is_only_large_is_still_counted() -> None:
    answer = calculate_json(
        {"calculator": "kv_cache", "model": "llama-7b", "seq": 10**6, "micro_batch": 10**4}
    )
    # 2 · 32 layers · 4,096 · 2 bytes a token
    assert answer["value_bytes"] == 524_288 * 10**10
