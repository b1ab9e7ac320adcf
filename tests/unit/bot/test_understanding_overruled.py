"""Two values of one setting: the one that is not used is said, never dropped in silence."""

from __future__ import annotations

import pytest

from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "unused"),
    [
        ("7b fp16 int4", "int4"),
        ("7B int8 和 int4 推理对比", "int4"),
        ("train 7B with adam and sgd", "sgd"),
        ("7B 用 adam 和 sgd 训练要多少显存", "sgd"),
        ("7b fp16 fp32 train", "fp32"),
        ("train 7B on 8 A100 with batch 4 and batch 8", "8"),
        ("全参 vs LoRA 7B 显存", "LoRA"),
    ],
)
def test_a_second_value_is_named(text: str, unused: str) -> None:
    assert unused in understand(text).ignored


@pytest.mark.parametrize(
    "text",
    [
        "7b fp16 adamw",
        "fp16 weights int8 kv cache 7b",
        "QLoRA int4 7b, bf16 compute",
        "7B QLoRA nf4，bf16 计算",
        "13b gptq int4 推理",
        "train 7b mixed precision bf16 with fp32 master weights",
        "7b adamw_8bit adam",
        "llama-2-13b int4 ctx=8k batch 4",
    ],
)
def test_parts_of_one_recipe_are_no_second_values(text: str) -> None:
    assert understand(text).ignored == ()


@pytest.mark.parametrize(
    "text",
    [
        "flash-attention 2 on V100 for training 7B on 8 V100 32GB",
        "V100 上用 flash attention 训 7B 行吗，8 张 V100 32G",
    ],
)
def test_a_card_named_twice_is_one_card(text: str) -> None:
    read = understand(text)
    assert read.problems == ()
    assert read.inputs["gpu_count"] == 8
    assert read.request["attention"] == "flash"
