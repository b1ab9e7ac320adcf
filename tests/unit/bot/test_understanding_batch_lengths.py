"""Thousands beside ``batch`` are a length; a batch is read only where it is written as one."""

from __future__ import annotations

import pytest

from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "seq"),
    [
        ("llama-3.1-70b largest batch at 8k", 8192),
        ("largest batch at 8k llama-3.1-70b on 8 h100", 8192),
        ("max batch 8k qwen2.5-7b a100", 8192),
        ("max batch at 8k tokens qwen2.5-7b a100", 8192),
        ("max batch size with 4k llama-2-7b 4090", 4096),
        ("batch at 4k for llama-2-7b on a100 80g", 4096),
        ("最大 batch 8k llama-3.1-70b 8 张 H100", 8192),
        ("8k 最大 batch llama-3.1-70b 8 张 H100", 8192),
        ("llama-3.1-70b 8 h100 what batch fits at 32k", 32768),
        ("llama-3.1-70b int4 weights int8 kv on 2 a100 max batch 8k", 8192),
    ],
)
def test_the_largest_batch_is_asked_at_a_length(text: str, seq: int) -> None:
    found = understand(text)
    assert (found.calculator, found.request["seq"]) == ("max_batch", seq)
    assert not {"batch", "micro_batch"} & found.request.keys()


def test_a_batch_written_as_a_value_is_one() -> None:
    assert understand("7b finetune batch=8k a100").request["micro_batch"] == 8000
    # 4M tokens are 4 * 1024 * 1024, over 4,096 tokens each: 1,024 sequences.
    found = understand("train 7b on 8 a100, global batch 4M tokens, seq 4k, memory")
    assert found.request["global_batch"] == 1024


@pytest.mark.parametrize(
    "text",
    [
        "llama-2-7b a100 batch 8k",
        "8k batch llama-3.1-70b 8 h100",
        "train 7b adamw on 8 a100, batch 8k, seq 2048, memory?",
    ],
)
def test_a_batch_or_a_length_is_asked_back(text: str) -> None:
    (problem,) = understand(text).problems
    assert (problem.code, problem.choices) == ("ambiguous", ("batch=8000", "max batch at 8k"))


@pytest.mark.parametrize(
    "text",
    [
        "step time 2.5s, global batch 4M tokens, 256 A100, 70B. MFU?",
        "70B 256 A100 每步 2.5 秒，全局 batch 4M tokens，MFU 多少",
    ],
)
def test_a_batch_in_tokens_is_tokens_a_step(text: str) -> None:
    found = understand(text)
    # 4,194,304 tokens / 2.5 s / 256 GPUs = 6,553.6 tokens/s a GPU.
    assert found.calculator == "utilization_throughput"
    assert found.request["tokens_per_s_gpu"] == pytest.approx(6553.6)
    assert found.problems == ()


def test_a_global_batch_in_tokens_is_of_training_and_not_dropped_in_silence() -> None:
    read = understand("global batch 4M tokens 70b 512 h100")
    assert read.inputs["mode"] == "train"
    assert read.ignored == ("4M tokens",)
    assert not understand("global batch 4M tokens, seq 4096, 70b 512 h100").ignored
