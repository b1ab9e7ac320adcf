"""What a setting saves: weighed against what it takes the place of, said or not."""

import pytest

from bot.answering import Answerer
from bot.question import Question
from bot.rendering import answer_json, plain_text
from bot.understanding.understand import understand


@pytest.mark.parametrize(
    ("text", "field", "calculator", "other"),
    [
        ("how much does LoRA save on 7B", "method", "training", {"method": "full"}),
        ("7B 用 lora 比全量省多少显存", "method", "training", {"method": "full"}),
        ("memory saved by gradient checkpointing on llama-2-7b", "checkpointing", "training",
         {"checkpointing": "none"}),
        ("llama-2-7b 开梯度检查点能省多少", "checkpointing", "training",
         {"checkpointing": "none"}),
        ("how much does flash attention save, llama-2-7b 8k", "attention", "training",
         {"attention": "eager"}),
        ("8bit adam 比 adamw 省多少，7b", "optimizer", "training", {"optimizer": "adamw"}),
        ("offloading the optimizer saves how much, 7b", "offload", "training",
         {"offload": "none"}),
        ("what do I save with int8 for 13b", "dtype", "inference", {"weight_dtype": "fp16"}),
        ("13B 换成 int8 能省多少", "dtype", "inference", {"weight_dtype": "fp16"}),
        ("how much does 4-bit kv save for llama-3-8b 32k", "kv_dtype", "kv_cache",
         {"kv_dtype": "fp16"}),
        ("4bit KV cache 能省多少, llama-3-8b 32k", "kv_dtype", "kv_cache", {"kv_dtype": "fp16"}),
    ],
)  # fmt: skip
def test_the_baseline_is_calculated_too(text, field, calculator, other):
    read = understand(text)
    assert read.calculator == calculator
    (compared,) = read.compared
    assert compared.field == field
    assert other.items() <= compared.request.items()


@pytest.mark.parametrize(
    "text",
    ["how much does ZeRO-3 save over DDP per card, 7b on 8 gpus", "7B 8卡 zero3 比 ddp 省多少"],
)
def test_sharding_saves_on_each_card(text):
    read = understand(text)
    assert read.request["per_gpu"]
    (compared,) = read.compared
    assert compared.request["sharding"] == "none"


def test_both_formats_of_a_cache_are_weighed():
    read = understand("llama-3-8b 32k，kv cache 量化到 4bit 比 16bit 省多少")
    assert read.request["kv_dtype"] == "int4"
    (compared,) = read.compared
    assert compared.request["kv_dtype"] == "fp16"


def test_four_bits_between_a_model_and_its_cache_are_those_of_the_weights():
    assert "kv_dtype" not in understand("llama-3-8b int4 kv cache 4k").inputs


@pytest.mark.parametrize(
    ("text", "seqs"),
    [
        ("if ctx goes from 8k to 32k on llama-3-8b how much more kv do i pay", (32768, 8192)),
        ("llama-3-8b 上下文从 8k 拉到 32k，kv 多出多少", (32768, 8192)),
        ("seq 8k -> 32k for llama-3-8b kv cache, extra memory?", (32768, 8192)),
        ("llama-3-8b kv cache 长度 8k 涨到 32k，多占多少", (32768, 8192)),
    ],
)
def test_what_a_rise_adds_is_weighed(text, seqs):
    read = understand(text)
    (compared,) = read.compared
    assert (read.request["seq"], compared.request["seq"]) == seqs


def test_a_rise_alone_means_the_new_value():
    read = understand("raise seq from 2048 to 8192, llama-2-7b lora memory?")
    assert read.request["seq"] == 8192
    assert read.compared == ()


@pytest.mark.parametrize(
    "text",
    [
        "两张 4090 跑 13b，fp16 行不行，int8 呢",
        "13b on 2x4090: fp16 no? int8 yes?",
        "13B 推理 bf16 换 int8 省多少",
        "13b 推理，fp16 和 int8 哪个省，差多少",
        "what does int8 save me over fp16 on a 13b",
    ],
)
def test_two_formats_asked_in_turn_are_both_calculated(text):
    read = understand(text)
    assert not read.problems
    (compared,) = read.compared
    formats = {read.request["weight_dtype"], compared.request["weight_dtype"]}
    assert "int8" in formats
    assert formats & {"fp16", "bf16"}


@pytest.mark.parametrize("text", ["为了省钱用 4090 跑 7B int8，够吗", "save a 7b in int8"])
def test_saving_money_or_a_file_is_no_comparison(text):
    assert understand(text).compared == ()


@pytest.mark.parametrize(
    ("text", "difference"),
    [
        # 16n of full training is 112 GB; both estimates count what the rule leaves out
        ("what do I save with int8 for 13b inference", "13 GB (26 GB against 13 GB)"),
        ("13B 推理换成 int8 能省多少", "13 GB（26 GB 与 13 GB）"),
        # 2 × 32 layers × 8 heads × 128 × 32,768 tokens: 2 bytes each, or a half
        ("llama-3-8b 32k kv cache 16bit vs 4bit, how much is saved",
         "3.221 GB (4.295 GB against 1.074 GB)"),
        ("7B 8卡 zero3 比 ddp 每卡省多少", "98 GB（112 GB 与 14 GB）"),
    ],
)  # fmt: skip
def test_the_answer_gives_both_values_and_their_difference(text, difference):
    answer = Answerer().answer(Question(text=text))
    assert difference in plain_text(answer).partition("\n")[0]
    assert difference not in "\n".join(answer.compared)
    assert answer.difference in answer_json(answer)["caveats"]


@pytest.mark.parametrize(
    "text",
    [
        "difference in vram between adamw and 8bit adamw for 13b full ft",
        "13b 全参，adamw 和 8bit adamw 显存差多少",
    ],
)
def test_a_narrower_form_of_an_optimizer_is_another_value(text):
    read = understand(text)
    assert read.request["optimizer"] == "adamw"
    assert [compared.request["optimizer"] for compared in read.compared] == ["adamw_8bit"]


def test_what_lies_between_is_the_first_line_where_a_rule_does_not_tell():
    # Adam keeps two moments of 4 bytes, Lion one: 4 × 6.738 B parameters of the typical 7B.
    answer = Answerer().answer(Question(text="adamw 换成 lion 能省多少显存 7B"))
    assert plain_text(answer).startswith("相差（精确估算）：26.95 GB（124.1 GB 与 97.1 GB）")
