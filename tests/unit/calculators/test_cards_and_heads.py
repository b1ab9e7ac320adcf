"""Serving on cards that do not divide the attention heads: the number stands, and what it takes."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, Request, calculate


def ask(**fields: Any) -> Calculation:
    return calculate(Request(**fields))


def heads_caveats(answer: Calculation) -> list[tuple[str, str]]:
    return [(t.en, t.zh) for t in answer.caveats if "attention heads" in t.en]


@pytest.mark.parametrize(
    ("fields", "en", "zh"),
    [
        # Llama-3.1-8B has 32 heads: of what divides them, 4 and 8 lie around 6, 8 and 16 around 10
        ({"calculator": "fit", "model": "llama-3.1-8b", "gpu": "RTX 4090", "gpu_count": 6},
         "6 does not, 4 and 8 do", "6 张不行，4 张或 8 张可以"),
        ({"calculator": "max_batch", "model": "llama-3.1-8b", "gpu": "A100 80GB", "gpu_count": 10,
          "seq": 8192}, "10 does not, 8 and 16 do", "10 张不行，8 张或 16 张可以"),
        ({"calculator": "max_context", "model": "llama-3.1-8b", "gpu": "RTX 4090", "gpu_count": 3},
         "3 does not, 2 and 4 do", "3 张不行，2 张或 4 张可以"),
        # Qwen2.5-7B has 28 = 4 × 7 heads and 4 KV heads, which 7 and 14 cards cannot deal out
        ({"calculator": "fit", "model": "qwen2.5-7b", "gpu": "RTX 4090", "gpu_count": 8,
          "seq": 32768, "micro_batch": 32},
         "8 does not, 4 and 28 do", "8 张不行，4 张或 28 张可以"),
        # more cards than heads
        ({"calculator": "fit", "model": "llama-3.1-8b", "gpu": "RTX 4090", "gpu_count": 48},
         "48 does not, 32 does", "48 张不行，32 张可以"),
    ],
)  # fmt: skip
def test_cards_that_do_not_divide_the_heads(fields: dict[str, Any], en: str, zh: str) -> None:
    answer = ask(mode="infer", **fields)
    assert answer.value
    ((english, chinese),) = heads_caveats(answer)
    assert en in english
    assert zh in chinese
    assert "pipeline" in english
    assert "replicas" in english
    assert "流水线并行" in chinese
    assert "副本" in chinese


@pytest.mark.parametrize(
    "fields",
    [
        {"gpu_count": 8},  # 8 divides 32
        {"gpu_count": 1},
        {"gpu_count": 6, "tp": 2},  # three replicas of two cards
        {"gpu_count": 6, "pp": 3},
        {"gpu_count": 6, "dp": 3},
        {"gpu_count": 6, "mode": "train"},  # data-parallel
    ],
)
def test_nothing_is_said_where_they_do_or_where_it_is_settled(fields: dict[str, Any]) -> None:
    for calculator in ("fit", "max_batch", "max_context"):
        request = {"mode": "infer", "model": "llama-3.1-8b", "gpu": "A100 80GB"} | fields
        assert not heads_caveats(ask(calculator=calculator, **request))
