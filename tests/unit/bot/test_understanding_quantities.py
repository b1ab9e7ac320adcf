"""Numbers and units: what each spelling is worth, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from bot.understanding import understand


def inputs(text: str) -> dict[str, Any]:
    return understand(text).inputs


@pytest.mark.parametrize(
    ("spelling", "count"),
    [
        ("7b", 7e9),
        ("7B", 7e9),
        ("7 B", 7e9),
        ("70亿参数", 7e9),
        ("七十亿参数", 7e9),
        ("7e9", 7e9),
        ("6.7B", 6.7e9),
        ("0.5b", 5e8),
        ("350M", 3.5e8),
        ("1.8T", 1.8e12),
        ("130亿参数", 1.3e10),
        ("一百三十亿参数", 1.3e10),
        ("1.3千亿参数", 1.3e11),
        ("千亿参数", 1e11),
        ("百亿参数", 1e10),
        ("六十五B", 6.5e10),
        ("seven billion", 7e9),
        ("7,000,000,000", 7e9),
        ("万亿参数", 1e12),
        ("175 billion", 1.75e11),
        ("7×10^9", 7e9),
        ("７Ｂ", 7e9),
        ("7\u200bb", 7e9),
        ("7В", 7e9),
    ],
)
def test_numbers_of_parameters(spelling: str, count: float) -> None:
    assert inputs(f"{spelling} 推理要多少显存")["params"] == count


@pytest.mark.parametrize(
    ("spelling", "size"),
    [
        ("24G", 24e9),
        ("24GB", 24e9),
        ("24 gb", 24e9),
        ("24 GiB", 24 * 2**30),
        ("24g", 24e9),
        ("24564MiB", 24564 * 2**20),
        ("640MB", 640e6),
        ("24 gigs", 24e9),
        ("０.５ＴＢ", 5e11),
    ],
)
def test_memory_of_a_card(spelling: str, size: float) -> None:
    assert inputs(f"7B 用 {spelling} 显存能跑吗")["gpu_memory_bytes"] == size


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("ctx=8k", 8192),
        ("8k ctx", 8192),
        ("上下文 32k", 32768),
        ("seq 2048", 2048),
        ("长度2048", 2048),
        ("128k context", 131072),
        ("max_length 4096", 4096),
        ("10k tokens", 10_000),
        ("序列长度 2k", 2048),
        ("1M context", 2**20),
        ("2048 tokens", 2048),
        ("200k context", 200_000),
    ],
)
def test_lengths(text: str, tokens: int) -> None:
    assert inputs(f"7b inference memory {text}")["seq"] == tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("1T tokens", 1e12),
        ("300B tokens", 3e11),
        ("1万亿token", 1e12),
        ("5000亿 token", 5e11),
        ("两万亿 tokens", 2e12),
        ("1.4 trillion tokens", 1.4e12),
        ("26B 个 token", 2.6e10),
    ],
)
def test_tokens_to_train_on(text: str, tokens: float) -> None:
    found = inputs(f"训练 7B，{text}，64 张 A100，要多久")
    assert found["total_tokens"] == tokens
    assert found["params"] == 7e9


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("3 examples/s", "examples_per_s", 3),
        ("3 samples per second", "examples_per_s", 3),
        ("每秒3条", "examples_per_s", 3),
        ("2.5 s/step", "step_s", 2.5),
        ("每步2.5秒", "step_s", 2.5),
        ("0.4 it/s", "step_s", 2.5),
        ("it/s 是 0.4", "step_s", 2.5),
        ("step time 2.5s", "step_s", 2.5),
        ("500 ms per iteration", "step_s", 0.5),
        ("1536 tokens/s per GPU", "tokens_per_s_gpu", 1536),
        ("1536 token/s/gpu", "tokens_per_s_gpu", 1536),
        ("每卡每秒 1536 token", "tokens_per_s_gpu", 1536),
        ("总共 6144 tokens/s", "tokens_per_s_gpu", 1536),
        ("6144 tokens/s in total", "tokens_per_s_gpu", 1536),
        ("1.5k tok/s per card", "tokens_per_s_gpu", 1500),
        ("2 examples/s per gpu", "examples_per_s", 8),
    ],
)
def test_rates_on_four_cards(text: str, field: str, value: float) -> None:
    found = inputs(f"训练 7B，4 张 A100，batch 8，长度 2048，{text}，利用率多少")
    assert found[field] == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "tflops"),
    [
        ("100 TFLOPS", 100),
        ("100T", 100),
        ("0.1 PFLOPS", 100),
        ("100 tflop/s", 100),
        ("实测flops 100T", 100),
    ],
)
def test_achieved_flops(text: str, tflops: float) -> None:
    found = understand(f"A100 {text} 利用率")
    assert found.calculator == "utilization_flops"
    assert found.request["tflops_gpu"] == pytest.approx(tflops)


def test_peak_beside_the_measured_rate() -> None:
    found = inputs("60 TFLOPS measured, peak 125 TFLOPS, utilization?")
    assert (found["tflops_gpu"], found["peak_tflops"]) == (60, 125)


def test_paper_throughput_is_not_the_measured_one() -> None:
    found = inputs("4卡3 examples/s，max_length 2048，论文吞吐3300 token/s/gpu，利用率多少")
    assert found["reference_tokens_per_s_gpu"] == 3300
    assert found["examples_per_s"] == 3


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("24 GiB in GB", (24, "GiB", "GB")),
        ("100 Gb in GB", (100, "Gb", "GB")),
        ("80GB等于多少GiB", (80, "GB", "GiB")),
        ("GiB to GB: 80 GiB", (80, "GiB", "GB")),
        ("GB 换 GiB，24GB", (24, "GB", "GiB")),
        ("how many GB is 65 GiB?", (65, "GiB", "GB")),
        ("32768MiB换算成GB", (32768, "MiB", "GB")),
        ("1 TB = ? GiB", (1, "TB", "GiB")),
    ],
)
def test_conversions_keep_bits_and_bytes_apart(text: str, units: tuple[float, str, str]) -> None:
    found = understand(text)
    assert found.calculator == "convert"
    assert (
        found.request["quantity"],
        found.request["from_unit"],
        found.request["to_unit"],
    ) == units


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("batch=50", {"batch": 50}),
        ("bs 4", {"batch": 4}),
        ("batch size 8", {"batch": 8}),
        ("global batch 1024", {"batch": 1024, "global_batch": 1024}),
        ("批大小 16", {"batch": 16}),
        ("每卡batch 2", {"batch": 2, "micro_batch": 2}),
        ("mbs 1", {"batch": 1, "micro_batch": 1}),
        ("tp=8 pp4 dp 2", {"tp": 8, "pp": 4, "dp": 2}),
        ("张量并行8", {"tp": 8}),
        ("tensor parallel 4", {"tp": 4}),
        ("4-way tensor parallel", {"tp": 4}),
        ("梯度累积 8", {"grad_accumulation": 8}),
        ("lora r=64", {"lora_rank": 64, "method": "lora"}),
        ("zero3", {"zero_stage": 3}),
        ("ZeRO stage 2", {"zero_stage": 2}),
        ("zero-1", {"zero_stage": 1}),
        ("三阶段", {"zero_stage": 3}),
        ("fsdp", {"sharding": "fsdp2"}),
        ("不开重计算", {"checkpointing": "none"}),
        ("gradient checkpointing", {"checkpointing": "full"}),
        ("选择性重计算", {"checkpointing": "selective"}),
        ("flash attention", {"attention": "flash"}),
        ("cpu offload", {"offload": "optimizer"}),
        ("8-bit adam", {"optimizer": "adamw_8bit"}),
        ("sgd with momentum", {"optimizer": "sgd_momentum"}),
    ],
)
def test_settings(text: str, expected: dict[str, Any]) -> None:
    found = inputs(f"train 7b memory, {text}")
    assert {name: found.get(name) for name in expected} == expected


def test_runs_of_numbers_and_words_pair_up_from_where_they_begin() -> None:
    assert inputs("7b train 4 batch 2048 seq 8 tp")["seq"] == 2048
    assert inputs("7b train 4 batch 2048 seq 8 tp")["batch"] == 4
    assert inputs("7b train batch 4 seq 2048 tp 8")["tp"] == 8


def test_numbers_not_understood_are_listed() -> None:
    assert understand("7B 推理显存 37").ignored == ("37",)


def test_spans_point_into_the_normalised_text() -> None:
    found = understand("四张Ｖ100 32G能训65B吗")
    for span in found.spans:
        assert found.text[span.start : span.end] == span.text
    assert {span.slot for span in found.spans} >= {"gpu_count", "gpu", "params", "mode"}


def test_marks_of_bold_italic_and_code_change_nothing() -> None:
    plain = understand("train 7b with fp16 adamw on 8 A100")
    marked = understand("*train* _7b_ with `fp16` *_adamw_* on *8 A100*")
    assert marked.request == plain.request


def test_a_run_named_whole_asks_how_long_it_takes() -> None:
    found = understand("train 7B on 1T tokens on 1024 H100 at 40% MFU")
    assert found.calculator == "training_time"
    # 40 % of the 989.4 dense 16-bit TFLOPS of an H100 SXM
    assert found.request["tflops_gpu"] == pytest.approx(395.76, rel=1e-3)


@pytest.mark.parametrize(
    ("text", "tflops"),
    [
        ("16 张 A100 总共跑出 2.5 PFLOPS，利用率多少", 2500 / 16),
        ("we get 3.2 PFLOPS on 16 A100, MFU?", 3200 / 16),
        ("集群 64 卡 H100 一共 25P，利用率？", 25000 / 64),
        ("180 TFLOPS per GPU on 16 A100, MFU?", 180),
    ],
)
def test_a_rate_beyond_one_card_is_that_of_all(text: str, tflops: float) -> None:
    assert understand(text).request["tflops_gpu"] == pytest.approx(tflops)


def test_one_card_and_eight_cards_contradict_each_other() -> None:
    (problem,) = understand("单卡 8×H100 训 7B").problems
    assert (problem.code, problem.field) == ("contradiction", "gpu_count")


def test_a_cards_memory_in_another_unit_is_asked_of_the_card() -> None:
    found = understand("4090 24G 等于多少 MiB")
    assert (found.calculator, found.request["attribute"]) == ("gpu_info", "memory")
