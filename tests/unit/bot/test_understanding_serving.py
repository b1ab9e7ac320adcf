"""Serving: an engine's settings, the largest batch left open, and the speed as a follow-up."""

import pytest

from bot.answering import Answerer, MemoryThreads
from bot.question import Question
from bot.understanding.understand import to_context, understand


@pytest.mark.parametrize(
    "text",
    [
        "llama-3-8b on H100 80G with gpu_memory_utilization 0.85: longest context?",
        "vllm serve llama-3-8b --gpu-memory-utilization 0.85 on H100 80G, max context?",
        "H100 80G 跑 llama-3-8b，gpu_memory_utilization=0.85，上下文最长多少",
        "H100 80G 跑 llama-3-8b，显存利用率设 85%，上下文最长多少",
    ],
)
def test_the_share_of_the_memory_is_used(text):
    read = understand(text)
    assert read.calculator == "max_context"
    assert read.request["memory_share"] == 0.85


def test_an_engine_s_settings_are_a_serving_job():
    read = understand(
        "gpu_memory_utilization 0.9, max_model_len 8192, max_num_seqs 16, "
        "tensor_parallel_size 2, llama-3-8b on A100 80G: does it fit?"
    )
    assert read.calculator == "fit"
    said = {"memory_share": 0.9, "seq": 8192, "micro_batch": 16, "tp": 2, "mode": "infer"}
    assert said.items() <= read.request.items()


@pytest.mark.parametrize(
    "text",
    [
        "llama-3-8b on 4090 with gpu_memory_utilization 0.9, how much kv cache room?",
        "4090 跑 llama-3-8b int8，还剩多少给kv cache",
    ],
)
def test_the_room_for_the_cache_is_asked_in_tokens(text):
    assert understand(text).calculator == "max_context"


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("max batch for llama-3-8b on A100 80G at 4k", None),
        ("一张 A100 80G，llama-3-8b，4k 长度，batch 最大多少", None),
        ("llama-3-8b A100 80G 最大上下文", None),
        ("max batch to train llama-3-8b on A100 80G at 4k", "train"),
        ("llama-3-8b lora A100 80G 最大 batch", "train"),
    ],
)
def test_a_largest_batch_is_serving_unless_training_is_said(text, mode):
    read = understand(text)
    assert read.calculator in ("max_batch", "max_context")
    assert read.request.get("mode") == mode


def test_the_mode_assumed_is_said_and_gives_way_to_a_word():
    answerer = Answerer(threads=MemoryThreads())
    first = answerer.answer(Question(text="max batch for llama-3-8b on A100 80G at 4k"))
    assert first.calculation is not None
    assert "mode" in [a.field for a in first.calculation.assumptions]
    then = answerer.answer(Question(text="with LoRA"))
    assert then.calculation is not None
    assert then.calculation.request.method == "lora"
    assert then.calculation.request.mode == "train"


@pytest.mark.parametrize(
    ("before", "text", "calculator"),
    [
        ("llama-3-8b on a 4090, how much memory for inference", "how fast?", "latency"),
        ("70B int4 推理 2×A100 够吗", "那速度呢", "latency"),
        ("qwen2.5-7b 4090 推理显存多少", "生成速度？", "latency"),
        ("7B full ft on 8 A100 zero3 memory?", "and the speed?", "throughput"),
        ("7B lora 4090 显存", "训练速度大概多少", "throughput"),
        ("can a 4090 run 8b fp16?", "tokens per second?", "latency"),
    ],
)
def test_the_speed_is_that_of_what_was_asked_before(before, text, calculator):
    first = understand(before)
    read = understand(text, to_context(first))
    assert read.follow_up
    assert read.calculator == calculator
    for name in ("model", "params", "gpu", "gpu_count", "dtype"):
        assert read.inputs.get(name) == first.inputs.get(name)


@pytest.mark.parametrize("text", ["how fast is the network?", "网速多快"])
def test_other_speeds_are_not_the_model_s(text):
    read = understand(text, to_context(understand("llama-3-8b on a 4090 inference memory")))
    assert read.calculator != "latency"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7B训练 8卡A100 zero3 micro batch 4 累积16步 显存",
         {"micro_batch": 4, "grad_accumulation": 16}),
        ("train 7b on 8 A100 zero3, micro batch 2 accum 16, memory",
         {"micro_batch": 2, "grad_accumulation": 16}),
        ("7B训练 8卡A100 zero3 全局batch 256 累积16步 显存",
         {"global_batch": 256, "grad_accumulation": 16}),
        ("8 步梯度累积 batch 2 llama-2-7b lora 显存",
         {"micro_batch": 2, "grad_accumulation": 8}),
    ],
)  # fmt: skip
def test_accumulated_steps_do_not_add_to_the_micro_batch(text, expected):
    assert expected.items() <= understand(text).request.items()


@pytest.mark.parametrize(
    ("text", "prompt", "reply"),
    [
        ("70b int4 on 2x4090 prompt 2000 tokens, generate 500 tokens, how long", 2000, 500),
        ("llama-3-8b H100 输入4k 输出1k 要多久", 4096, 1024),
        ("latency of generating 500 tokens with 2k prompt, 13b fp16 A100", 2048, 500),
        ("how long for llama-3-70b on 4 h100 to produce a 2k token answer from a 8k prompt", 8192,
         2048),
    ],
)  # fmt: skip
def test_the_time_of_a_prompt_and_its_reply(text, prompt, reply):
    read = understand(text)
    assert read.calculator == "latency"
    assert read.request["new_tokens"] == reply
    assert read.request["seq"] == prompt + reply
