"""Whole runs: checkpoints to resume from, FLOPs, tokens of a budget, card hours; both languages."""

import pytest

from bot.understanding.understand import understand


@pytest.mark.parametrize(
    "text",
    [
        "13B resume checkpoint",
        "how big is a training checkpoint of a 13b with optimizer states on disk",
        "size of a 13B checkpoint incl. optimizer states",
        "13B 断点续训的 ckpt 存下来多大",
        "13B 模型的检查点带优化器状态要多少硬盘",
    ],
)
def test_a_checkpoint_with_states_is_no_file_of_weights(text):
    read = understand(text)
    assert read.calculator == "file_size"
    assert read.request["mode"] == "train"


@pytest.mark.parametrize(
    "text",
    [
        "13B checkpoint size",
        "13B checkpoint without optimizer states",
        "13B 不含优化器的 ckpt 多大",
        "how big is the 13b model file",
    ],
)
def test_weights_alone_stay_weights(text):
    read = understand(text)
    assert read.calculator == "file_size"
    assert "mode" not in read.request


@pytest.mark.parametrize(
    "text", ["how much memory to resume training a 13b", "13B 续训要多少显存", "7B 梯度检查点显存"]
)
def test_memory_of_a_resumed_run_is_no_file(text):
    assert understand(text).calculator != "file_size"


@pytest.mark.parametrize(
    "text",
    [
        "how many FLOPs to train 7B on 2T tokens",
        "total compute for a 7b on 2T tokens?",
        "训练 7B 2T token 要多少算力",
        "7B 训 2T token 总计算量多少",
    ],
)
def test_the_flops_of_a_run_are_asked(text):
    read = understand(text)
    assert read.calculator == "training_time"
    assert read.request["attribute"] == "flops"
    assert read.request["total_tokens"] == 2e12


def test_a_card_s_flops_are_not_those_of_a_run():
    assert understand("H100 的 bf16 算力").calculator == "gpu_info"


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("how many tokens in a week on 128 H100 at 40% MFU for a 13b", 128 * 168),
        ("tokens per day of 13b on 64 H100 at 40% MFU", 64 * 24),
        ("128张H100 40% mfu 一周能训多少 token，13b 模型", 128 * 168),
        ("13B 训练，64 卡 H100，每天能吃多少 token", 64 * 24),
        ("50k H100 hours: how many tokens for a 13b at 40% mfu", 50_000),
        ("5万 H100 卡时，40% mfu，13b 能训多少 token", 50_000),
        ("train 13b with 10,000 GPU-hours of A100, how many tokens", 10_000),
    ],
)
def test_a_budget_of_card_hours_is_asked_in_tokens(text, hours):
    read = understand(text)
    assert (read.calculator, read.request["gpu_hours"]) == ("training_time", hours)
    assert read.request["params"] == 13e9
    assert "total_tokens" not in read.request
    assert not read.problems


@pytest.mark.parametrize(
    "text", ["10000 GPU hours on 64 A100, how many days", "1万卡时用 64 张 A100 要几天"]
)
def test_card_hours_over_cards_are_a_time(text):
    read = understand(text)
    assert read.request == {
        "calculator": "training_time", "gpu": "A100", "gpu_count": 64, "gpu_hours": 10_000,
    }  # fmt: skip


def test_tokens_generated_a_day_are_no_training():
    read = understand("how many tokens per day can vllm generate with a 7b on a 4090")
    assert "gpu_hours" not in read.request


@pytest.mark.parametrize(
    "text", ["kv cache per token of llama-2-7b", "llama-2-7b 每个 token 的 kv cache 多大"]
)
def test_the_cache_of_one_token(text):
    read = understand(text)
    assert (read.calculator, read.request["seq"]) == ("kv_cache", 1)


def test_a_size_behind_the_tokens_asked_for_is_a_model_s():
    read = understand("16张A100 三天能训多少token 7b mfu 40%")
    assert read.request["params"] == 7e9
    assert read.request["gpu_hours"] == 16 * 72


@pytest.mark.parametrize(
    "text",
    ["only 2 3090s, want to finetune 13b. what are my options", "就一张4090，想微调13b，有啥招"],
)
def test_options_are_a_plan(text):
    assert understand(text).calculator == "plan"


@pytest.mark.parametrize(
    "text",
    [
        "tokens per sec per card: 40 samples/s, seqlen 512, 8 cards",
        "每秒40条，长度512，8张卡，单卡每秒多少 token",
    ],
)
def test_per_card_beside_the_rate_asked_for_is_not_the_measured_one_s(text):
    assert understand(text).request["examples_per_s"] == 40


def test_per_card_beside_a_measured_rate_is():
    read = understand("per card 5 samples/s, seq 512, 8 cards, tokens/s/gpu?")
    assert read.request["examples_per_s"] == 40


def test_trillions_beside_a_size_and_a_time_asked_are_tokens():
    read = understand("7B 训 2T，mfu 45%，合多少 H100 卡天")
    assert read.request["total_tokens"] == 2e12
    assert read.request["gpu"] == "H100"
    other = understand("180T on H100 how long is 7B 100B tokens")
    assert other.request["total_tokens"] == 100e9
    assert other.request["tflops_gpu"] == 180


def test_the_whole_and_its_machines_agree():
    read = understand("24 cards, 3 nodes of 8 H800, 40B full ft zero3: gb on each")
    assert read.inputs["gpu_count"] == 24
    assert not read.problems


@pytest.mark.parametrize(
    "text",
    ["how many tokens per day does llama-3-8b generate on a 4090",
     "一天能生成多少 token，llama-3-8b 4090"],
)  # fmt: skip
def test_tokens_generated_are_a_rate_of_serving(text):
    assert understand(text).calculator == "latency"


@pytest.mark.parametrize("text", ["how long to write a 70b checkpoint", "70b 的权重要下多久"])
def test_the_time_to_write_or_fetch_a_file_is_not_its_size(text):
    assert understand(text).calculator != "file_size"


@pytest.mark.parametrize(
    ("text", "tflops"),
    [
        # 40 and 50 % of the H100's 989.4 TFLOPS and of the A100's 312
        ("8B model 40% MFU on h100 tokens per second", 395.76),
        ("if MFU is 40%, how many tokens/s does 7B get on A100", 124.8),
        ("llama-3.1-8b tokens/s per h100 at 50% mfu", 494.7),
        ("MFU 50% 8 H100 训练 7B 每秒多少 token", 494.7),
    ],
)
def test_a_rate_at_a_stated_share_is_a_training_rate(text, tflops):
    read = understand(text)
    assert (read.calculator, read.request["mode"]) == ("throughput", "train")
    assert read.request["tflops_gpu"] == pytest.approx(tflops)


@pytest.mark.parametrize(
    ("text", "grad_dtype"),
    [
        ("gradient memory in bf16 7b", "bf16"),
        ("llama-2-7b fp16 梯度占多少显存", "fp16"),
        ("gradient memory of 7b in mixed bf16", None),
        ("gradient memory of 7b", None),
        ("memory to train 7b in bf16", None),
    ],
)
def test_a_format_said_of_gradients_alone_is_theirs(text, grad_dtype):
    assert understand(text).request.get("grad_dtype") == grad_dtype
