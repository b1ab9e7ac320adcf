"""Training runs as others published them: utilisation, FLOPS and GPU-hours by our conventions."""

from __future__ import annotations

from typing import Any

import pytest

from calculators import Request, calculate

MFU, HFU, TFLOPS, HOURS = "mfu_percent", "hfu_percent", "tflops_gpu", "gpu_hours"


def gpt(hidden: int, heads: int, layers: int, vocab: int, tokens: int) -> dict[str, Any]:
    """Return the config of a GPT with learned positions and a tied head."""
    return {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        "n_embd": hidden,
        "n_head": heads,
        "n_layer": layers,
        "vocab_size": vocab,
        "n_positions": tokens,
    }


# github.com/mosaicml/llm-foundry, scripts/train/benchmarking/README.md: MFU and HFU of MPT models
MPT_7B, MPT_13B, MPT_30B, MPT_70B = (
    (4096, 32, 32),
    (5120, 40, 40),
    (7168, 56, 48),
    (8192, 64, 80),
)


@pytest.mark.parametrize(
    ("shape", "gpu", "seq", "rate", "published"),
    [
        (MPT_7B, "H100", 2048, 10643, 46.44),
        (MPT_7B, "H100", 4096, 8611, 40.42),
        (MPT_7B, "H100", 65536, 1956, 28.59),
        (MPT_13B, "H100", 2048, 4792, 39.79),
        (MPT_30B, "H100", 2048, 2308, 43.92),
        (MPT_70B, "H100", 2048, 1039, 42.57),
        (MPT_7B, "A100 80GB", 2048, 4641, 64.23),
        (MPT_30B, "A100 80GB", 2048, 916, 55.3),
        (MPT_13B, "A100 40GB", 2048, 1998, 52.62),
    ],
)
def test_mfu_of_llm_foundry(shape: Any, gpu: str, seq: int, rate: float, published: float) -> None:
    config = gpt(*shape, 50368, seq)
    found = ask(config=config, gpu=gpu, tokens_per_s_gpu=rate, seq=seq)
    assert found[MFU] == pytest.approx(published, rel=2e-2 if gpu == "A100 40GB" else 1e-3)


def test_hfu_and_fp8_of_llm_foundry() -> None:
    full = ask(config=gpt(*MPT_7B, 50368, 4096), gpu="H100", tokens_per_s_gpu=8611, seq=4096,
               checkpointing="full")  # fmt: skip
    assert full[HFU] == pytest.approx(53.9, rel=1e-2)  # theirs recomputes the head too
    narrow = ask(config=gpt(2048, 16, 24, 50368, 512), gpu="H100", tokens_per_s_gpu=70315, seq=512,
                 precision="fp8")  # fmt: skip
    assert narrow[MFU] == pytest.approx(29.06, rel=1e-3)


# pytorch/torchtitan, benchmarks/llama3_h100_202412_torchtitan.md: 33 % without, 39 % with compile
@pytest.mark.parametrize(("rate", "published"), [(5762, 33), (6667, 39)])
def test_mfu_of_torchtitan(rate: float, published: float) -> None:
    found = ask(model="llama-3.1-8b", gpu="H100", tokens_per_s_gpu=rate, seq=8192)
    assert found[MFU] == pytest.approx(published, abs=1)


# NVIDIA/NeMo, docs/source/performance/performance_summary.md (24.07): model TFLOPS per card
@pytest.mark.parametrize(
    ("model", "seq", "rate", "published"),
    [
        ("llama-2-7b", 4096, 16847, 776),
        ("llama-2-13b", 4096, 8646, 754),
        ("llama-2-70b", 4096, 1707, 759),
        ("llama-3-8b", 8192, 12036, 697),
        ("llama-3-70b", 8192, 1533, 738),
        ("gpt-3-175b", 2048, 782, 842),
    ],
)
def test_flops_of_nemo(model: str, seq: int, rate: float, published: float) -> None:
    found = ask(model=model, gpu="H100", tokens_per_s_gpu=rate, seq=seq, precision="fp8")
    assert found[TFLOPS] == pytest.approx(published, rel=1e-3)


@pytest.mark.parametrize(
    ("model", "rate", "published"), [("llama-2-70b", 2557, 705), ("llama-2-7b", 25206, 673)]
)
def test_flops_of_adapters_in_nemo(model: str, rate: float, published: float) -> None:
    # Theirs count 4N and the attention of the short samples that are packed; a token of a
    # sequence that is hardly longer than one word shows the 4N alone
    found = ask(model=model, gpu="H100", tokens_per_s_gpu=rate, seq=1, precision="fp8",
                method="lora")  # fmt: skip
    assert found[TFLOPS] == pytest.approx(published, rel=2e-2)


# arXiv 2205.05198, table 5: seconds an iteration, MFU and HFU with selective recompute
@pytest.mark.parametrize(
    ("shape", "cards", "batch", "step_s", "published"),
    [
        ((6144, 64, 48), 8, 4, 1.10, 41.5),
        ((12288, 96, 96), 64, 64, 13.75, 51.4),
        ((20480, 128, 105), 280, 280, 37.83, 56.0),
        ((25600, 160, 128), 512, 512, 71.49, 56.3),
    ],
)
def test_mfu_of_megatron(
    shape: Any, cards: int, batch: int, step_s: float, published: float
) -> None:
    found = ask(config=gpt(*shape, 51200, 2048), gpu="A100 80GB", step_s=step_s, gpu_count=cards,
                global_batch=batch, seq=2048, checkpointing="selective")  # fmt: skip
    assert found[MFU] == pytest.approx(published, rel=5e-3)


def test_mfu_of_palm() -> None:
    # arXiv 2204.02311, table 3: 238.3 K tokens/s on 6,144 chips of 275 TFLOPS are 46.2 %
    found = ask(params=540.35e9, peak_tflops=275, tokens_per_s_gpu=238_300 / 6144, seq=2048)
    assert found[MFU] == pytest.approx(46.2, rel=1e-2)


# Achieved FLOPS over the peak: arXiv 2407.21783, table 4; arXiv 2104.04473, table 1
@pytest.mark.parametrize(
    ("gpu", "achieved", "published"),
    [("H100", 430, 43), ("H100", 400, 41), ("A100 80GB", 163, 52), ("A100 80GB", 148, 47)],
)
def test_share_of_the_peak(gpu: str, achieved: float, published: float) -> None:
    answer = calculate(Request(calculator="utilization_flops", gpu=gpu, tflops_gpu=achieved))
    assert answer.value == pytest.approx(published, abs=0.7)


@pytest.mark.parametrize(
    ("fields", "published"),
    [
        # arXiv 2302.13971, section 2.4 and table 15
        ({"model": "llama-65b", "total_tokens": 1.4e12, "tokens_per_s_gpu": 380}, 1_022_362),
        ({"model": "llama-7b", "total_tokens": 1e12, "tokens_per_s_gpu": 3370}, 82_432),
        # Llama 3.1 model card, 30.84 M GPU-hours; arXiv 2407.21783: 38 to 43 % MFU, 15.6 T tokens
        (
            {"model": "llama-3.1-405b", "gpu": "H100", "total_tokens": 15.6e12, "tflops_gpu": 380,
             "seq": 8192},
            30.84e6,
        ),
    ],
)  # fmt: skip
def test_gpu_hours(fields: dict[str, Any], published: float) -> None:
    answer = calculate(Request(calculator="training_time", gpu_count=1024, **fields))
    assert answer.details[HOURS] == pytest.approx(published, rel=3e-2)


def ask(**fields: Any) -> Any:
    return calculate(Request(calculator="utilization_throughput", **fields)).details


def test_latent_attention_counts_as_deepseek_counts_it() -> None:
    # arXiv 2505.09343, table 4: 272.80 G tokens a day on 2,048 H800, 432 TFLOPS and 43.73 % of
    # the bf16 peak with attention counted in full
    rate = 272.80e9 / 86400 / 2048
    found = ask(model="deepseek-v3", gpu="H800", tokens_per_s_gpu=rate, seq=4096, precision="bf16")
    assert found[TFLOPS] == pytest.approx(432, rel=5e-3)
    assert found[MFU] == pytest.approx(43.73, rel=5e-3)


def test_windowed_layers_see_their_window_only() -> None:
    # Gemma 3 27B: 52 of 62 layers see 1,024 tokens, ten the whole sequence; 32 heads of 128
    found = ask(model="gemma-3-27b", gpu="H100", tokens_per_s_gpu=1000, seq=32768)
    seen = 12 * 32 * 128 * (52 * 1024 + 10 * 32768)
    assert found["flops_per_token"] == pytest.approx(6 * 27_009_346_304 + seen, rel=1e-9)
