"""The tokens of a run: examples times their length, and the epochs."""

from __future__ import annotations

import pytest

from bot.understanding import to_context, understand


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("7B，1B token 数据，3 个 epoch，8 卡 A100 要多久", 3e9),
        ("llama-2-7b 10亿token 训三轮 16张A100 多久", 3e9),
        ("7B on 8 A100, 500M tokens, 3 epochs, how long", 1.5e9),
        ("7B on 8 A100, 2 epochs of 500M tokens, how long", 1e9),
        ("5万条数据 每条 1000 token 训 2 个 epoch qwen2.5-7b 8卡 A100 要几小时", 1e8),
        ("50k samples of 2048 tokens, 7B on 8 H100, how long", 50e3 * 2048),
        ("qwen2.5-7b，2万条样本，seq 2048，跑 3 epoch，4 张 A100 多少小时", 20e3 * 2048 * 3),
        ("训一遍 1.2T token 的数据，7B，256 卡 H800 多少天", 1.2e12),
        (
            "torchrun --nproc_per_node 8 a.py --num_train_epochs 3 7B 1B tokens A100 how long",
            3e9,
        ),
    ],
)
def test_tokens_of_a_run(text: str, tokens: float) -> None:
    found = understand(text)
    assert found.calculator == "training_time"
    assert found.problems == ()
    assert found.inputs["total_tokens"] == tokens


def test_data_is_no_batch() -> None:
    found = understand("1万条数据微调 7B 要多少显存")
    assert found.calculator == "training"
    assert not {"batch", "total_tokens"} & found.inputs.keys()


def test_a_batch_is_no_data() -> None:
    assert understand("一次喂 64 条样本 7B 全参显存").inputs["batch"] == 64


def test_another_number_of_epochs() -> None:
    context = to_context(understand("7B，1B token 数据，3 个 epoch，8 卡 A100 要多久"))
    found = understand("那 5 个 epoch 呢", context)
    assert (found.calculator, found.inputs["total_tokens"]) == ("training_time", 5e9)


def test_epochs_do_not_matter_to_memory() -> None:
    found = understand("TrainingArguments(num_train_epochs=3, bf16=True) 7B 全参 8 卡每卡显存")
    assert found.ignored == ("num_train_epochs",)
    assert "epochs" not in found.inputs
