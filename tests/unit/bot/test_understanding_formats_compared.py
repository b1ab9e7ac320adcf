"""Cards compared in a format, and the tokens of a run that are fewer than those of a corpus."""

from __future__ import annotations

import pytest

from bot.understanding.understand import understand


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("H100 和 A100 谁的 fp8 快", {"attribute": "fp8"}),
        ("A100 vs H100 int8 算力", {"attribute": "flops", "weight_dtype": "int8"}),
        ("tf32: A100 vs H100", {"weight_dtype": "tf32"}),
        ("is the 4090 faster than the 3090 at bf16?", {"attribute": "bf16"}),
    ],
)
def test_a_format_beside_cards_is_what_they_are_compared_by(text: str, asked: dict) -> None:
    found = understand(text)

    request = {key: found.request[key] for key in found.request if key not in ("gpus",)}
    assert request == {"calculator": "compare_gpu"} | asked


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("how long to finetune 7B on 10M tokens on a 4090", 10e6),
        ("训 1 epoch 要多久，7B，数据 10M tokens，1 张 4090", 10e6),
        ("how long to finetune 7B on 5M tokens x 3 epochs on a 4090", 15e6),
    ],
)
def test_millions_of_tokens_are_what_a_run_trains_on(text: str, tokens: float) -> None:
    assert understand(text).request["total_tokens"] == tokens


def test_a_prompt_of_millions_of_tokens_is_no_run() -> None:
    found = understand("how long does a 2M token prompt take on llama-3-8b with an H100")

    assert found.request["calculator"] == "latency"
