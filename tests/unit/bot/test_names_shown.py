"""What a person reads has words for everything: no name of the code's own stands in a text."""

from __future__ import annotations

import itertools
import re

import pytest

from bot.answering import Answerer, MemoryThreads
from bot.messages import catalogue, field_names
from bot.question import Question
from bot.rendering import plain_text
from bot.understanding.paste import paste_tool
from calculators.requests import Request
from knowledge.visibility import Place

MODELS = ("7b", "llama-3-8b", "qwen2.5-72b", "mixtral 8x7b", "deepseek-v3")
FORMATS = ("int4", "nf4", "fp8", "int8", "awq")
CARDS = ("8 A100 80G", "4090", "4xV100-32G")
OPTIMIZERS = ("adamw", "8bit adam", "adafactor", "muon")
ENGLISH = (
    "{m} inference memory in {f}", "can {c} run {m} {f}", "max batch of {m} {f} on {c}",
    "longest context {m} {f} on {c}", "{m} qlora on {c}", "train {m} on {c} with {o}",
    "latency of {m} {f} on {c}", "how long to train {m} on 1T tokens with {c}",
    "how many {c} to train {m} with {o}", "{m} at 2500 tokens/s per gpu on {c}, what MFU",
    "activation memory of {m} at 4096", "communication of zero3 {m} on {c}", "parameters of {m}",
    "how should I train {m} on {c}", "largest model to train on {c}",
)  # fmt: skip
CHINESE = (
    "{m} {f} 推理要多少显存", "{c} 能跑 {m} {f} 吗", "{c} 上 {m} {f} 最大 batch",
    "{c} 跑 {m} {f} 最长上下文", "{c} qlora {m} 行吗", "用 {o} 在 {c} 上训 {m}",
    "{c} 上 {m} {f} 的延迟", "{c} 训 {m} 1T token 要多久", "训 {m} 用 {o} 要多少张 {c}",
    "{c} 上 {m} 每卡 2500 tokens/s，MFU 多少", "{m} 长度4096 激活多大",
    "{c} zero3 训 {m} 的通信量", "{m} 有多少参数", "{c} 怎么训 {m}", "{c} 最大能训多大的模型",
)  # fmt: skip
FOLLOW_UPS = (
    "with LoRA?", "那 13B 呢", "with zero3 offload", "at 40% MFU", "int4 呢", "batch 8 seq 4096",
    "bf16 amp", "with 8 cards", "tp 4 pp 2", "2 nodes", "梯度累积 8", "finish in 30 days",
    "hybrid sharding", "prompt 4k generate 512", "100 TFLOPS", "gpu_memory_utilization 0.85",
    "fp8 kv cache",
)  # fmt: skip
SNAKE = re.compile(r"(?<![\w`/.\-])[a-z]+[a-z0-9]*(?:_[a-z0-9]+)+(?![\w(])")
# Names that people type elsewhere: modules of a network, a format, an engine's option.
THEIRS = {"q_proj", "k_proj", "v_proj", "o_proj", "gpu_memory_utilization",
          "prepare_model_for_kbit_training"}  # fmt: skip
# Sources are cited, and formulas of an entry written, as they stand where they come from.
SOURCE = re.compile(r"arXiv|model_configs| = ")


def conversations() -> list[tuple[str, str]]:
    """150 questions over models, formats, cards and optimizers, each with a follow-up."""
    found = []
    for place, (template, turn) in enumerate(itertools.product(ENGLISH + CHINESE, range(5))):
        question = template.format(
            m=MODELS[(place + turn) % len(MODELS)],
            f=FORMATS[(place * 3 + turn) % len(FORMATS)],
            c=CARDS[place % len(CARDS)],
            o=OPTIMIZERS[place % len(OPTIMIZERS)],
        )
        found.append((question, FOLLOW_UPS[place % len(FOLLOW_UPS)]))
    return found


def raw_names(text: str) -> set[str]:
    prose = [line for line in text.split("\n") if not line.startswith("    ")]
    prose = [line for line in prose if not SOURCE.search(line)]
    bare = re.sub(r"`[^`]*`", "", "\n".join(prose))
    return set(SNAKE.findall(bare)) - THEIRS


def test_no_name_of_the_code_stands_in_three_hundred_answers() -> None:
    answerer = Answerer(threads=MemoryThreads())
    for number, (question, follow_up) in enumerate(conversations()):
        place = Place("w", "c", "terminal", thread=str(number))
        for turn in (question, follow_up):
            text = plain_text(answerer.answer(Question(text=turn, place=place)))
            assert not raw_names(text), (question, turn)


@pytest.mark.parametrize("field", sorted(set(Request.model_fields) - {"id"}))
def test_every_field_of_a_request_has_words(field: str) -> None:
    assert f"field_{field}" in catalogue()


def test_what_changed_is_said_in_words_once_and_without_marks_of_the_reading() -> None:
    changed = ("utilization_percent", "batch", "micro_batch", "only_time")
    assert field_names(changed, "en") == "utilisation (MFU), batch"
    assert field_names(changed, "zh") == "利用率（MFU）、batch 大小"


@pytest.mark.parametrize(
    ("pasted", "english", "chinese"),
    [
        (
            "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
            "This looks like an out-of-memory error.",
            "这看起来是显存不足（out of memory）的报错。",
        ),
        (
            "Avg prompt throughput: 512.3 tokens/s, Avg generation throughput: 90.1 tokens/s",
            "This looks like the log of an inference server.",
            "这看起来是推理服务的日志。",
        ),
    ],
)
def test_what_was_pasted_has_a_name(pasted: str, english: str, chinese: str) -> None:
    for language, start in (("en", english), ("zh", chinese)):
        text = plain_text(Answerer().answer(Question(text=pasted, language=language)))
        assert text.startswith(start)


def test_every_tool_whose_output_is_recognised_has_words() -> None:
    from bot.understanding.paste import _TOOLS

    for tool in [*(tool.name for tool in _TOOLS), "log"]:
        assert f"pasted_{tool}" in catalogue()
    assert paste_tool("GPU 0: A100 (UUID: GPU-1)") is not None
