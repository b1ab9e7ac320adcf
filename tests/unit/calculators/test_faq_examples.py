"""The FAQ's own worked examples, with its arithmetic beside each."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, Request, calculate


def ask(**fields: Any) -> Calculation:
    return calculate(Request(**fields))


def rule_value(calculation: Calculation) -> float:
    assert calculation.rule_of_thumb is not None
    assert isinstance(calculation.rule_of_thumb.value, int | float)
    return calculation.rule_of_thumb.value


def test_an_n_billion_model_in_fp16_is_a_file_of_2n_gb() -> None:
    answer = ask(calculator="file_size", params=7e9)
    assert (answer.value, answer.unit, answer.lead) == (14.0, "GB", "rule")  # 2 × 7
    assert answer.value_bytes == 14_000_000_000


@pytest.mark.parametrize(
    ("dtype", "gigabytes"),
    [("fp32", 24), ("tf32", 24), ("fp16", 12), ("bf16", 12), ("fp8", 6), ("int8", 6), ("int4", 3)],
)
def test_weights_of_llama_6b_in_each_format(dtype: str, gigabytes: int) -> None:
    # 6e9 parameters × 4, 2, 1 or half a byte
    assert ask(calculator="file_size", params=6e9, weight_dtype=dtype).value == gigabytes


def test_inference_takes_2n_gb() -> None:
    answer = ask(calculator="inference", params=65e9)
    assert (answer.value, answer.unit) == (130.0, "GB")


def test_training_takes_16n_gb_and_its_working_shows_2_2_12() -> None:
    answer = ask(calculator="training", params=7e9)
    assert (answer.value, answer.unit, answer.lead) == (112.0, "GB", "rule")  # 7 × 16
    step = answer.working[0]
    assert step.substituted == "7 B × (2 bytes + 2 bytes + 12 bytes)"
    assert step.result == "112 GB (104.3 GiB)"
    assert [part.bytes for part in answer.breakdown] == [14e9, 14e9, 84e9]


def test_training_with_headroom_takes_20n_gb() -> None:
    # 7 × 20 = 140; the FAQ's worked example says 160
    assert ask(calculator="training", params=7e9, headroom=True).value == 140.0


def test_training_per_card_divides_the_rule() -> None:
    answer = ask(calculator="training", params=7e9, gpu_count=8, per_gpu=True)
    assert answer.value == 14.0  # 112 / 8
    assert answer.per_gpu


def test_llama_6b_in_int8_takes_25_3_gb_before_activations() -> None:
    answer = ask(calculator="training", params=6e9, precision="int8")
    assert answer.value == pytest.approx(25.3)  # 6 + 6 + 12 + 1.3
    assert [part.bytes for part in answer.breakdown] == [6e9, 6e9, 12e9, 1.3e9]
    assert any("rule of thumb" in text.en for text in answer.caveats)


def test_llama_6b_in_fp32_by_parts() -> None:
    answer = ask(calculator="training", params=6e9, precision="fp32")
    assert answer.value == pytest.approx(97.3)  # 24 + 24 + 48 + 1.3


@pytest.mark.parametrize(("precision", "gigabytes"), [("fp32", 48), ("int8", 12)])
def test_adamw_stores_two_moments(precision: str, gigabytes: int) -> None:
    # 6e9 × 8 bytes and 6e9 × 2 bytes
    answer = ask(calculator="optimizer_memory", params=6e9, precision=precision)
    assert answer.value == gigabytes


def test_mixed_precision_adamw_takes_12_bytes_a_parameter() -> None:
    assert ask(calculator="optimizer_memory", params=7e9).value == 84.0  # 7 × 12


def test_gradients_take_what_a_parameter_takes() -> None:
    assert ask(calculator="gradient_memory", params=6e9, precision="fp32").value == 24.0
    assert ask(calculator="gradient_memory", params=7e9).value == 14.0


def test_activations_of_one_instance_are_990_mb() -> None:
    answer = ask(calculator="activation", params=6e9, precision="int8", seq=2048)
    assert answer.value_bytes == 989_855_744  # (4096 + 11008) × 2048 × 32 × 1
    assert answer.unit == "MB"


def test_batch_50_fits_an_a100_80gb_and_55_is_the_most() -> None:
    answer = ask(
        calculator="max_batch", params=6e9, precision="int8", mode="train", gpu="A100 80GB"
    )
    assert answer.value == 55  # (80 - 25.3) / 0.989855744 = 55.26
    # The driver reports 81920 MiB = 85.899 GB: (85.899 - 25.3) / 0.989856 = 61.2
    assert [convention.value for convention in answer.conventions] == [61]


def test_four_v100_32g_cannot_train_65b() -> None:
    answer = ask(calculator="fit", params=65e9, mode="train", gpu="V100 32G", gpu_count=4)
    assert answer.verdict == "no"
    assert answer.headline.en.startswith("No")
    assert answer.headline.zh.startswith("不能")
    assert rule_value(answer) == 1040  # 16 × 65, against 4 × 32 = 128
    assert answer.alternatives


def test_five_v100_32g_hold_the_fp16_weights_of_65b() -> None:
    answer = ask(calculator="min_gpus", params=65e9, mode="infer", gpu="V100 32G")
    assert (answer.value, answer.unit) == (5, "gpus")  # 130 / 32 = 4.06, rounded up
    assert (
        ask(calculator="fit", params=65e9, mode="infer", gpu="V100 32G", gpu_count=5).verdict
        == "yes"
    )
    assert (
        ask(calculator="fit", params=65e9, mode="infer", gpu="V100 32G", gpu_count=4).verdict
        == "no"
    )


def test_flash_attention_does_not_run_on_a_v100() -> None:
    answer = ask(
        calculator="fit", params=1e9, mode="train", gpu="V100 32G", gpu_count=4, attention="flash"
    )
    assert answer.verdict == "no"
    assert "Turing" in answer.headline.en
    first = answer.alternatives[0]
    assert (first.changes, first.verdict) == ({"attention": "sdpa"}, "yes")


def test_the_cuda_context_takes_1_3_gb_a_card() -> None:
    assert ask(calculator="cuda_overhead").value == 1.3
    assert ask(calculator="cuda_overhead", gpu_count=4).value == 5.2


def test_100_of_312_tflops_is_32_05_per_cent() -> None:
    answer = ask(calculator="utilization_flops", tflops_gpu=100, gpu="A100")
    assert answer.value == pytest.approx(32.0513, abs=1e-4)
    assert answer.working[0].substituted == "100 × 100 TFLOPS / 312 TFLOPS"
    assert answer.working[0].result == "32.05 %"
    stated = ask(calculator="utilization_flops", tflops_gpu=100, peak_tflops=312)
    assert stated.value == answer.value


def test_three_examples_a_second_on_four_cards_are_1536_tokens_a_card() -> None:
    answer = ask(calculator="throughput", examples_per_s=3, gpu_count=4, seq=2048)
    assert (answer.value, answer.unit) == (1536, "tokens/s/gpu")  # 3 × 2048 / 4


def test_1536_of_3300_tokens_is_46_5_per_cent_of_the_paper() -> None:
    answer = ask(calculator="utilization_throughput", examples_per_s=3, gpu_count=4, seq=2048)
    assert answer.value == pytest.approx(46.5455, abs=1e-4)
    assert rule_value(answer) == answer.value


def test_with_the_card_known_the_value_is_mfu_and_the_rule_stays_the_ratio() -> None:
    answer = ask(
        calculator="utilization_throughput",
        examples_per_s=3,
        gpu_count=4,
        seq=2048,
        model="llama-7b",
        gpu="A100",
    )
    # N without the input embedding: 6,738,415,616 - 32000 × 4096 = 6,607,343,616
    # f = 6 N + 12 × 32 layers × 4096 × 2048 = 42.865e9; 1536 f / 312e12 = 21.10 %
    assert answer.value == pytest.approx(21.103, abs=1e-3)
    assert rule_value(answer) == pytest.approx(46.5455, abs=1e-4)


def test_a_step_time_gives_the_same_rate() -> None:
    # 12 sequences of 2048 tokens in 4 s on 4 cards: 12 × 2048 / (4 × 4) = 1536
    answer = ask(calculator="throughput", step_s=4, global_batch=12, seq=2048, gpu_count=4)
    assert answer.value == 1536


@pytest.mark.parametrize(
    ("dtype", "bits"), [("tf32", 19), ("fp32", 32), ("fp16", 16), ("bf16", 16), ("int8", 8)]
)
def test_widths_of_formats(dtype: str, bits: int) -> None:
    answer = ask(calculator="dtype_bits", weight_dtype=dtype)
    assert (answer.value, answer.unit) == (bits, "bits")


def test_a_card_is_looked_up_by_what_its_driver_reports() -> None:
    answer = ask(calculator="gpu_info", gpu="A100 80GB")
    assert (answer.value, answer.unit) == (81920, "MiB")
    assert rule_value(answer) == 80


def test_memory_units_are_converted() -> None:
    answer = ask(calculator="convert", quantity=80, from_unit="Gb", to_unit="GB")
    assert (answer.value, answer.unit) == (10, "GB")
