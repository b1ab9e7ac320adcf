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


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("有六七张 L40S,70b fp16 推理够吗", ("6 GPUs", "7 GPUs")),
        ("三四张 4090 训 7b 够吗", ("3 GPUs", "4 GPUs")),
        ("anywhere from 2 to 4 H100s available. 70b bf16 serving fit?", ("2 GPUs", "4 GPUs")),
    ],
)
def test_about_so_many_cards_are_asked_back(text: str, choices: tuple[str, ...]) -> None:
    (problem,) = understand(text).problems
    assert (problem.field, problem.choices) == ("gpu_count", choices)


@pytest.mark.parametrize(
    ("text", "count"), [("十二张 4090 训 7b 够吗", 12), ("三张 L40S 跑 7b", 3)]
)
def test_spelled_numbers_of_cards_are_read(text: str, count: int) -> None:
    assert understand(text).inputs["gpu_count"] == count


@pytest.mark.parametrize(
    ("text", "left"),
    [
        # 80 GB less 30 GB, and less 20 GB
        ("my A100 has 30GB used already, can 13b fp16 still run?", "50 GB free"),
        ("A100 上已经占了 30G,还能跑 13b fp16 吗", "50 GB free"),
        ("another job takes 20GB on the 80GB A100, does 34b fp16 fit next to it", "60 GB free"),
    ],
)
def test_memory_that_others_hold_is_asked_back_with_what_is_left(text: str, left: str) -> None:
    (problem,) = understand(text).problems
    assert (problem.field, problem.choices) == ("gpu_memory_bytes", (left,))


def test_what_is_left_can_be_answered_back() -> None:
    context = to_context(understand("A100 上已经占了 30G,还能跑 13b fp16 吗"))
    found = understand("50 GB free", context)
    assert found.request["gpu_memory_bytes"] == 50e9
    assert found.problems == ()


@pytest.mark.parametrize(
    "text",
    ["we already have 2 A100 80G, 70b int4 inference ok?", "已经有 80G A100 两张, 70b int4 能跑吗"],
)
def test_cards_that_one_has_already_are_no_memory_in_use(text: str) -> None:
    assert understand(text).problems == ()


@pytest.mark.parametrize(
    "text",
    ["activation mem per layer llama-2-7b bs1 seq 4096", "llama-2-7b 单层激活 bs1 seq4096"],
)
def test_one_layers_share_is_asked_back(text: str) -> None:
    assert [p.code for p in understand(text).problems] == ["not_given"]


@pytest.mark.parametrize(
    "text",
    [
        "kv cache is 4GB, weights 14GB, is 24GB card enough for the 7b",
        "权重 14G 了,kv 4G,24G 卡跑 7b 够不",
    ],
)
def test_the_memory_of_the_card_is_told_from_that_of_the_parts(text: str) -> None:
    assert understand(text).inputs["gpu_memory_bytes"] == 24e9


@pytest.mark.parametrize(
    ("text", "calculator"),
    [
        ("min cards, L4, for gemma-2-27b bf16", "min_gpus"),
        ("gemma-2-27b bf16 L4 最少卡数", "min_gpus"),
        ("llama 3 8b needs 16GB of weights, how many tokens of kv on a 24GB 4090", "max_context"),
        ("7b 梯度 bf16 和 fp32 各多大", "gradient_memory"),
        ("每卡 batch 2,累积 8,16 卡,7b 全局 batch 多少", None),
        ("fp8 e4m3 指数几位", None),
    ],
)
def test_what_else_is_asked(text: str, calculator: str | None) -> None:
    assert understand(text).calculator == calculator
