"""What is asked for is something that the calculator gives, or it is asked back."""

from __future__ import annotations

import pytest

from bot.messages import say
from bot.understanding import understand
from calculators import calculate, parse_request

NOT_GIVEN = {
    "time to load": (
        "how long does it take to load 70B fp16 from an NVMe at 7GB/s?",
        "从NVMe以7GB/s加载70B fp16要多久",
        "how many seconds to load llama-3-70b int4 onto an H100",
        "加载一个 65B 模型到 4 张 A100 要多长时间",
    ),
    "FLOPs of inference": (
        "推理一个token要多少FLOPs，13B",
        "how many FLOPs per generated token for llama-3-70b?",
        "how many flops does a forward pass of 13B take?",
    ),
    "share of a card": (
        "what fraction of a 24GB card does a 7B in int8 take?",
        "7B int8占24G显存的百分之几",
        "what share of an H100's memory does 13B fp16 use?",
        "7B fp16占A100 80G的比例是多少",
    ),
    "number of models": (
        "how many 7B fp16 models fit on an H100?",
        "how many copies of a 13B int8 can an 80GB card hold?",
        "一张 A100 80G 能放几个 7B int4 模型",
        "24G 卡上能跑几个 7B int4",
    ),
    "number of requests": ("一张 A100 80G 上 llama-3-8b 能同时跑几个 4k 请求",),
    "tokens, words": (
        "how many tokens fit in 10GB of KV cache for llama-3-8b?",
        "how many words does a 7B generate per second on a 4090?",
    ),
    "requests in a time": ("一张 4090 一天能处理多少请求 7B",),
    "power": ("how much power do 8 H100 draw training 7B?",),
    "a training step's time": ("7B 每步多少秒 8 A100",),
    "one layer's": (
        "llama-3.1-70b每层权重多大 bf16",
        "TP8每层通信量，llama-3.1-70b，4k",
        "allreduce per layer tp 4 llama-3.1-8b",
        "memory of one layer of qwen2.5-72b bf16",
        "一层 KV cache 多大 llama-3-8b 8k",
    ),
    "an expert's, the attention's": (
        "每个专家权重多大 mixtral-8x7b",
        "how big is one expert of mixtral 8x7b?",
        "attention weights of llama-3-8b in bf16",
        "MLP参数占多少 llama-3-8b",
    ),
    "a table's": (
        "embedding memory of llama-3.1-8b",
        "how big is the embedding table of llama-3-70b in bf16",
        "qwen2.5-7b lm head memory",
        "llama-3-8b 词嵌入占多少显存",
    ),
}


@pytest.mark.parametrize("text", [text for texts in NOT_GIVEN.values() for text in texts])
def test_no_other_quantity_is_given_in_the_place_of_the_one_asked(text: str) -> None:
    found = understand(text)
    assert [problem.code for problem in found.problems] == ["not_given"]


@pytest.mark.parametrize(
    "text",
    [
        "which is larger at 32k: the kv cache of llama-3.1-70b or its int4 weights?",
        "7B在8k下，KV cache和权重哪个大？",
        "are the weights or the kv cache of llama-3-8b bigger at 128k?",
        "which takes more memory in 7B training: optimizer states or gradients?",
        "which saves more for 13B: 8bit adam or lora?",
        "KV cache和权重一共占多少 llama-3-8b 8k",
        "70B int4 和它的 32k KV cache 谁占得多",
        "哪个更省显存：13B 用 zero3 还是梯度检查点",
    ],
)
def test_two_parts_or_two_settings_of_which_one_would_be_told(text: str) -> None:
    found = understand(text)
    assert [problem.code for problem in found.problems] == ["one_by_one"]
    assert len(found.problems[0].choices) == 2


@pytest.mark.parametrize(
    ("text", "calculator"),
    [
        ("how long does it take to train 7B on 1T tokens with 64 A100 at 40% MFU?",
         "training_time"),
        ("how long a context fits on a 24GB card with 7B int4?", "max_context"),
        ("how many FLOPs to train 7B on 1T tokens?", "training_time"),
        ("per layer checkpointing 7B training memory seq 4096 batch 1", "training"),
        ("LoRA on each layer of 13B, memory?", "training"),
        ("how many concurrent requests of 4k can llama-3-8b serve on an H100?", "max_batch"),
        ("how many GPUs to load 70B in fp16 on 24GB cards?", "min_gpus"),
        ("llama-3-8b embedding size", "model_info"),
        ("how much does 8bit adam save on 7B?", "training"),
        ("how much memory does one 7B model take in fp16?", "inference"),
        ("数据并行 7B 每步通信量 8 卡", "communication"),
        ("flash attention 7B training memory", "training"),
        ("lora on attention layers only, 13B training memory", "training"),
        ("mixtral 8x7b memory with all experts loaded", "inference"),
        ("how many tokens per second does 7B int4 generate on a 4090?", "latency"),
    ],
)  # fmt: skip
def test_what_a_calculator_gives_is_calculated(text: str, calculator: str) -> None:
    found = understand(text)
    assert (found.calculator, found.problems) == (calculator, ())


@pytest.mark.parametrize("code", ["not_given", "one_by_one"])
def test_it_is_said_in_both_languages(code: str) -> None:
    english, chinese = (say(f"problem_{code}", language, text="X") for language in ("en", "zh"))
    assert "X" in english
    assert "X" in chinese
    assert english != chinese


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("每token训练计算量，llama-2-7b", 1),
        ("7B每训练一个token要多少FLOPs", 1),
        ("training FLOPs per token for llama-2-7b", 1),
        ("训练 7B 一步要算多少 FLOPs, batch 512k tokens", 2**19),
        ("how many FLOPs to train 7B on 1T tokens?", 1e12),
    ],
)
def test_the_flops_of_a_token_or_of_a_step_are_those_of_a_run_as_long(
    text: str, tokens: float
) -> None:
    request = understand(text).request
    assert (request["attribute"], request["total_tokens"]) == ("flops", tokens)


def test_flops_per_token_are_six_for_each_parameter() -> None:
    found = calculate(
        parse_request(
            {"calculator": "training_time", "params": 7e9, "total_tokens": 1, "attribute": "flops"}
        )
    )
    assert found.value == 6 * 7e9
    assert found.headline.en == "Training a 7B model: 4.2e+10 FLOPs per token"
    assert found.headline.zh == "7B 模型训练：每个 token 4.2e+10 FLOPs"


@pytest.mark.parametrize(
    ("text", "calculator"),
    [
        ("16 GB card, which largest model in 4 bit?", "max_params"),
        ("what's the largest model for 48 GB in fp16?", "max_params"),
        ("7B fp16在80G卡上还剩多少显存给KV cache", "max_context"),
    ],
)
def test_what_a_stated_memory_holds_is_calculated(text: str, calculator: str) -> None:
    found = understand(text)
    assert (found.calculator, found.problems) == (calculator, ())


@pytest.mark.parametrize(
    "text", ["the largest model I have is 40 GB", "is the largest model 40 GB?"]
)
def test_a_model_said_to_be_the_largest_is_no_card(text: str) -> None:
    assert understand(text).calculator != "max_params"
