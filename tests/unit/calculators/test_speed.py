"""Speed and utilisation, by hand and against published runs."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Calculation, CalculatorError, Request, calculate

N = 6_738_415_616
UNTIED = 32000 * 4096


def ask(**fields: Any) -> Calculation:
    return calculate(Request(**fields))


def test_llama_7b_took_82432_gpu_hours_for_a_trillion_tokens() -> None:
    # LLaMA (arXiv 2302.13971), table 15; 1e12 / (82,432 × 3600) = 3369.8 tokens/s per card
    answer = ask(calculator="training_time", model="llama-7b", total_tokens=1e12, gpu_count=1024,
                 tokens_per_s_gpu=3369.8)  # fmt: skip
    assert answer.details["gpu_hours"] == pytest.approx(82_432, rel=1e-4)
    assert answer.value == pytest.approx(82_432 / 1024, rel=1e-4)
    assert answer.unit == "hours"


def test_training_time_from_an_assumed_utilisation_says_so() -> None:
    answer = ask(calculator="training_time", model="llama-7b", gpu="A100 80GB", gpu_count=8,
                 total_tokens=1e9)  # fmt: skip
    token = 6 * (N - UNTIED) + 12 * 32 * 4096 * 2048
    assert answer.value == pytest.approx(1e9 * token / (8 * 0.4 * 312e12) / 3600)
    assert [a.value for a in answer.assumptions if a.field == "tflops_gpu"] == [124.8]


def test_training_time_with_measured_flops() -> None:
    answer = ask(calculator="training_time", model="llama-7b", gpu_count=8, total_tokens=1e9,
                 tflops_gpu=200)  # fmt: skip
    token = 6 * (N - UNTIED) + 12 * 32 * 4096 * 2048
    assert answer.value == pytest.approx(1e9 * token / (8 * 200e12) / 3600)


def test_hfu_counts_what_is_recomputed() -> None:
    common: dict[str, Any] = {"calculator": "utilization_throughput", "model": "llama-7b",
                              "gpu": "A100", "tokens_per_s_gpu": 3000}  # fmt: skip
    none = ask(**common, checkpointing="none")
    assert none.details["hfu_percent"] == none.value
    selective = ask(**common, checkpointing="selective")
    attention = 4 * 32 * 4096 * 2048  # one more forward of the attention core
    assert selective.details["hfu_percent"] == pytest.approx(
        100 * 3000 * (none.details["flops_per_token"] + attention) / 312e12
    )
    full = ask(**common, checkpointing="full")
    assert full.details["hfu_percent"] > selective.details["hfu_percent"] > none.value


def test_a_tied_embedding_is_multiplied_with_and_counts() -> None:
    # Gemma 2 2B ties its embedding: N is the whole count
    answer = ask(calculator="utilization_throughput", model="gemma-2-2b", gpu="A100",
                 tokens_per_s_gpu=1000, seq=1024)  # fmt: skip
    assert answer.parameters is not None
    width = 26 * 8 * 256  # layers × heads × head dimension
    token = 6 * answer.parameters.total + 12 * width * 1024
    assert answer.details["flops_per_token"] == token


def test_of_a_mixture_only_the_active_experts_count() -> None:
    answer = ask(calculator="utilization_throughput", model="mixtral-8x7b", gpu="H100",
                 tokens_per_s_gpu=1000, seq=4096)  # fmt: skip
    assert answer.parameters is not None
    active = answer.parameters.active - 32000 * 4096
    token = 6 * active + 12 * 32 * 4096 * 4096
    assert answer.details["flops_per_token"] == token


def test_decoding_is_bound_by_reading_weights_and_cache() -> None:
    answer = ask(calculator="throughput", model="llama-7b", gpu="A100 80GB")
    read = (N - UNTIED) * 2 + 2**30  # weights that a token meets, and a cache of 1 GiB
    assert answer.value == pytest.approx(2039e9 / read, rel=1e-6)
    assert "memory bandwidth" in answer.headline.en


def test_a_large_batch_shares_the_reading_of_the_weights() -> None:
    one = ask(calculator="throughput", model="llama-7b", gpu="A100 80GB", seq=256)
    many = ask(calculator="throughput", model="llama-7b", gpu="A100 80GB", seq=256,
               micro_batch=32)  # fmt: skip
    assert isinstance(one.value, float)
    assert isinstance(many.value, float)
    assert 20 < many.value / one.value < 32


def test_a_batch_of_a_mixture_touches_more_experts() -> None:
    def read_s(batch: int) -> float:
        answer = ask(calculator="throughput", model="mixtral-8x7b", gpu="H100", gpu_count=2,
                     seq=128, micro_batch=batch)  # fmt: skip
        return float(answer.details["memory_s"])

    # One token reads 2 of 8 experts (13 B of 46.7 B); a batch of 64 reads nearly all
    assert 3 < read_s(64) / read_s(1) < 4


def test_latency_gives_first_token_and_per_token() -> None:
    answer = ask(calculator="latency", model="llama-7b", gpu="A100 80GB", seq=2048)
    forward = 2 * (N - UNTIED) + 4 * 32 * 4096 * 1024  # causal: half of the prompt on average
    assert answer.value == pytest.approx(2048 * forward / 312e12, rel=1e-3)
    assert answer.unit is None
    # (13.21 GB of weights + 1.074 GB of cache) / 2,039 GB/s
    assert answer.details["time_per_token_s"] == pytest.approx(7.008e-3, rel=1e-3)


def test_where_tokens_are_generated_the_latency_is_that_of_one() -> None:
    answer = ask(calculator="latency", model="llama-7b", gpu="A100 80GB", seq=2048,
                 new_tokens=100)  # fmt: skip
    # 1,948 of prompt; the 99 steps after the prefill read caches of 1,949 to 2,047 tokens, 1,998 on
    # average: (13.215 GB + 1,998 × 524,288 bytes) / 2,039 GB/s
    mean = ((N - UNTIED) * 2 + 1998 * 524_288) / 2039e9
    assert answer.value == pytest.approx(mean, rel=1e-9)
    assert "143 tokens/s per sequence" in answer.headline.en  # 1 / 6.995 ms
    first = answer.details["time_to_first_token_s"]
    # the prefill gives the first token, 99 steps the others
    assert answer.details["total_s"] == pytest.approx(first + 99 * mean, rel=1e-9)


def test_generation_reads_quantised_weights_as_they_are_stored() -> None:
    answer = ask(calculator="throughput", model="qwen2.5-7b", weight_dtype="int4-g128",
                 gpu="RTX 4090", seq=2048)  # fmt: skip
    # 152,064 × 3,584 of the embedding are looked up and as many of the head read in 16 bits; the
    # 6,525,288,448 in the layers' matrices take 4 + 20/128 bits (a 16-bit scale and a 4-bit zero
    # point for 128), the norms and biases 16; the cache 28 layers × 2 × 4 × 128 × 2,048 × 2 bytes
    matrices, embedding = 6_525_288_448, 152_064 * 3_584
    others = 7_615_616_512 - matrices - 2 * embedding
    read = matrices * (4 + 20 / 128) / 8 + (embedding + others) * 2
    cache = 28 * 2 * 4 * 128 * 2048 * 2
    assert answer.value == pytest.approx(1008e9 / (read + cache), rel=1e-6)


def test_a_speed_of_what_does_not_fit_says_so() -> None:
    answer = ask(calculator="throughput", model="llama-3-70b", gpu="RTX 4090")
    assert any("does not fit" in text.en and "放不下" in text.zh for text in answer.caveats)
    with pytest.raises(CalculatorError):
        ask(calculator="latency", model="llama-3-8b", gpu="V100 32GB", weight_dtype="bf16")


def test_the_bound_of_generation_leads_with_a_sequence_and_gives_the_card() -> None:
    # batch 8 at 2,048 tokens: (13.21 + 8 × 1.074) GB / 2,039 GB/s = 10.69 ms a step
    answer = ask(calculator="throughput", model="llama-7b", gpu="A100 80GB", mode="infer",
                 micro_batch=8)  # fmt: skip
    assert answer.details["tokens_per_s_sequence"] == pytest.approx(1 / 10.69e-3, rel=1e-3)
    assert answer.value == pytest.approx(8 / 10.69e-3, rel=1e-3)
    assert answer.headline.en.startswith("At most 93.5 tokens/s per sequence, 748 per card")


@pytest.mark.parametrize(
    ("sharding", "factor"),
    [
        ("none", 2 * 2),  # all-reduce of 16-bit gradients: twice their bytes
        ("zero1", 2 + 2),  # reduce-scatter of gradients, all-gather of weights
        ("zero2", 2 + 2),
        ("zero3", 2 * 2 + 2),  # weights twice, gradients once: 1.5 times DDP (ZeRO, section 7)
        ("fsdp2", 2 * 2 + 4),  # reduce-scatter in fp32
    ],
)
def test_what_a_card_sends_in_a_step(sharding: Any, factor: int) -> None:
    answer = ask(calculator="communication", model="llama-7b", gpu_count=8, sharding=sharding)
    assert answer.value_bytes == N * factor * 7 // 8


def test_pcie_makes_zero3_wait_for_the_link() -> None:
    fast = ask(calculator="communication", model="llama-7b", gpu="A100 80GB", gpu_count=8)
    slow = ask(calculator="communication", model="llama-7b", gpu="RTX 4090", gpu_count=8)
    assert fast.details["link"] == "NVLink"
    assert str(slow.details["link"]).startswith("PCIe")
    assert fast.details["communication_share"] < 0.25
    assert slow.details["communication_share"] > 0.5
    assert any("communicating" in text.en for text in slow.caveats)


def test_tensor_parallelism_reduces_activations_in_every_layer() -> None:
    answer = ask(calculator="communication", model="llama-7b", gpu_count=8, tp=8,
                 checkpointing="none", seq=2048)  # fmt: skip
    parts = {part.id: part.bytes for part in answer.breakdown}
    # 32 layers × 4 all-reduces × 2 × 7/8 of 2048 × 4096 × 2 bytes
    assert parts["tensor"] == 32 * 4 * 2 * 2048 * 4096 * 2 * 7 // 8
    assert parts["data"] == 0


def test_above_the_peak_is_doubted() -> None:
    answer = ask(calculator="utilization_flops", tflops_gpu=400, gpu="A100")
    assert any("sparsity" in text.en for text in answer.caveats)


def test_a_format_that_the_card_has_no_peak_in_is_refused() -> None:
    with pytest.raises(CalculatorError):
        ask(calculator="utilization_flops", tflops_gpu=50, gpu="V100", precision="mixed_bf16")


def test_v100_is_measured_against_its_fp16_peak() -> None:
    answer = ask(calculator="utilization_flops", tflops_gpu=62.5, gpu="V100 32G")
    assert answer.value == pytest.approx(50.0)  # of 125


def test_what_is_assumed_of_the_peak_stands_in_the_working_and_the_assumptions() -> None:
    # A100: 40 % of 312 TFLOPS = 124.8 to train, 50 % = 156 while it does not communicate
    time = ask(calculator="training_time", params=7e9, gpu="A100", gpu_count=64, total_tokens=3e11)
    shown = {step.formula: step for step in time.working}
    assert shown["achieved_flops"].substituted == "0.4 × 312 TFLOPS"
    assert shown["achieved_flops"].result == "124.8 TFLOPS"
    assert "64 × A100 80GB SXM4" in time.headline.en
    sent = ask(calculator="communication", params=7e9, gpu="A100", gpu_count=8)
    steps = {step.formula: step for step in sent.working}
    assert steps["achieved_flops"].result == "156 TFLOPS"
    assert [a.value for a in sent.assumptions if a.field == "tflops_gpu"] == [156]
    assert "ZeRO-3, 8 × A100 80GB SXM4" in sent.headline.en
    again = calculate(sent.request)
    assert again.details == sent.details


def test_adapters_take_four_flops_a_parameter() -> None:
    # no gradients of frozen weights: 4N + 12·L·s·q, and 2N more where the layers are recomputed
    answer = ask(calculator="utilization_throughput", model="llama-7b", gpu="A100 80GB",
                 tokens_per_s_gpu=3000, method="lora")  # fmt: skip
    attention = 32 * 4096 * 2048
    assert answer.details["flops_per_token"] == 4 * (N - UNTIED) + 12 * attention
    layers = N - 2 * UNTIED - 4096  # all but embedding, head and the last norm
    recomputed = 4 * (N - UNTIED) + 2 * layers + 16 * attention
    assert answer.details["hfu_percent"] == pytest.approx(100 * 3000 * recomputed / 312e12)
    assert any("4N" in text.en and "4N" in text.zh for text in answer.caveats)


def test_a_paper_s_throughput_is_scaled_by_the_parameters_that_a_token_uses() -> None:
    # DeepSeek-V3: 37.55 G of 671 G active, within 15 % of LLaMA-33B, whose rate stands as it is
    found = ask(calculator="utilization_throughput", model="deepseek-v3", gpu="H800",
                tokens_per_s_gpu=1500)  # fmt: skip
    assert found.details["paper_ratio_percent"] == pytest.approx(100 * 1500 / 733, rel=1e-3)


def test_a_stated_share_of_the_peak_gives_the_training_rate() -> None:
    # 0.4 × 312e12 FLOP/s over 6 × (N - embedding) + 12 × 32 × 4096 × 2048 = 42.87e9 FLOPs a token
    answer = ask(calculator="throughput", mode="train", params=7e9, gpu="A100", tflops_gpu=124.8)
    token = 6 * (N - UNTIED) + 12 * 32 * 4096 * 2048
    assert answer.value == pytest.approx(124.8e12 / token, rel=1e-9)
    assert answer.value == pytest.approx(2911, abs=1)
    assert "40% MFU" in answer.headline.en
    assert "MFU 40%" in answer.headline.zh


def test_the_rate_at_a_share_is_per_card_and_in_all() -> None:
    # 0.5 × 989.4e12 / 42.87e9 = 11,541, times 8
    answer = ask(calculator="throughput", mode="train", params=7e9, gpu="H100", gpu_count=8,
                 tflops_gpu=494.7)  # fmt: skip
    assert answer.value == pytest.approx(11_541, abs=1)
    assert answer.details["total_tokens_per_s"] == pytest.approx(92_326, abs=8)
    assert "92,326 in all" in answer.headline.en
    assert "合计 92,326" in answer.headline.zh


def test_the_degrees_of_parallelism_multiply_to_the_cards_of_a_run() -> None:
    # dp × tp × pp = 2 × 8 × 4 = 64
    common = {"calculator": "training_time", "params": 7e9, "gpu": "H100", "total_tokens": 1e12}
    degrees = ask(**common, dp=2, tp=8, pp=4)
    assert degrees.value == ask(**common, gpu_count=64).value
    assert degrees.request.gpu_count == 64


def test_a_ratio_to_a_paper_names_the_run() -> None:
    # LLaMA section 2.4: 380 tokens/s on each of 2,048 A100 80GB; 300 / 380 = 78.95 %
    fields: dict[str, Any] = {"calculator": "utilization_throughput", "tokens_per_s_gpu": 300}
    alone = ask(**fields, model="llama-65b")
    assert alone.headline.en.startswith(
        "78.95 % of the paper's throughput of LLaMA-65B on A100 80GB"
    )
    assert "LLaMA-65B（A100 80GB）的论文吞吐量的 78.95 %" in alone.headline.zh
    measured = ask(**fields, model="llama-65b", gpu="A100")
    assert measured.headline.en.endswith("throughput of LLaMA-65B on A100 80GB")
    # 3 B is nearest to the 7B run, whose rate is scaled; one that is given is called that
    scaled = ask(**fields, model="qwen2.5-3b", gpu="A100")
    assert scaled.headline.en.endswith("of LLaMA-7B on A100 80GB, scaled by size")
    given = ask(**fields, reference_tokens_per_s_gpu=400)
    assert given.headline.en.startswith("75 % of the paper's throughput as given, 400 tokens/s")
    assert "所给论文吞吐量 400 token/s/卡的 75 %" in given.headline.zh
