"""Numbers changed in an answer: what is assumed anew, and that ways promised come out as said."""

import json

import pytest

from bot.answering import Answerer
from bot.question import Question
from bot.recalculating import Numbers, calculated, changed_facts, recalculated
from calculators import CalculatorError, to_json

QUESTIONS = """can 4×V100 32G train 65B?
can 2x4090 serve qwen2.5-72b?
70b inference on 4x A100 40GB
llama-3-70b full finetuning on 8 H100
65b train 8xA100 zero2 batch 4 seq 8k
deepseek-v3 inference on 8 H100
13b int8 training on 3090
llama-2-13b inference batch 64 seq 8192 on A100 40G
7b 全参训练 24G 显卡
plan for training 70B on 4090
largest model I can train on 8 A100
how many A100 to train 13B""".splitlines()


@pytest.fixture(scope="module")
def answerer():
    return Answerer()


def numbers_of(answer, changes, language="en"):
    """Return the numbers as they come back from the store: through JSON."""
    return Numbers(
        answer.calculation.calculator,
        language,
        json.loads(json.dumps(answer.inputs)),
        json.loads(json.dumps(changes)),
        answer.calculation.headline.in_(language),
    )


@pytest.mark.parametrize("text", QUESTIONS)
def test_the_same_numbers_give_the_same_answer(answerer, text):
    answer = answerer.answer(Question(text))
    again = calculated(numbers_of(answer, {}))
    assert to_json(again) == to_json(answer.calculation)


@pytest.mark.parametrize("text", QUESTIONS)
def test_each_way_that_would_work_comes_out_as_it_was_promised(answerer, text):
    answer = answerer.answer(Question(text))
    for way in answer.calculation.alternatives:
        found = calculated(numbers_of(answer, dict(way.changes)))
        assert found.memory.total_bytes == way.per_gpu_bytes


def test_what_was_assumed_is_assumed_anew():
    """A V100 has no bf16: fp16 was assumed for it, and is not for an A100."""
    said = {"gpu": "V100", "gpu_count": 4, "params": 13e9, "mode": "train"}
    old = calculated(Numbers("fit", "en", said))
    new = calculated(Numbers("fit", "en", said, {"gpu": "a100-80gb-sxm"}))
    assert (old.request.precision, new.request.precision) == ("mixed_fp16", "mixed_bf16")
    assert new.request.gpu_count == 4


def test_another_card_drops_the_memory_that_was_said_of_the_first():
    said = {"gpu": "A100", "gpu_memory_bytes": 80_000_000_000}
    assert changed_facts(said, {"gpu": "rtx-4090-24gb"}) == {"gpu": "rtx-4090-24gb"}


@pytest.mark.parametrize(
    ("said", "changes", "facts"),
    [
        ({"params": 7e9}, {"model": "llama-2-13b"}, {"model": "llama-2-13b"}),
        ({"model": "x", "params": 7e9}, {"params": 13e9}, {"params": 13e9}),
        ({"dtype": "fp16"}, {"precision": "bf16"}, {"dtype": "bf16", "pure": True}),
        ({"dtype": "fp16", "pure": True}, {"precision": "mixed_fp16"}, {"dtype": "fp16"}),
        ({}, {"precision": "amp_bf16"}, {"dtype": "bf16", "mixed": "amp"}),
        ({"dtype": "fp16", "pure": True}, {"precision": None}, {}),
        ({"batch": 4, "global_batch": 32}, {"micro_batch": 2}, {"micro_batch": 2}),
        ({"zero_stage": 2, "sharding": "zero2"}, {"sharding": "zero3"}, {"sharding": "zero3"}),
        ({"lora_rank": 8, "method": "lora"}, {"method": "full"}, {"method": "full"}),
        ({"method": "lora"}, {"lora": {"rank": 64}}, {"method": "lora", "lora_rank": 64}),
        ({"nodes": 2, "gpu_count": 16}, {"gpu_count": 8}, {"gpu_count": 8}),
        ({"seq": 4096}, {"seq": None}, {}),
    ],
)
def test_a_field_of_a_request_becomes_what_words_would_have_said(said, changes, facts):
    assert changed_facts(said, changes) == facts


@pytest.mark.parametrize("value", ["fp32", "bf16", "fp16", "amp_bf16", "mixed_fp16", "mixed_bf16"])
def test_every_precision_is_calculated_as_chosen(value):
    numbers = Numbers("training", "en", {"model": "llama-2-7b"}, {"precision": value})
    assert calculated(numbers).request.precision == value


def test_the_difference_is_given_where_the_figures_compare(answerer):
    """7e9 × 16 bytes = 112 GB; 13e9 × 16 = 208 GB."""
    answer = answerer.answer(Question("7b fp16 adamw"))
    new, state = recalculated(numbers_of(answer, {"params": 13e9}), Question("x"))
    assert new.before.headline == answer.calculation.headline.en
    rule = new.before.differences[0]
    assert (rule.quantity, rule.amount) == ("memory.rule", pytest.approx(96e9))
    assert new.changed == ("params",)
    assert state["inputs"]["params"] == 13e9


def test_megabytes_and_gigabytes_are_compared(answerer):
    """KV of Llama-3-8B: 131,072 bytes a token; 4,096 tokens are 536.9 MB, 16,384 are 2.147 GB."""
    answer = answerer.answer(Question("KV cache of llama-3-8b at 4k"))
    new, _ = recalculated(numbers_of(answer, {"seq": 16_384}), Question("x"))
    (cache,) = new.before.differences
    assert (cache.unit, cache.amount) == ("bytes", 131_072 * (16_384 - 4_096))


def test_formulas_that_changed_meanwhile_give_no_difference(answerer):
    answer = answerer.answer(Question("7b fp16 adamw"))
    numbers = Numbers("training", "en", answer.inputs, {"params": 13e9}, "It was 100 GB then")
    new, _ = recalculated(numbers, Question("x"))
    assert new.before.headline == "It was 100 GB then"
    assert new.before.differences == ()


def test_what_cannot_be_is_refused_with_its_field():
    with pytest.raises(CalculatorError) as caught:
        calculated(Numbers("fit", "en", {"params": 7e9, "mode": "train"}))
    assert caught.value.field == "gpu"
