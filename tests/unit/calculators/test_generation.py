"""Generating an answer: steps that read a growing cache, stages in turn, cards that exchange."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, Request, calculate


def ask(**fields: Any) -> Calculation:
    return calculate(Request(**fields))


@pytest.mark.parametrize(
    ("model", "prompt", "generated"),
    [("llama-2-7b", 5, 40), ("mistral-7b-v0.1", 4080, 33), ("gemma-3-12b", 1000, 60)],
)
def test_an_answer_takes_the_sum_of_its_steps(model: str, prompt: int, generated: int) -> None:
    # windows of 4,096 (Mistral) and 1,024 (Gemma 3) fill while the answer is generated
    fields: dict[str, Any] = {"model": model, "gpu": "A100 80GB", "micro_batch": 3}
    whole = ask(calculator="latency", seq=prompt + generated, new_tokens=generated, **fields)
    steps = [
        ask(calculator="throughput", seq=context, **fields).details["memory_s"]
        for context in range(prompt + 1, prompt + generated)
    ]
    first = whole.details["time_to_first_token_s"]
    assert whole.details["total_s"] == pytest.approx(first + sum(steps), rel=1e-9)
    shown = {step.formula for step in whole.working}
    assert {"decode_mean_cache", "generation_time", "prefill_flops"} <= shown
    assert ("decode_mean_cache_windowed" in shown) == (model != "llama-2-7b")


def test_stages_are_no_faster_for_one_sequence() -> None:
    one = ask(calculator="latency", model="llama-3-8b", gpu="A100 80GB", seq=1024)
    split = ask(calculator="latency", model="llama-3-8b", gpu="A100 80GB", seq=1024, pp=4)
    assert split.details["time_per_token_s"] == one.details["time_per_token_s"]
    assert any("one after the other" in t.en and "依次" in t.zh for t in split.caveats)
    # four sequences keep four stages busy: their caches are read at the same time
    alone = ask(calculator="throughput", model="llama-3-8b", gpu="A100 80GB", seq=1024,
                micro_batch=4)  # fmt: skip
    busy = ask(calculator="throughput", model="llama-3-8b", gpu="A100 80GB", seq=1024,
               micro_batch=4, pp=4)  # fmt: skip
    cache = 32 * 2 * 8 * 128 * 1024 * 2  # one sequence
    saved = alone.details["memory_s"] - busy.details["memory_s"]
    assert saved == pytest.approx(3 * cache / 2039e9, rel=1e-6)


def test_tensor_parallelism_exchanges_two_activations_a_layer() -> None:
    # 2 × 80 layers × 2 × 7/8 × 4,096 tokens × 8,192 × 2 bytes over PCIe 4.0 x16, one direction
    answer = ask(calculator="latency", model="llama-3-70b", gpu="RTX 4090", seq=4096, tp=8,
                 weight_dtype="int4-g128")  # fmt: skip
    sent = 2 * 80 * 2 * 7 / 8 * 4096 * 8192 * 2
    assert answer.details["prefill_communication_s"] == pytest.approx(sent / 31.5e9, rel=1e-9)
    assert answer.details["time_to_first_token_s"] == answer.details["prefill_communication_s"]
    assert any("links" in t.en and "互联" in t.zh for t in answer.caveats)


def test_key_value_heads_beyond_the_cards_are_read_by_several() -> None:
    # 4 KV heads over 8 cards: each card reads a quarter of the cache, an eighth of the weights
    answer = ask(calculator="throughput", model="qwen2.5-7b", gpu="H100", seq=8192, tp=4,
                 micro_batch=64)  # fmt: skip
    wide = {step.formula: step for step in answer.working}["decode_bytes_read"]
    assert wide.substituted.endswith("/ 4")
    yi = ask(calculator="throughput", model="yi-6b", gpu="H100", seq=4096, tp=8, micro_batch=64)
    shown = {step.formula: step for step in yi.working}["decode_bytes_read"]
    assert " / 8 + " in shown.substituted
    assert shown.substituted.endswith("/ 4")


def test_windowed_layers_compute_no_more_than_their_window() -> None:
    # Gemma 3 12B: 40 of 48 layers see 1,024 tokens; 16 heads of 256; untied N is all but nothing
    answer = ask(calculator="latency", model="gemma-3-12b", gpu="H100", seq=32768)
    steps = [s for s in answer.working if s.formula == "flops_forward_token_windowed"]
    mean = 1024 - (1024 * 1023 / 2) / 32768  # of min(c, 1,024) for c from 1 to 32,768
    shown = steps[0].substituted
    assert f"4 × {40 * 16 * 256:,}" in shown
    assert shown.endswith(f"{mean:.3f}")


def test_old_cards_compute_in_fp32_where_fp16_is_slower() -> None:
    # P40: 0.18 TFLOPS in fp16, 12 in fp32; MFU is of what cuBLAS uses
    answer = ask(calculator="utilization_throughput", model="tinyllama-1.1b", gpu="P40",
                 tokens_per_s_gpu=500, seq=2048)  # fmt: skip
    assert answer.details["peak_tflops"] == 12
