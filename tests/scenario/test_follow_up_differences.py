"""A follow-up that changes one thing shows like beside like: the old figure, the new, the gap.

The expected amounts are those that the two answers show when each is asked by itself, or products
worked out in the comment; none is taken from the comparison under test.
"""

from __future__ import annotations

import pytest

from bot.answer import Answer
from bot.answering import Answerer, MemoryThreads
from bot.question import Question
from bot.rendering import plain_text

RULE, ESTIMATE, CARD = "memory.rule", "memory.estimate", "memory.per_card"


def turn(first: str, then: str) -> Answer:
    """Return the answer to a follow-up in a conversation of its own."""
    answerer = Answerer(threads=MemoryThreads())
    answerer.answer(Question(first))
    return answerer.answer(Question(then))


def shown(first: str, then: str) -> str:
    return plain_text(turn(first, then))


def test_a_rule_and_an_estimate_are_compared_by_their_estimates() -> None:
    """The rule has no LoRA: 124.1 GB was the estimate beside the 112 GB, 16.31 GB is the new one.

    124.054 − 16.31 = 107.7
    """
    text = shown("7b fp16 adamw", "with LoRA?")
    assert "Before: Full training of a 7B model: 112 GB" in text
    assert "Difference (estimate): −107.7 GB, from 124.1 GB to 16.31 GB." in text


def test_the_same_in_chinese() -> None:
    text = shown("7b fp16 adamw 训练", "用 LoRA 呢")
    assert "相差（精确估算）：−107.7 GB，从 124.1 GB 到 16.31 GB。" in text


def test_both_depths_are_compared_where_both_answers_have_them() -> None:
    # 16 × 7 = 112, 16 × 13 = 208 (FAQ 5); the estimates are those of the two answers by themselves
    text = shown("7b fp16 adamw", "那 13B 呢")
    assert "相差（经验法则）：+96 GB，从 112 GB 到 208 GB。" in text
    assert "相差（精确估算）：+113.3 GB，从 124.1 GB 到 237.4 GB。" in text


def test_what_the_rule_does_not_count_is_said_to_change_the_estimate_alone() -> None:
    text = shown("7b fp16 adamw", "batch 8")
    assert "No difference (rule of thumb): 112 GB." in text
    assert "Difference (estimate): +" in text


def test_no_difference_is_said_too() -> None:
    """One card shards nothing."""
    assert "No difference (rule of thumb): 112 GB." in shown("7b fp16 adamw", "zero-2")
    assert "没有差别（经验法则）：112 GB。" in shown("7b fp16 adamw", "用 zero-2 呢")


@pytest.mark.parametrize(
    ("first", "then", "quantity"),
    [
        ("7b fp16 adamw", "on 8 A100", CARD),
        ("7b fp16 adamw", "with 8-bit adam", ESTIMATE),
        ("7b fp16 adamw", "用 SGD", ESTIMATE),
        ("7b fp16 adamw", "不用重计算", ESTIMATE),
        ("7b fp16 adamw", "seq 8192", ESTIMATE),
        ("7b fp16 adamw", "int8", RULE),
        ("train llama-2-7b on 8 A100 80G", "with QLoRA?", CARD),
        ("train llama-2-7b on 8 A100 80G", "zero 1", CARD),
        ("train llama-2-7b on 8 A100 80G", "no activation checkpointing", CARD),
        ("train llama-2-7b on 8 A100 80G", "上下文 8k", CARD),
        ("train llama-2-7b on 8 A100 80G", "llama-2-13b", CARD),
        ("训练 llama-2-7b 要多少显存", "换成 fp32", ESTIMATE),
        ("训练 llama-2-7b 要多少显存", "13B 呢", ESTIMATE),
        ("7B 推理需要多少显存", "int4", RULE),
        ("7B 推理需要多少显存", "上下文 32k", ESTIMATE),
        ("llama-2-13b inference memory", "ctx 32k", ESTIMATE),
        ("can 4×V100 32G train 65B?", "那用 8 张 A100 呢", CARD),
        ("can 4×V100 32G train 65B?", "with LoRA?", CARD),
        ("四张V100 32G能训65B吗", "7B 呢", RULE),
        ("does llama-2-70b fit on 2 A100 80G for inference?", "4 cards", CARD),
        ("how many A100 80G to train 70B", "with LoRA", "min_gpus.estimate"),
        ("how many A100 80G to train 70B", "H100?", "min_gpus.memory.per_card"),
        ("训 13B 最少要几张 V100", "换 A100 呢", "min_gpus.rule"),
        ("7B 在 A100 80G 上最大 batch", "with LoRA", "max_batch.estimate"),
        ("max batch for llama-2-7b training on A100 80G", "seq 4096", "max_batch.memory.per_card"),
        ("max context of a 7B on A100 80G", "int4", "max_context.estimate"),
        ("max context of llama-2-7b on A100 80G", "int4", "max_context.memory.per_card"),
        ("biggest model I can train on 8 A100 80G", "with LoRA", "max_params.estimate"),
        ("tokens/s of llama-2-7b on A100 inference", "on H100?", "first_token"),
        ("tokens/s of llama-2-7b on A100 inference", "int4", "per_token"),
        ("optimizer memory of 7B adamw", "sgd", "optimizer_memory.estimate"),
        ("gradient memory of 7B", "13B", "gradient_memory.rule"),
        ("activation memory of llama-2-7b batch 4", "batch 8", "activation.estimate"),
        ("7B 的权重文件多大", "int8", "file_size.rule"),
        ("memory to train 7B per card on 8 A100", "16 cards", "memory.rule_per_card"),
        ("throughput of training llama-2-7b on 8 A100", "on H100", "throughput"),
        ("communication of llama-2-7b zero3 on 8 A100", "zero 1", "communication"),
        ("A100 memory bandwidth", "H100?", "gpu_info.bandwidth"),
    ],
)
def test_one_thing_changed_shows_its_difference(first: str, then: str, quantity: str) -> None:
    answer = turn(first, then)
    assert answer.before is not None
    assert not answer.before.unlike
    assert quantity in [one.quantity for one in answer.before.differences if one.amount]


@pytest.mark.parametrize(
    ("first", "then", "sentence"),
    [
        # 524,288 bytes a token (2 × 32 layers × 4,096 × 2 bytes): 4,096 tokens are 2.147 GB
        (
            "kv cache of llama-2-7b at 4k",
            "32k",
            "Difference (KV cache): +15.03 GB, from 2.147 GB to 17.18 GB.",
        ),
        # Twice the tokens take twice the time.
        (
            "how long to train llama-2-7b on 64 A100 with 1T tokens",
            "2T tokens",
            "Difference (training time): +1,491 hours, from 1,491 hours to 2,982 hours.",
        ),
        # 100 / 312 = 32.05 % (FAQ 7.1), 100 / 989.4 = 10.11 %; 32.05 − 10.11 = 21.94
        (
            "100 TFLOPS on an A100, utilisation?",
            "on H100",
            "Difference (utilisation): −21.94 percentage points, from 32.05 % to 10.11 %.",
        ),
        (
            "100 TFLOPS 在 A100 上利用率多少",
            "换成 H100 呢",
            "相差（利用率）：−21.94 个百分点，从 32.05 % 到 10.11 %。",
        ),
        # 16 × 13 / 32 = 6.5, 7 cards; 208 / 80 = 2.6, 3 cards (FAQ 5)
        (
            "训 13B 最少要几张 V100",
            "换 A100 呢",
            "相差（卡数，经验法则）：−4，从 7 到 3。",
        ),
    ],
)
def test_the_quantity_and_its_unit_are_in_the_askers_words(
    first: str, then: str, sentence: str
) -> None:
    assert sentence in shown(first, then)


def test_a_conversation_of_a_former_version_shows_the_former_answer_alone() -> None:
    """Its figures were not kept under names: nothing is claimed of them."""
    threads = MemoryThreads()
    answerer = Answerer(threads=threads)
    answerer.answer(Question("7b fp16 adamw"))
    place = Question("x").place
    state = dict(threads.thread(place) or {})
    state["result"] = {**state["result"], "figure": 112.0, "unit": "GB"}
    del state["result"]["figures"]
    threads.keep_thread(place, state)
    before = answerer.answer(Question("with LoRA?")).before
    assert before is not None
    assert before.headline.startswith("Full training of a 7B model")
    assert not before.differences
    assert not before.unlike


@pytest.mark.parametrize(
    ("first", "then", "difference"),
    [
        ("7b fp16 adamw", "with LoRA?", "Difference (estimate): −107.7 GB"),
        ("7b fp16 adamw 训练显存", "用 LoRA 呢", "相差（精确估算）：−107.7 GB"),
    ],
    ids=["en", "zh"],
)
async def test_the_same_in_a_thread_and_in_a_direct_message(start_lab, first, then, difference):
    lab = await start_lab(real=True)
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, first)
    await slack.wait_for_message(slack.channel, asked.ts, timeout_s=15)
    await slack.mention(slack.user, slack.channel, then, thread_ts=asked.ts)
    await slack.wait_for(lambda: len(slack.bot_messages(slack.channel)) == 2, timeout_s=15)
    assert difference in str(slack.bot_messages(slack.channel)[-1].blocks)
    direct = slack.direct_message()
    for number, text in enumerate((first, then), start=1):
        await slack.dm(slack.user, text)
        await slack.wait_for(lambda n=number: len(slack.bot_messages(direct)) == n, timeout_s=15)
    assert difference in str(slack.bot_messages(direct)[-1].blocks)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        # ZeRO-1 keeps 6 bytes of 13.0e9 parameters, 78 GB, on every card: 80 GB hold it and a
        # share of the optimizer's 156 GB, 40 GB never do
        ("how many A100 80G to train llama-2-13b with zero1", "换成 A100 40G"),
        ("max batch of llama-2-7b on A100 80G inference", "llama-2-70b"),
        ("max batch of llama-2-70b on A100 80G inference", "llama-2-7b"),
    ],
)
def test_none_fits_is_no_number_to_differ_from(first: str, then: str) -> None:
    answer = turn(first, then)
    assert answer.before is not None
    assert not answer.before.differences
    assert not answer.before.unlike
