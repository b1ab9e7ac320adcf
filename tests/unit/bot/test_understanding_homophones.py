"""Words written with other characters of the same sound, and numbers as they are spelled."""

from __future__ import annotations

import pytest

from bot.understanding import understand
from bot.understanding.homophones import as_meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("13B 推里 int8 要多少显纯", "13B 推理 int8 要多少显存"),
        ("训个 7B 需要的先存是多少", "训个 7B 需要的显存是多少"),
        ("升腾 910B 部属 7B", "昇腾 910B 部署 7B"),
        ("34B 量华成 int4", "34B 量化成 int4"),
    ],
)
def test_what_is_typed_for_a_word_is_read_as_it(typed: str, meant: str) -> None:
    assert as_meant(typed) == meant
    assert understand(typed).inputs == understand(meant).inputs


@pytest.mark.parametrize("text", ["先存一份权重", "现存的卡", "首先存盘", "因为调度慢", "多少并发"])
def test_words_that_are_meant_as_they_stand_stay(text: str) -> None:
    assert as_meant(text) == text


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("一点五B的模型全参训练多少显存", 1.5e9),
        ("零点五B 推理显存", 0.5e9),
        ("1.5个B的模型int8推理显存", 1.5e9),
        ("貳拾億參數模型訓練顯存", 2e9),
        ("柒十亿参数推理显存", 7e9),
    ],
)
def test_sizes_as_they_are_spelled(text: str, params: float) -> None:
    assert understand(text).inputs["params"] == params


def test_two_b200_are_no_size() -> None:
    assert "params" not in understand("2个B200 显存多大").inputs


@pytest.mark.parametrize(
    ("text", "cards"),
    [
        ("双机16卡 A100 训 13B，每卡多少显存", 16),
        ("双机十六卡 A800 训 70B 够不够", 16),
        ("双机八卡 H800 训 70B 够不够", 16),  # eight in each: eight cards fill one machine
        ("两机双卡 3090 推理 70B int4 行吗", 4),
        ("三机二十四卡 A100 训 65B 够吗", 24),
    ],
)
def test_cards_of_several_machines(text: str, cards: int) -> None:
    assert understand(text).inputs["gpu_count"] == cards


def test_the_share_of_one_card_is_asked() -> None:
    found = understand("llama2-13b 全参，zero2，8 卡 A100 80G，一张卡显存占多少")
    assert found.problems == ()
    assert (found.inputs["gpu_count"], found.inputs["per_gpu"]) == (8, True)


def test_a_card_in_characters() -> None:
    assert understand("一张八十G的A一百推理 65B int4 够吗").inputs["gpu"] == "A100"


@pytest.mark.parametrize("card", ["燧原 S60", "海光 DCU", "沐曦 C500", "昆仑芯 P800"])
def test_cards_of_other_makers_are_named(card: str) -> None:
    found = understand(f"{card} 推理 14B 行吗")
    assert [problem.code for problem in found.problems] == ["unknown_gpu"]


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("deepseek-r1 蒸馏版 14b 单卡 4090 够吗", "deepseek-r1-distill-qwen-14b"),
        ("r1 蒸馏的 70b 两张 A100 放得下吗", "deepseek-r1-distill-llama-70b"),
        ("deepseek-r1:32b on one 3090, fits?", "deepseek-r1-distill-qwen-32b"),
    ],
)
def test_a_distilled_model_is_no_distillation(text: str, model: str) -> None:
    found = understand(text)
    assert found.problems == ()
    assert found.inputs["model"] == model


def test_a_card_before_a_rate_is_a_card() -> None:
    found = understand("llama-3-8b 4090 tokens/s?")
    assert (found.calculator, found.inputs["gpu"]) == ("latency", "RTX 4090")


def test_the_configuration_that_is_given_is_not_asked_for() -> None:
    assert understand("用这个配置 4 张 A100 训 7B，每卡多少显存").calculator == "training"
