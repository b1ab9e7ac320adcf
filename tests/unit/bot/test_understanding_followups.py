"""Follow-ups: each message changes one thing, the rest stays as it was."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.understanding import Understood, to_context, understand


def thread(*texts: str) -> Understood:
    """Read the messages as one conversation; return the last reading."""
    context: dict[str, Any] | None = None
    found = understand("")
    for text in texts:
        found = understand(text, context)
        if found.calculator is not None:
            context = json.loads(json.dumps(to_context(found)))
    return found


@pytest.mark.parametrize(
    ("texts", "calculator", "changed", "expected"),
    [
        (
            ("7b fp16 adamw", "with LoRA?"),
            "training",
            {"method"},
            {"method": "lora", "params": 7e9},
        ),
        (
            ("7b fp16 adamw", "那 13B 呢"),
            "training",
            {"params"},
            {"params": 13e9, "optimizer": "adamw"},
        ),
        (("7B 推理要多少显存", "int8"), "inference", {"dtype"}, {"dtype": "int8", "params": 7e9}),
        (("7B 推理要多少显存", "batch 8"), "inference", {"batch"}, {"batch": 8}),
        (
            ("能用 4 张 V100 训练 65B 吗", "那用 8 张 A100 呢"),
            "fit",
            {"gpu", "gpu_count"},
            {"gpu_count": 8},
        ),
        (
            ("can 4×V100 train 65B?", "what about 8 A100s"),
            "fit",
            {"gpu", "gpu_count"},
            {"params": 65e9},
        ),
        (
            ("can 4×V100 train 65B?", "和上面一样但是 int8"),
            "fit",
            {"dtype"},
            {"dtype": "int8", "gpu_count": 4},
        ),
        (("can 4×V100 train 65B?", "same but fp8"), "fit", {"dtype"}, {"dtype": "fp8"}),
        (
            ("训练13B需要多少显存", "and for inference?"),
            "inference",
            {"mode"},
            {"mode": "infer", "params": 13e9},
        ),
        (("13B 推理显存", "那训练呢"), "training", {"mode"}, {"mode": "train", "params": 13e9}),
        (
            ("llama-2-7b fp16 推理显存", "那 13B 呢"),
            "inference",
            {"model", "params"},
            {"model": "llama-2-13b"},
        ),
        (("can 4×V100 train 65B?", "how many cards then?"), "min_gpus", set(), {"params": 65e9}),
        (
            ("训练 7B 300B tokens 要多久", "A100"),
            "training_time",
            {"gpu"},
            {"params": 7e9, "total_tokens": 3e11},
        ),
        (
            ("64 张 A100 训 7B 要多久", "300B tokens"),
            "training_time",
            {"total_tokens"},
            {"gpu_count": 64},
        ),
        (("7B 推理显存", "ctx 32k"), "inference", {"seq"}, {"seq": 32768}),
        (("7B lora 3090 能训吗", "换成 qlora"), "fit", {"method"}, {"method": "qlora"}),
        (
            ("7B 全参 8xA100 能训吗", "zero3 呢"),
            "fit",
            {"zero_stage", "sharding"},
            {"zero_stage": 3},
        ),
        (
            ("7b fp16 adamw", "with LoRA?", "那 13B 呢", "int8"),
            "training",
            {"dtype"},
            {"method": "lora", "params": 13e9, "dtype": "int8"},
        ),
        (("4090 跑 7B 行吗", "最大 batch 能开多少"), "max_batch", set(), {"params": 7e9}),
        (
            ("4×V100 32G train 65B?", "A100 80G"),
            "fit",
            {"gpu", "gpu_memory_bytes"},
            {"gpu_count": 4},
        ),
    ],
)
def test_follow_up(
    texts: tuple[str, ...], calculator: str, changed: set[str], expected: dict[str, Any]
) -> None:
    found = thread(*texts)
    assert found.follow_up
    assert found.calculator == calculator
    assert {name: found.inputs.get(name) for name in expected} == expected
    assert changed <= set(found.changed)


@pytest.mark.parametrize(
    "text",
    [
        "我今天请假",
        "why is my validation loss flat",
        "thanks!",
        "我刚重启了 A100 机器",
        "help",
        "how do I check the nvlink topology?",
        "24 GiB in GB",
        "A100 vs H100",
    ],
)
def test_other_messages_in_a_thread_stand_alone(text: str) -> None:
    found = thread("can 4×V100 train 65B?", text)
    assert not found.follow_up
    assert found.calculator == understand(text).calculator


@pytest.mark.parametrize(
    "text",
    [
        "how much memory to train a 7B with adamw?",
        "两张4090推理70B int4够吗",
        "13b lora 3090 batch 2",
    ],
)
def test_a_complete_question_takes_nothing_over(text: str) -> None:
    found = thread("llama-65b 8xA100 zero3 batch 4 seq 4096 能训吗", text)
    assert not found.follow_up
    assert found.inputs == understand(text).inputs


def test_what_is_asked_for_is_not_taken_over() -> None:
    assert "gpu_count" not in thread("can 4×V100 train 65B?", "how many cards then?").request


def test_training_words_fall_away_when_inference_is_asked() -> None:
    found = thread("7b full finetune adamw zero3 8xA100", "and for inference?")
    assert "optimizer" not in found.request
    assert "sharding" not in found.request


@pytest.mark.parametrize(
    ("text", "calculator", "changed"),
    [
        ("如果是 16 张 A100 80G 呢", "fit", {"gpu": "A100", "gpu_count": 16}),
        ("what if I use QLoRA", "fit", {"method": "qlora"}),
        ("A100-40G x 8", "fit", {"gpu": "A100", "gpu_count": 8, "gpu_memory_bytes": 40e9}),
        ("65B 换成 33B", "fit", {"params": 33e9}),
        ("那如果不开重计算呢", "fit", {"checkpointing": "none"}),
        ("两台 8 卡 A100", "fit", {"gpu_count": 16}),
        ("how many would I need?", "min_gpus", {}),
        ("怎么才能放下", "plan", {}),
        ("每卡多少显存", "training", {"per_gpu": True}),
        ("能跑吗", "fit", {}),
    ],
)
def test_short_turns_after_a_verdict(text: str, calculator: str, changed: dict[str, Any]) -> None:
    found = thread("能用 4 张 V100 训练 65B 吗", text)
    assert found.follow_up
    assert found.calculator == calculator
    assert {name: found.inputs[name] for name in changed} == changed


@pytest.mark.parametrize(
    "text",
    [
        "今天中午吃什么",
        "how big is the moon",
        "can someone review my PR",
        "lol",
        "好的 我试试",
        "what is knowledge distillation",
        "什么时候能再来几张卡",
        "wifi 密码是多少",
        "is 180 cm tall ok",
        "nB 模型训练需要多少显存？",
    ],
)
def test_talk_in_a_thread_is_not_taken_for_a_follow_up(text: str) -> None:
    found = thread("能用 4 张 V100 训练 65B 吗", text)
    assert not found.follow_up
    assert found.calculator is None


@pytest.mark.parametrize(
    ("first", "then", "changed"),
    [
        ("7b fp16 adamw train", "with LoRA?", {"method"}),
        ("7B 训练要多少显存", "那 13B 呢", {"params"}),
        ("7B 推理要多少显存", "和上面一样但是 int8", {"dtype"}),
        ("train 7b on 8 A100", "batch 8", {"batch"}),
        ("train 7b on 8 A100", "what about 16 of them?", {"gpu_count"}),
        ("7b lora memory", "in fp32 instead", {"dtype"}),
        ("train 7b on 8 A100", "and with flash attention", {"attention"}),
        ("train 7b on 8 A100", "换成 H100", {"gpu"}),
        ("train 7b on 8 A100", "no, 4 cards", {"gpu_count"}),
        ("train 7b on 8 A100", "不对，4 张", {"gpu_count"}),
        ("train 7b on 8 A100", "把 batch 调到 4", {"batch"}),
        ("train 7b on 8 A100 batch 4", "double the batch", {"batch"}),
        ("train 7b on 8 A100 80G", "on 40GB ones", {"gpu_memory_bytes"}),
        ("lora 13b on 8 A100", "back to full", {"method"}),
        ("13b int4 on a 4090", "不量化呢", {"dtype"}),
        ("train 7b on 8 A100 zero2", "同样的配置 13B 行吗", {"params"}),
        ("7b on 1T tokens with 64 H100, how long?", "at 50% MFU", {"utilization_percent"}),
    ],
)
def test_a_follow_up_changes_one_thing(first: str, then: str, changed: set[str]) -> None:
    before, found = thread(first), thread(first, then)
    assert found.follow_up
    assert set(found.changed) == changed
    assert found.problems == ()
    kept = {name: value for name, value in before.inputs.items() if name not in changed}
    assert kept.items() <= found.inputs.items()


def test_a_size_alone_stays_in_the_narrowest_family() -> None:
    assert thread("kv cache llama-3-8b 8k", "and 70b?").inputs["model"] == "llama-3-70b"


def test_a_lone_number_is_asked_back_with_what_it_may_mean() -> None:
    found = thread("train 7b on 8 A100, batch 4", "16")
    (problem,) = found.problems
    assert problem.choices == ("16 GPUs", "batch 16")


@pytest.mark.parametrize("text", ["lol nice", "what's the weather", "who made llama?"])
def test_talk_in_a_thread_changes_nothing(text: str) -> None:
    assert not thread("7b int4 on a 4090", text).follow_up


@pytest.mark.parametrize("text", ["how many cards do I need then?", "那至少要几张卡"])
def test_the_fewest_cards_are_not_bound_to_the_degrees_said_before(text):
    before = to_context(understand("70b fp8 tp4 a100"))
    read = understand(text, before)
    assert read.calculator == "min_gpus"
    assert "tp" not in read.inputs


@pytest.mark.parametrize(
    ("text", "sharding"),
    [
        ("how long does an allreduce of 7b gradients take on 8 3090s", "none"),
        ("7b 8×A100 allreduce 通信量", "none"),
        ("zero2 allreduce volume for 7b on 8 a100", "zero2"),
    ],
)
def test_an_all_reduce_is_plain_data_parallelism_unless_sharding_is_named(text, sharding):
    read = understand(text)
    assert read.calculator == "communication"
    assert read.inputs["sharding"] == sharding
