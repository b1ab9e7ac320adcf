"""What bears on a number and was not read is asked back, and what relates no amounts is not.

Each message is judged by what its words say: whether the figure for the values alone would be the
figure that was asked for.
"""

from __future__ import annotations

import pytest

from bot.understanding import understand
from bot.understanding.lexicon import read_lists


def unread(text: str) -> str | None:
    """Return the words that are asked about, None where a calculation is made."""
    found = understand(text)
    said = [problem.text for problem in found.problems if problem.code == "unclaimed"]
    assert said or not found.problems, found.problems
    assert found.calculator is not None
    return said[0] if said else None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # parts of a thing
        ("7B with a part of the layers in int8, memory?", "part of"),
        ("7B 部署，一部分层放 CPU，要多少显存", "一部分"),
        ("13B int8 on a MIG slice of an H100 80GB, does it fit?", "MIG"),
        ("13B 六四开放 gpu 和 cpu，fp16 要多少显存", "六四开"),
        # what is left out
        ("everything but the embedding in int4, 8B file size?", "everything but"),
        ("除了 embedding 其余都 int4，8B 文件多大", "除了"),
        # what is left over
        ("what's left of an 80GB A100 after loading 13B fp16?", "left"),
        ("80G 的 A100 加载完 13B fp16 还剩多少", "还剩"),
        # what others share
        ("13B on an A100 80G shared by two jobs, fp16 inference fits?", "shared"),
        ("两个任务共用一张 A100 80G，13B fp16 推理放得下吗", "共用"),
        # every other one
        ("7B full finetune, every second layer checkpointed, memory?", "every second"),
        ("7B 全参训练，隔一层开一次重计算，显存多少", "隔"),
    ],
)
def test_a_word_that_parts_or_leaves_out_is_named(text: str, words: str) -> None:
    said = unread(text)
    assert said is not None
    assert words in said


@pytest.mark.parametrize(
    "text",
    [
        "7B training memory if I go seq 4096 → 8192?",
        "7B 训练，seq 4096 → 8192 显存多少",
        "10 to 13B in fp16, how much disk?",
        "10 到 13B 的 fp16 要多少硬盘",
    ],
)
def test_a_word_between_two_values_of_a_kind_is_asked_back(text: str) -> None:
    assert unread(text) is not None


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("30% of the parameters of a 7B trainable, how much memory for training?", "30%"),
        ("7B 只训 30% 的参数，显存多少", "30%"),
        ("7B fp16 on a 3090, the display takes 2GB, does it fit?", "2GB"),
        ("7B fp16 在 3090 上，显示器还要吃 2G，放得下吗", "2G"),
        ("llama-3-8b kv cache, average 2k but at most 8k tokens, 16 users?", "2k"),
        ("llama-3-8b 平均 2k 最多 8k，16 个用户，kv 多大", "8k"),
        ("13B split 60/40 between gpu and cpu, fp16, vram?", "60"),
    ],
)
def test_a_quantity_that_nothing_took_is_asked_back(text: str, quantity: str) -> None:
    said = unread(text)
    assert said is not None
    assert quantity in said


@pytest.mark.parametrize(
    "text",
    [
        "4 loras served on one 7B, fp16 memory?",
        "一个 7B 挂 4 个 lora 同时推理，fp16 要多少显存",
        "can I run 3 containers with 7B int4 on a 24GB 3090?",
        "一张 24G 3090 上 3 个容器跑 7B int4 行吗",
    ],
)
def test_a_number_that_counts_things_is_asked_back(text: str) -> None:
    assert understand(text).problems


@pytest.mark.parametrize(
    "text",
    [
        # the words are of the talk around the question, in a clause without a value
        "quick one before the others wake up: 6B int8 weights, GB?",
        "趁其他人还没来，快问一句：6B int8 权重几个 G",
        "less chatter more numbers pls: fp32 gradients of a 3B",
        "不多说了，13B int8 文件多大",
        # longer phrases that relate no amounts
        "double check me: 70b × 16 bytes = training memory?",
        "比如说 5B 不量化，存盘多大",
        # the grammar has read them
        "at least how many 24GB cards for serving 34B in int8",
        "34B int8 推理最少要几张 24G 的卡",
        "how much does int8 save over fp16 on a 13B",
        "7b 全参、lora、qlora 训练分别多少显存",
        "8 张 A100 少两张，还能全参训 13B 吗",
        "80GB card with 30GB free: 7B fp16 inference ok?",
        "A100 80G 只剩 30G 可用，7B fp16 推理行吗",
        "吞吐从每卡 2500 降到 1900 token/s，8 卡 A100 训 7B，MFU 多少",
        "with gradient checkpointing and without, llama-2-13b training memory on 8 A100?",
        # a repeated or withdrawn value
        "3090 是 24G，8 张就是 192G，那 70B fp16 推理能放下吗",
        "40GB A100 rather than the 80GB one: can it serve 13B fp16?",
        "A100 是 40G 的不是 80G 的，跑 13B fp16 推理够吗",
        "can i finetune a 7b on 3 datasets?",
    ],
)
def test_words_that_are_read_or_relate_nothing_are_not_asked_about(text: str) -> None:
    assert unread(text) is None


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("两个任务共用一张 A100 80G，13B fp16 能推理吗",
         "两个任务共用一张Ａ１００　８０Ｇ,13b FP16 能推理吗"),
        ("7B training memory if I go seq 4096 → 8192?",
         "7B TRAINING MEMORY IF I GO SEQ 4096→8192?"),
        ("13B on an A100 80G shared by two jobs, fp16 inference fits?",
         "13B on an a100  80g SHARED by two jobs, FP16 inference fits?"),
    ],
)  # fmt: skip
def test_spaces_case_and_full_width_change_nothing(text: str, same: str) -> None:
    words = [said.casefold().replace(" ", "") for said in (unread(text) or "", unread(same) or "")]
    assert words[0]
    assert words[0] == words[1]


@pytest.mark.parametrize(
    "text",
    [
        "13B int8 on a MIG slice of an H100 80GB, does it fit?",
        "80G 的 A100 加载完 13B fp16 还剩多少",
    ],
)
def test_what_is_offered_is_read_without_a_question_back(text: str) -> None:
    (problem,) = understand(text).problems
    for choice in problem.choices:
        assert understand(choice).problems == ()
        assert understand(choice).calculator == understand(text).calculator


def test_a_pasted_command_line_is_left_to_its_flags() -> None:
    found = understand("vllm serve Qwen/Qwen2.5-14B-Instruct --tensor-parallel-size 2 --port 8000")
    assert not [problem for problem in found.problems if problem.code == "unclaimed"]


def test_every_list_of_words_says_where_its_words_stand() -> None:
    tables = set(read_lists("relations.toml"))
    places = {"clause", "number", "after_number", "thing", "between", "before_size", "after_size"}
    assert tables == places | {"free", "counted"}
