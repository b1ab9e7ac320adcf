"""Values in a row are all calculated; two that nothing weighs are still asked back."""

import pytest

from bot.understanding.understand import understand


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("vram to serve a 32b in bf16, fp8 and int4", "weight_dtype", ["bf16", "fp8", "int4"]),
        ("34b 的 fp16、int8、int4 各要多少显存", "weight_dtype", ["fp16", "int8", "int4"]),
        ("how many 4090s for 70b int4, how many for int8?", "weight_dtype", ["int4", "int8"]),
        ("13b 全参要几张 A100，lora 要几张，qlora 呢", "method", ["full", "lora", "qlora"]),
        ("zero1, 2 and 3 for 7b on 8 A100, per card?", "sharding", ["zero1", "zero2", "zero3"]),
        ("4, 8 or 16 H100 for a full finetune of 32b?", "gpu_count", [4, 8, 16]),
        ("8 张还是 16 张 A100 够 30b 全参微调", "gpu_count", [8, 16]),
        ("train 7b on 8 or 16 A100s, fits?", "gpu_count", [8, 16]),
        ("4 卡、8 卡、16 卡 A100 zero3 训 13b，每卡各多少", "gpu_count", [4, 8, 16]),
        ("7b、14b、32b 的训练显存列个表", "params", [7e9, 14e9, 32e9]),
        ("7/13/70b fp16 inference memory", "params", [7e9, 13e9, 70e9]),
        ("7b or 13b or 70b on a 4090?", "params", [7e9, 13e9, 70e9]),
        ("llama-3-8b, qwen2.5-7b, mistral-7b inference memory", "model",
         ["llama-3-8b", "qwen2.5-7b", "mistral-7b"]),
    ],
)  # fmt: skip
def test_every_value_is_requested(text, field, values):
    read = understand(text)
    assert not read.problems
    assert not read.ignored
    assert [read.request[field], *(other.request[field] for other in read.compared)] == values


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("4 cards, 8×A100, 7B full", "gpu_count"),
        ("7b 和 13b 同时放一张 A100 推理够吗", "params"),
        ("can 13b, 7b and 3b share one 24gb card", "params"),
        ("fp32 bf16 train 7B 要多少显存", "dtype"),
    ],
)
def test_what_is_no_list_is_asked_back(text, field):
    assert field in [problem.field for problem in understand(text).problems]


def test_a_number_before_a_size_keeps_its_own_key():
    read = understand("train 7b with batch 4, 8 or 16 A100")
    assert read.inputs["batch"] == 4
    assert read.request["gpu_count"] == 8


@pytest.mark.parametrize("text", ["13B full on 8 A100?", "8 or 16 A100 for 13B full?"])
def test_a_size_in_full_is_trained_in_full(text):
    assert understand(text).request["method"] == "full"
    assert understand(text).request["mode"] == "train"


def test_full_weights_that_serve_are_not_trained():
    assert understand("70b full on 4 A100 inference?").request["mode"] == "infer"
