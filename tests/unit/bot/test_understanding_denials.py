"""What a message rules out is not taken: the opposite of what was said is never calculated."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding import understand
from bot.understanding.understand import to_context

_OFF = {
    "offload": [
        "13b training 8 a100 no offload",
        "disable offload, 13b training 4 a100 memory",
        "13b full training offload disabled 8 a100",
        "13b full training never offload 8 a100",
        "13b zero3 w/o offload 8 a100",
        "7b full ft 8 a100, offload: none",
        "7b full ft 8 a100 with offload turned off",
        "13b 全参 8 张 A100 不用 offload",
        "13b 全参 8 张 A100 不 offload",
        "13b 全参 8 张 A100，offload 关掉",
        "7b 全参 8 A100 offload 没开",
        "7b bf16 训练 关闭 offload 8 张 A100 显存",
        "70b 8 A100 训练，既不 offload 也不 lora",
        "train 7b full, no checkpointing or offload, 8 a100",
    ],
    "checkpointing": [
        "7b 全参 8 A100 不开 checkpointing 显存",
        "7b 全参 8 A100 不用 gradient checkpointing 显存",
        "7b 全参 8 A100 关掉 gradient checkpointing 显存",
        "7b full finetune 8 a100 disable gradient checkpointing memory",
        "7b full finetune 8 a100 turn off gradient checkpointing memory",
        "7b full ft 8 A100 turn gradient checkpointing off",
        "7b full finetune 8 a100 checkpointing disabled memory",
        "7b 全参 gradient checkpointing 没开 8 张 A100",
        "gradient checkpointing = false 7b full ft 8 a100",
        "7b 全参 4 A100 checkpointing 关掉 offload 开着",
    ],
}


@pytest.mark.parametrize(("field", "text"), [(f, t) for f, ts in _OFF.items() for t in ts])
def test_what_is_denied_is_off(field: str, text: str) -> None:
    assert understand(text).inputs[field] == "none"


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("not using LoRA, 7b on a 4090", "method", "full"),
        ("without qlora 13b 3090", "method", "full"),
        ("don't use qlora, lora 13b", "method", "lora"),
        ("neither lora nor qlora, 7b 4090 train", "method", "full"),
        ("不用 int4，70b 2 张 A100", "dtype", None),
        ("70b on 2 a100 not int4", "dtype", None),
        ("70b 量化 不 int4 用 int8 2 张 A100", "dtype", "int8"),
        ("70b 推理 no int8 kv cache 32k 2 a100", "kv_dtype", None),
        ("train 7b without AdamW, use SGD", "optimizer", "sgd"),
        ("训 7b 不用 AdamW 用 SGD 要多少显存", "optimizer", "sgd"),
        ("7b 不用量化 4090", "dtype", "fp16"),
        ("don't quantize 7b 4090", "dtype", "fp16"),
        ("qwen2.5-7b fp8 weights without fp8 kv cache 32k h100", "kv_dtype", None),
        ("13b 全参 不用 8bit adam 8 张 A100", "optimizer", None),
        ("7b full ft without zero3 but with fsdp 8 a100", "sharding", "fsdp2"),
        ("7b full finetune no flash attention 4k batch 4 activation", "attention", "eager"),
    ],
)
def test_a_denied_value_is_not_taken(text: str, field: str, value: str | None) -> None:
    found = understand(text)
    assert found.problems == ()
    assert found.inputs.get(field) == value


def test_a_cache_that_is_not_quantised_is_not_what_is_asked() -> None:
    found = understand("llama-2-7b 4090 32k no kv cache quantization")
    assert (found.calculator, found.problems) == ("fit", ())
    assert "kv_dtype" not in found.request


@pytest.mark.parametrize(
    "text",
    [
        "don't disable offload, 13b training 4 a100 memory",
        "13b training 4 a100 offload not disabled",
        "13b 训练不得不 offload，2 张 4090",
        "13b 全参 8 张 A100 用不用 offload 差多少",
        "7b 全参 4 A100 checkpointing 关掉 offload 开着",
        "train 13b, not int8, offload, 2 a100",
    ],
)
def test_what_only_looks_denied_is_taken(text: str) -> None:
    assert understand(text).inputs["offload"] == "optimizer"


def test_a_switch_between_two_settings_belongs_to_the_one_that_is_not_on() -> None:
    inputs = understand("7b 全参 offload 关掉 checkpointing 打开 8 A100").inputs
    assert (inputs["offload"], inputs["checkpointing"]) == ("none", "full")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("train 7b without adamw", "optimizer"),
        ("不用 AdamW 训 7b 要多少显存", "optimizer"),
        ("70b not fp16 2 a100", "dtype"),
        ("not full finetuning, 7b 4090 training", "method"),
    ],
)
def test_a_denied_default_is_asked_back(text: str, field: str) -> None:
    assert [problem.field for problem in understand(text).problems] == [field]


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ("train 13b on 8 a100 with offload", "no offload", {"offload": "none"}),
        ("train 13b on 8 a100 with offload", "不用 offload", {"offload": "none"}),
        ("7b full ft 8 a100 gradient checkpointing", "关掉 checkpointing",
         {"checkpointing": "none"}),
        ("7b full ft 8 a100 gradient checkpointing", "turn off gradient checkpointing",
         {"checkpointing": "none"}),
        ("70b int4 2 a100", "not int4", {"dtype": "fp16"}),
        ("70b int4 2 a100", "不用 int4 呢", {"dtype": "fp16"}),
        ("7b training adamw 8 a100", "not adamw, sgd", {"optimizer": "sgd"}),
    ],
)  # fmt: skip
def test_a_thread_takes_the_denial(first: str, then: str, expected: dict[str, Any]) -> None:
    found = understand(then, to_context(understand(first)))
    assert found.follow_up
    assert found.inputs.items() >= expected.items()


@pytest.mark.parametrize(
    "text",
    [
        "not asking about training, just inference: 70B on 2x H100?",
        "i don't want to train it, just run it. 70b, 2x H100",
        "不打算训，就跑跑，70B，2 张 H100 行吗",
        "inference only (no finetuning): 13b on a 3090",
    ],
)
def test_what_is_not_asked_about_is_not_calculated(text: str) -> None:
    assert understand(text).inputs["mode"] == "infer"


@pytest.mark.parametrize(
    "text",
    [
        "this is not inference, it's lora: 13b on a 3090?",
        "can't train 7b on a 4090?",
        "V100 不能训 65B 吧，4 张",
    ],
)
def test_what_may_not_work_is_still_asked_about(text: str) -> None:
    assert understand(text).inputs["mode"] == "train"


@pytest.mark.parametrize(
    "text",
    [
        "I'm not doing full training, only LoRA on llama-3-8b, one 4090?",
        "no full finetune: qlora llama-3-8b on a 4090",
        "不做全参训练，只做 LoRA，llama-3-8b，一张 4090 够吗",
    ],
)
def test_another_way_of_training_is_training(text: str) -> None:
    assert understand(text).inputs["mode"] == "train"
