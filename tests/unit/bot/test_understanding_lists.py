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


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("kv cache for llama-3-8b at 8k, 32k and 128k", "seq", [8192, 32768, 131072]),
        ("qwen2.5-7b kv cache 4k 16k 32k 分别多大", "seq", [4096, 16384, 32768]),
        ("max batch for llama-3-8b at 4k and at 8k on one A100", "seq", [4096, 8192]),
        ("batch 1, 8 or 32: kv cache of llama-2-7b at 4k?", "micro_batch", [1, 8, 32]),
        ("what's the memory gap between mixtral 8x7b fp16 and int4", "weight_dtype",
         ["fp16", "int4"]),
        ("what does tp 2 save per card for 70b fp16 inference vs tp 1", "tp", [2, 1]),
        ("70b fp16 推理开 tp4 每卡能省多少", "tp", [4, 1]),
        ("what does rank 64 add over rank 8, lora on llama-2-7b", "lora", [{"rank": 64},
         {"rank": 8}]),
        ("llama-2-7b training memory with and without gradient checkpointing", "checkpointing",
         ["none", "full"]),
        ("开不开 checkpointing，llama-2-7b 训练差多少", "checkpointing", ["full", "none"]),
        ("lora 7b 和 qlora 7b 差多少", "method", ["qlora", "lora"]),
        ("A10、L4、3090 哪张能跑 14b int8", "gpu", ["A10", "L4", "RTX 3090"]),
        ("70b int4 几张 4090 几张 A100", "gpu", ["RTX 4090", "A100"]),
    ],
)  # fmt: skip
def test_lengths_degrees_switches_and_cards_are_weighed(text, field, values):
    read = understand(text)
    assert not read.problems
    assert [read.request[field], *(other.request[field] for other in read.compared)] == values


def test_a_number_of_machines_that_is_that_of_the_sets_is_no_factor():
    read = understand("3 boxes: 8xV100, 4xA100, 2xH100. which of them can full finetune 13b?")
    assert [read.request["gpu_count"], *(o.request["gpu_count"] for o in read.compared)] == [
        8,
        4,
        2,
    ]


def test_both_shares_of_the_peak_are_calculated():
    read = understand("A100 days for 1T tokens on a 7b at 40% mfu vs 50% mfu")
    (other,) = read.compared
    # 312 TFLOPS dense in 16 bits
    assert (read.request["tflops_gpu"], other.request["tflops_gpu"]) == (124.8, 156)


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("7b fp16 vs 13b int4 inference memory", (7e9, "fp16"), (13e9, "int4")),
        ("7b fp16 or 13b int4 on a 4090?", (7e9, "fp16"), (13e9, "int4")),
    ],
)
def test_what_stands_in_pairs_is_weighed_pair_by_pair(text, first, second):
    read = understand(text)
    (other,) = read.compared
    requests = [read.request, other.request]
    assert [(found["params"], found["weight_dtype"]) for found in requests] == [first, second]


def test_pairs_of_degrees_and_of_cards_stay_together():
    (other,) = understand("tp2 pp4 or tp4 pp2 for 70b on 8 h100, inference memory").compared
    assert (other.request["tp"], other.request["pp"]) == (4, 2)
    (other,) = understand("2×A100 fp16 or 1×A100 int8 for a 70b").compared
    assert (other.request["gpu_count"], other.request["weight_dtype"]) == (1, "int8")
    read = understand("7b lora 还是 13b qlora，4090 够吗")
    assert (read.request["params"], read.request["method"]) == (7e9, "lora")


def test_what_stands_in_no_pairs_is_weighed_each_with_each():
    read = understand("7b 和 13b 的 fp16、int8 推理各要多少")
    found = [(r["params"], r["weight_dtype"]) for r in (o.request for o in read.compared)]
    assert sorted(found) == [(7e9, "int8"), (13e9, "fp16"), (13e9, "int8")]


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("kv cache of qwen2.5-14b with 1, 4 and 16 users at 8k", "micro_batch", {1, 4, 16}),
        ("1k, 4k, 16k 上下文 llama-2-13b kv", "seq", {1024, 4096, 16384}),
    ],
)
def test_values_before_their_key_are_all_its_values(text, field, values):
    read = understand(text)
    assert {read.request[field], *(other.request[field] for other in read.compared)} == values


def test_cards_and_stages_stay_in_pairs():
    read = understand("13b 训练 zero2 8 卡和 zero3 16 卡，每卡分别多少")
    (other,) = read.compared
    pairs = [(found["sharding"], found["gpu_count"]) for found in (read.request, other.request)]
    assert pairs == [("zero2", 8), ("zero3", 16)]


@pytest.mark.parametrize(
    "text",
    [
        "zero2 vs zero3 offload 13b on 8 A100 per card",
        "zero2 和 zero3 和 zero3 offload 训 13b 8×A100 每卡显存",
    ],
)
def test_offloading_said_of_one_stage_is_asked_back(text):
    assert "offload" in [problem.field for problem in understand(text).problems]
