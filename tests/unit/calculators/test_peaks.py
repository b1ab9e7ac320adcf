"""Which peak a figure is measured against: the card's dense FLOPS in the format that was named."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, CalculatorError, Request, calculate


def ask(**fields: Any) -> Calculation:
    return calculate(Request(**fields))


@pytest.mark.parametrize(
    ("fields", "peak"),
    [
        # NVIDIA H100 SXM5: 1978.9 dense fp8 and int8, 494.7 tf32, 989.4 in 16 bits (TFLOPS)
        ({"precision": "fp8"}, 1978.9),
        ({"weight_dtype": "fp8"}, 1978.9),
        ({"weight_dtype": "int8"}, 1978.9),
        ({"weight_dtype": "tf32"}, 494.7),
        ({"precision": "mixed_bf16"}, 989.4),
        ({}, 989.4),
    ],
    ids=str,
)
def test_measured_flops_stand_against_the_peak_of_their_format(
    fields: dict[str, Any], peak: float
) -> None:
    answer = ask(calculator="utilization_flops", gpu="H100", tflops_gpu=400, **fields)
    assert answer.details["peak_tflops"] == pytest.approx(peak)
    assert answer.value == pytest.approx(100 * 400 / peak)


def test_a_card_without_the_format_has_no_peak_to_stand_against() -> None:
    with pytest.raises(CalculatorError, match="fp8"):
        ask(calculator="utilization_flops", gpu="A100", tflops_gpu=100, weight_dtype="fp8")


def test_fp8_weights_are_multiplied_in_fp8_where_the_card_does() -> None:
    # 7B, prompt 4096: compute-bound; t = s · (2N + 4·L·q·s/2) / peak
    n = 6_738_415_616 - 32000 * 4096
    flop = 4096 * (2 * n + 4 * 32 * 4096 * 2048)
    common: dict[str, Any] = {"calculator": "latency", "model": "llama-7b", "seq": 4096}
    hopper = ask(**common, gpu="H100", weight_dtype="fp8")
    assert hopper.details["time_to_first_token_s"] == pytest.approx(flop / 1978.9e12)
    ampere = ask(**common, gpu="A100", weight_dtype="fp8")
    assert ampere.details["time_to_first_token_s"] == pytest.approx(flop / 312e12)


@pytest.mark.parametrize(
    ("stored", "peak"),
    [
        # RTX 4090, dense: 165.2 in 16 bits, 330.3 fp8, 660.6 int8 (TFLOPS). Formats that only
        # store are unpacked to 16 bits; llama.cpp multiplies its blocks as int8.
        *((name, 165.2) for name in ("int4", "int4-g128", "int8-g128", "nf4", "4.5bpw")),
        *((name, 660.6) for name in ("int8", "q4_k_m", "q8_0")),
        ("fp8", 330.3),
    ],
)
def test_a_prefill_is_bounded_by_the_peak_that_its_weights_are_multiplied_at(
    stored: str, peak: float
) -> None:
    flop = 4096 * (2 * (6_738_415_616 - 32000 * 4096) + 4 * 32 * 4096 * 2048)
    answer = ask(
        calculator="latency", model="llama-7b", seq=4096, gpu="RTX 4090", weight_dtype=stored
    )
    assert answer.details["time_to_first_token_s"] == pytest.approx(flop / (peak * 1e12))


@pytest.mark.parametrize(
    ("name", "peak"), [("fp8", 1978.9), ("int8", 1978.9), ("tf32", 494.7), ("fp32", 67)]
)
def test_the_peak_of_a_named_format_can_be_looked_up(name: str, peak: float) -> None:
    answer = ask(calculator="gpu_info", gpu="H100", attribute="flops", weight_dtype=name)
    assert (answer.value, answer.unit) == (pytest.approx(peak), "TFLOPS")


def test_more_than_the_peak_is_called_impossible_at_once() -> None:
    # 400 TFLOPS on an A100 (312 dense in 16 bits): 400 / 312 = 1.28 times the peak
    flops = ask(calculator="utilization_flops", gpu="A100", tflops_gpu=400)
    assert flops.headline.en.startswith("Not possible: 400 TFLOPS, 1.28 times the 312 TFLOPS")
    assert flops.headline.zh.startswith("不可能：")
    assert flops.value == pytest.approx(128.2, abs=0.01)
    # LLaMA-7B at 2,048 tokens: 42.87 GFLOP a token; 10,000 tokens/s are 428.7 TFLOPS
    rate = ask(calculator="utilization_throughput", model="llama-7b", gpu="A100",
               tokens_per_s_gpu=10_000)  # fmt: skip
    assert rate.headline.en.startswith(
        "Not possible: 10,000 tokens/s per card would take 428.7 TFLOPS, 1.37 times"
    )


def test_the_headline_names_card_and_format_of_the_peak() -> None:
    answer = ask(calculator="utilization_flops", gpu="H100", tflops_gpu=800, weight_dtype="fp8")
    assert "1,978.9 TFLOPS of H100 80GB SXM5 (fp8, dense)" in answer.headline.en
