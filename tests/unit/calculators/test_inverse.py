"""Inverse questions against the question itself: what is found fits, and one step more does not."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import Any

import pytest

from calculators import Calculation, CalculatorError, Request, calculate

MODELS = ("llama-2-7b", "llama-3-70b", "qwen3-30b-a3b", "deepseek-v2-lite", "gemma-3-12b",
          "mixtral-8x7b", "qwen3-next-80b-a3b", "phi-4")  # fmt: skip
CARDS = ("V100 32GB", "RTX 4090", "A100 80GB", "H100", "L40S", "MI300X")
TRAINING: dict[str, tuple[Any, ...]] = {
    "method": (None, "lora", "qlora"),
    "seq": (None, 512, 4096),
    "sharding": (None, "none", "zero2", "zero3", "fsdp2"),
    "checkpointing": (None, "none", "full", "selective"),
    "optimizer": (None, "adamw_8bit", "sgd"),
    "offload": (None, None, "optimizer"),
    "tp": (None, None, 2),
}
SERVING: dict[str, tuple[Any, ...]] = {
    "seq": (None, 4096, 32768),
    "micro_batch": (None, 1, 8),
    "weight_dtype": (None, "int8", "q4_k_m"),
    "kv_dtype": (None, "int8"),
    "tp": (None, None, 2),
}


def requests(seed: int) -> Any:
    """Yield requests of every kind, drawn with a seed."""
    draw = Random(seed)
    while True:
        training = draw.random() < 0.55
        fields: dict[str, Any] = {"mode": "train" if training else "infer"}
        fields |= {"model": draw.choice(MODELS), "gpu": draw.choice(CARDS)}
        fields["gpu_count"] = draw.choice((1, 2, 4, 8))
        for name, values in (TRAINING if training else SERVING).items():
            if (value := draw.choice(values)) is not None:
                fields[name] = value
        yield fields


def ask(calculator: str, **fields: Any) -> Calculation | None:
    try:
        return calculate(Request(calculator=calculator, **fields))
    except CalculatorError:
        return None


def fits(**fields: Any) -> bool:
    answer = ask("fit", **fields)
    return answer is not None and answer.verdict != "no"


@pytest.mark.parametrize(
    ("calculator", "field"), [("max_batch", "micro_batch"), ("max_context", "seq")]
)
def test_the_largest_fits_and_one_more_does_not(calculator: str, field: str) -> None:
    for fields in islice(requests(11), 40):
        given = {name: value for name, value in fields.items() if name != field}
        answer = ask(calculator, **given)
        if answer is None:
            continue
        value = answer.details["estimate_by_memory"]
        assert value >= answer.details["estimate"]
        assert not fits(**given, **{field: value + 1}) or value == 10**8, given
        assert not value or fits(**given, **{field: value}), given


def test_the_largest_rank_fits_and_one_more_does_not() -> None:
    for fields in islice(requests(12), 60):
        if fields["mode"] != "train" or "method" not in fields:
            continue
        answer = ask("max_rank", **fields)
        if answer is None:
            continue
        assert answer.request.lora is not None
        rank = answer.details["estimate"]
        more = answer.request.lora.model_copy(update={"rank": rank + 1})
        useless = any("hidden size" in text.en for text in answer.caveats)
        assert useless or not fits(**fields, lora=more), fields
        assert not rank or fits(**fields, lora=answer.request.lora), fields


def test_the_fewest_cards_fit_and_fewer_do_not() -> None:
    for fields in islice(requests(13), 40):
        given = {name: value for name, value in fields.items() if name != "gpu_count"}
        answer = ask("min_gpus", **given)
        if answer is None:
            continue
        count, group = answer.details["estimate_gpus"], given.get("tp") or 1
        if not count:
            assert not any(fits(**given, gpu_count=group * k) for k in (1, 4, 64, 1024)), given
            continue
        assert fits(**given, gpu_count=count), given
        assert not any(fits(**given, gpu_count=k) for k in range(group, count, group)[-4:]), given


def test_a_window_that_bounds_the_cache_bounds_no_context() -> None:
    answer = ask("max_context", model="mistral-7b-v0.1", gpu="RTX 5090", mode="infer",
                 weight_dtype="int4-g128")  # fmt: skip
    assert answer is not None
    assert answer.value == 32_768  # max_position_embeddings
    assert answer.details["estimate_by_memory"] == 10**8  # where the search ends
    assert "memory would hold" not in answer.headline.en
    assert any("no limit" in text.en and "不构成限制" in text.zh for text in answer.caveats)


def test_rank_ends_at_the_hidden_size() -> None:
    answer = ask("max_rank", model="llama-2-7b", gpu="MI300X", gpu_count=8, method="lora")
    assert answer is not None
    assert answer.value == 4096
    assert any("not memory" in text.en and "不是显存" in text.zh for text in answer.caveats)
