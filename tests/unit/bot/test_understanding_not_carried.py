"""Values that must not be taken: what was measured of another model, ranges, parts, denials."""

from __future__ import annotations

import pytest

from bot.understanding import understand
from bot.understanding.understand import to_context


def _after(first: str, second: str) -> dict[str, object]:
    return understand(second, to_context(understand(first))).inputs


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("7b training on A100 at 3000 tokens/s/gpu, mfu?", "13B?"),
        ("7b 在 A100 上每卡每秒 3000 token,利用率多少", "13B 呢"),
        ("7b 在 A100 上每卡每秒 3000 token,利用率多少", "换 H100 呢"),
        ("7b at 3000 tokens/s/gpu on A100, mfu?", "and on H100?"),
    ],
)
def test_what_was_measured_is_not_carried_to_another_model_or_card(first: str, second: str) -> None:
    inputs = _after(first, second)
    assert "tokens_per_s_gpu" not in inputs
    assert inputs.keys() >= {"gpu", "params"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("7b training on A100 at 3000 tokens/s/gpu, mfu?", "sorry, I meant 13B"),
        ("7b 在 A100 上每卡每秒 3000 token,利用率多少", "打错了，是 13B"),
        ("7b at 3000 tokens/s/gpu, mfu?", "A100"),
        ("7b 在 A100 上每卡每秒 3000 token,利用率多少", "A100 40G"),
    ],
)
def test_a_slip_put_right_and_a_card_named_later_keep_the_measurement(
    first: str, second: str
) -> None:
    assert _after(first, second)["tokens_per_s_gpu"] == 3000


@pytest.mark.parametrize(
    "text",
    [
        "between 4 and 8 A100, what's the minimum for full finetune of 13B with adam",
        "4 到 8 张 A100 训 13B 要多少显存",
        "4-8 A100s for 13B lora, how long for 1B tokens",
    ],
)
def test_a_range_of_cards_is_asked_back(text: str) -> None:
    (problem,) = understand(text).problems
    assert (problem.code, problem.field) == ("contradiction", "gpu_count")
    assert problem.choices == ("4 GPUs", "8 GPUs")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("用 lora 也不用 lora,7b 要多少", "method"),
        ("lora but without lora, 7b memory to train", "method"),
    ],
)
def test_a_value_said_and_denied_is_asked_back(text: str, field: str) -> None:
    assert [(p.code, p.field) for p in understand(text).problems] == [("contradiction", field)]


@pytest.mark.parametrize(
    "text",
    [
        "inference 7b: 14GB weights, but what about overhead, total on a card?",
        "6B 模型 fp16 推理,再加 1.3G,总共多少",
    ],
)
def test_memory_of_a_part_is_no_memory_of_a_card(text: str) -> None:
    found = understand(text)
    assert found.calculator == "inference"
    assert "gpu_memory_bytes" not in found.inputs


@pytest.mark.parametrize(
    ("text", "calculator"),
    [
        ("100 GbE in GB/s", "convert"),
        ("25GbE 等于多少 MB/s", "convert"),
        ("A100 80G 和 40G 各能推多大", "max_params"),
        ("context limit if llama-3-8b is bf16 on 2x 3090", "max_context"),
        ("what is the context limit of llama-3-8b", "model_info"),
        ("need to train 7B, nothing bigger than 40GB cards, how many", "min_gpus"),
        ("mixtral 8x7b int4 on a 32GB card, leaves how much for kv?", "max_context"),
        ("7b int8 放 24G 卡上还剩多少给 kv cache", "max_context"),
        ("how many bits in a bf16 mantissa", None),
        ("bf16 尾数几位", None),
        ("how many bits in bf16", "dtype_bits"),
    ],
)
def test_what_is_asked(text: str, calculator: str | None) -> None:
    assert understand(text).calculator == calculator


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("vram to trian a 7b", "mode", "train"),
        ("7b 推理 bacth 8 kv cahce 多大", "batch", 8),
        ("vram for qlora of a 7b, bacth 4", "batch", 4),
    ],
)
def test_two_letters_exchanged_in_a_short_word(text: str, name: str, value: object) -> None:
    assert understand(text).inputs[name] == value
