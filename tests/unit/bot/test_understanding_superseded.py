"""Messages that tell of a change, or chat around their question: the value that holds counts."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("原来 2 张 4090，改成 4 张了，70B int4 装得下吗", {"gpu_count": 4}),
        ("合同写的是 40 张卡，实际只有 32 张 H800，训 70B 够吗", {"gpu_count": 32}),
        ("一共 3 台每台 8 卡，坏了一台，剩 16 张 H800，训 34B 行吗", {"gpu_count": 16}),
        ("共 5 台服务器，只批给我们 1 台，8 卡 A800，全参 13B 行吗", {"gpu_count": 8}),
        ("只有 2 台机器，每台 8 张 V100-16G，65B fp16 推理行吗", {"gpu_count": 16}),
        ("只训 LoRA 不训全参，70B，4 张 A100 够吗", {"method": "lora"}),
        (
            "吞吐从每卡 2500 降到 1900 token/s，8 卡 A100 训 7B，MFU 多少",
            {"tokens_per_s_gpu": 1900},
        ),
        ("合同写的是 40 张，实际只到了 32 张 H800，训 70B 够吗", {"headroom": None}),
        ("现在用 3 张 A100 跑 65B int8，想缩到 2 张，装得下吗", {"gpu_count": 2}),
        ("20B 模型从 fp32 转成 fp16，文件多大", {"dtype": "fp16", "params": 20e9}),
        ("说错了，不是 7B，是 13B，A100 上 int8 推理要多少显存", {"params": 13e9}),
        ("不是训练，是推理，13B 一张 3090 int8 能跑吗", {"mode": "infer"}),
        ("seq 从 2k 调到，嗯，8k，Llama-2-7B batch 2 的 KV cache 多大", {"seq": 8192}),
        ("we used to have 2 3090s, switched to 4 3090s: 70B int4 ok?", {"gpu_count": 4}),
        ("not 7B, 13B: fp16 inference memory?", {"params": 13e9}),
    ],
)
def test_a_value_that_no_longer_holds_is_left_out(text: str, inputs: dict[str, Any]) -> None:
    found = understand(text)
    assert found.problems == ()
    assert {name: found.inputs.get(name) for name in inputs} == inputs


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("我们是 16 张 V100 32G。13B 全参能跑吗？去年 2 张都能跑 1.3B 的。", {"params": 13e9}),
        ("以前用 7B，新版本上 14B。14B LoRA 微调一张 A100 能搞定吗？", {"params": 14e9}),
        ("A6000 单卡跑 Llama-3-8B，8k 最多几个并发？急，红包 10 块答谢", {"gpu_count": 1}),
        ("The other lab has 16 A100s. Can we train 7B on 4 A100s?", {"gpu_count": 4}),
        ("PyTorch 2.5 这个报错贴了 3 次没人理。7B fp16 推理要多少显存？", {"params": 7e9}),
    ],
)
def test_the_sentence_that_asks_counts_before_the_chatter(
    text: str, inputs: dict[str, Any]
) -> None:
    found = understand(text)
    assert found.calculator is not None
    assert found.problems == ()
    assert {name: found.inputs.get(name) for name in inputs} == inputs


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("4 cards, 8×A100, can I train 13B?", "contradiction"),
        ("用 4 张卡，8×A100 训 13B 行吗", "contradiction"),
    ],
)
def test_two_values_without_a_change_are_asked_back(text: str, code: str) -> None:
    assert code in {problem.code for problem in understand(text).problems}


def test_who_asked_before_is_told_of_and_not_looked_up() -> None:
    found = understand(
        "看到 issue #1024 有人问过但没人答。Mistral-7B 16k batch 8 KV cache 占多少？"
    )
    assert found.special is None
    assert found.calculator == "kv_cache"


def test_a_plan_that_is_told_of_is_not_asked_for() -> None:
    found = understand("方案里写的 zero2，要求换成 zero3。13B，8 张 A100，每卡显存多少？")
    assert found.calculator == "training"
    assert found.inputs["zero_stage"] == 3


def test_values_that_are_weighed_both_count() -> None:
    found = understand("13B 从 fp16 换成 int4 推理能省多少显存")
    assert len(found.compared) == 1


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("H20 一张 11 万，单卡能跑 7B 吗", 110_000),
        ("A100 做 70B QLoRA 行吗，硬盘 2T", 2.0),
        ("今天跌了 2%，7B 1T token，64 张 H100，MFU 40%，训多久", 2),
        ("$12000 budget, one A100: can I qlora 70B?", 12_000),
    ],
)
def test_numbers_of_other_things_are_no_inputs(text: str, absent: float) -> None:
    found = understand(text)
    assert found.calculator is not None
    assert absent not in found.inputs.values()


def test_the_share_beside_its_name_is_the_utilisation() -> None:
    found = understand("今天跌了 2%，7B 1T token，64 张 H100，MFU 40%，训多久")
    assert found.inputs["utilization_percent"] == 40


def test_a_rate_of_others_is_what_the_own_is_compared_with() -> None:
    found = understand("他们 7B 每张卡 3300 token/s，我们才 1650，利用率多少？")
    assert found.inputs["tokens_per_s_gpu"] == 1650
    assert found.inputs["reference_tokens_per_s_gpu"] == 3300
