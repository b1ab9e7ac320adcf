"""Two values of one setting: asked back, or both calculated where they are weighed."""

from __future__ import annotations

import pytest

from bot.understanding import understand


@pytest.mark.parametrize(
    ("text", "field", "choices"),
    [
        ("7b fp16 int4", "dtype", ("fp16", "int4")),
        ("train 7B with adam and sgd", "optimizer", ("adam", "sgd")),
        ("7B 用 adam 和 sgd 训练要多少显存", "optimizer", ("adam", "sgd")),
        ("7b fp16 fp32 train", "dtype", ("fp16", "fp32")),
        ("train 7B on 8 A100 with batch 4 and batch 8", "batch", ("batch 4", "batch 8")),
        ("7b zero2 zero3 8 A100 train", "sharding", ("zero2", "zero3")),
        ("7b int8 inference on a 16GB card and a 24GB card?", "gpu_memory_bytes", ("16GB", "24GB")),
        ("7b full finetune lora memory", "method", ("full finetune", "lora")),
    ],
)
def test_a_contradiction_is_asked_back_with_both_to_choose(
    text: str, field: str, choices: tuple[str, ...]
) -> None:
    (problem,) = understand(text).problems
    assert (problem.code, problem.field, problem.choices) == ("contradiction", field, choices)


def test_two_numbers_of_cards_are_asked_back() -> None:
    (problem,) = understand("4 cards, 8×A100 train 7b").problems
    assert (problem.code, problem.field) == ("contradiction", "gpu_count")
    assert set(problem.choices) == {"4", "8"}


@pytest.mark.parametrize(
    ("text", "name", "first", "second"),
    [
        ("compare 7b int4 vs fp16", "weight_dtype", "int4", "fp16"),
        ("7B int8 和 int4 推理对比", "weight_dtype", "int8", "int4"),
        ("train 7b with adamw or sgd, memory?", "optimizer", "adamw", "sgd"),
        ("全参 vs LoRA 7B 显存", "method", "full", "lora"),
        ("7B fp16 比 int4 多占多少显存", "weight_dtype", "fp16", "int4"),
    ],
)
def test_weighed_values_are_both_requested(text: str, name: str, first: str, second: str) -> None:
    found = understand(text)
    assert found.problems == ()
    assert found.ignored == ()
    (other,) = found.compared
    assert found.request[name] == first
    assert other.request == {**found.request, name: second}


def test_compared_sizes_are_both_requested() -> None:
    found = understand("compare training memory of 7b vs 13b")
    assert found.request["params"] == 7e9
    assert [other.request["params"] for other in found.compared] == [13e9]


@pytest.mark.parametrize(
    "text",
    [
        "7b fp16 adamw",
        "fp16 weights int8 kv cache 7b",
        "QLoRA int4 7b, bf16 compute",
        "7B QLoRA nf4，bf16 计算",
        "13b gptq int4 推理",
        "train 7b mixed precision bf16 with fp32 master weights",
        "train 7b fp16 weights, fp32 optimizer",
        "7B 混合精度 fp16 训练 fp32 主权重",
        "7b adamw_8bit adam",
        "llama-2-13b int4 ctx=8k batch 4",
        "7b fp16/bf16 train on 8 A100",
        "train 7b ddp zero1 on 8 A100",
        "30 亿参数 int4 gguf 大概几个 G",
    ],
)
def test_parts_of_one_recipe_are_no_second_values(text: str) -> None:
    found = understand(text)
    assert found.problems == ()
    assert found.ignored == ()
    assert found.compared == ()


@pytest.mark.parametrize(
    ("text", "dtype"),
    [("7b int8 instead of fp16", "int8"), ("7B 用 int4 而不是 fp16 推理要多少显存", "int4")],
)
def test_what_is_not_meant_is_set_aside(text: str, dtype: str) -> None:
    found = understand(text)
    assert found.problems == ()
    assert found.inputs["dtype"] == dtype


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


def test_a_second_number_of_one_key_is_a_second_value() -> None:
    (problem,) = understand("train 7b batch 4 and 8").problems
    assert problem.choices == ("batch 4", "batch 8")


def test_cards_after_a_batch_are_no_second_batch() -> None:
    found = understand("train 7b with batch 4 and 8 A100")
    assert found.problems == ()
    assert (found.inputs["batch"], found.inputs["gpu_count"]) == (4, 8)


def test_a_named_model_and_another_size_are_asked_back() -> None:
    (problem,) = understand("llama-2-7b 和 13b 推理显存").problems
    assert problem.code == "ambiguous"
    assert problem.choices == ("llama-2-7b", "13b")


def test_a_models_own_size_beside_its_name_is_no_second_one() -> None:
    assert understand("mixtral-8x7b (47B) fp16 inference memory").problems == ()
    assert understand("deepseek-v3 671B fp8 inference memory").problems == ()


@pytest.mark.parametrize(
    ("text", "calculator"),
    [
        ("7b int4 weights with fp16 kv cache", "inference"),
        ("7b fp16 weights int8 kv cache", "inference"),
        ("how big is the fp8 kv cache for llama-3-8b 8k, fp16 weights", "kv_cache"),
    ],
)
def test_formats_of_weights_and_cache_describe_unless_one_is_asked_for(
    text: str, calculator: str
) -> None:
    assert understand(text).calculator == calculator


@pytest.mark.parametrize(
    ("text", "calculator"),
    [
        ("llama 3.3 70b q5_k_m 2x3090 ctx 32k q8 kv", "fit"),
        ("llama-3-8b fp8 kv 128k on a 4090", "fit"),
        ("70b int4 with int8 kv cache 32k, memory?", "inference"),
        ("70b int4 权重 int8 kv 缓存 32k 显存", "inference"),
        ("kv cache fp8 70b 32k", "kv_cache"),
        ("70b 32k 的 fp8 kv 缓存", "kv_cache"),
    ],
)
def test_a_cache_named_for_its_format_is_not_what_is_asked_for(text, calculator):
    assert understand(text).calculator == calculator


def test_trillions_of_parameters_beside_a_card_are_parameters():
    assert understand("1.5T 参数 int4 要几张 H200").inputs["params"] == 1.5e12
