"""Answers and forms as Slack gets them, in both languages, each within Slack's limits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from bot.answering import Answerer
from bot.fakeslack import check_blocks
from bot.fakeslack.limits import check_view
from bot.fakeslack.limits.blocks import NEWER_BLOCKS
from bot.question import Question
from bot.recalculating import recalculated
from bot.rendering import answer_json, blocks, plain_text
from bot.rendering.memory_chart import alt_text, bars_of, picture
from bot.rendering.plainer import plainer, without_charts
from bot.slack.forms.calculate import calculate_form
from bot.slack.forms.change import change_form, numbers_of
from bot.slack.forms.fields import calculators_offered
from bot.slack.forms.modal import notice
from bot.slack.forms.origin import Origin
from bot.slack.forms.reason import reason_form
from knowledge.history import PastAnswer

ASKED = {
    "ways en": "can 4×V100 32G train 65B?",
    "ways zh": "四张V100 32G能训65B吗",
    "fits en": "can one A100 80GB serve llama-2-7b in fp16 at batch 8?",
    "fits zh": "一张 A100 80GB 能跑 llama-2-7b fp16 batch 8 推理吗",
    "rule en": "7b fp16 adamw",
    "rule zh": "7b fp16 adamw 训练显存",
}


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return Answerer()


@pytest.fixture
def golden(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(JSONSnapshotExtension)


def past(answerer: Answerer, text: str) -> PastAnswer:
    """Return the record of an answer as the store gives it back."""
    question = Question(text, id="a1")
    answer = answerer.answer(question)
    shown = answer_json(answer)
    return PastAnswer(
        "a1",
        text,
        answer.language,
        answer.kind,
        shown["entry_id"],
        plain_text(answer),
        shown,
        "U1",
        question.place,
        datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize("name", ASKED)
def test_an_answer(answerer: Answerer, golden: SnapshotAssertion, name: str) -> None:
    answer = answerer.answer(Question(ASKED[name], id="a1"))
    rich = blocks(answer, answer_id="a1", private=name.startswith("rule"))
    check_blocks(rich)
    check_blocks(without_charts(rich))
    assert rich == golden


@pytest.mark.parametrize("name", ASKED)
def test_an_answer_for_any_client(answerer: Answerer, golden: SnapshotAssertion, name: str) -> None:
    answer = answerer.answer(Question(ASKED[name], id="a1"))
    plain = plainer(blocks(answer, answer_id="a1"))
    check_blocks(plain, NEWER_BLOCKS)
    assert plain == golden


@pytest.mark.parametrize("name", ["ways en", "ways zh"])
def test_a_follow_up_by_a_form(answerer: Answerer, golden: SnapshotAssertion, name: str) -> None:
    numbers = numbers_of(past(answerer, ASKED[name]), {"method": "qlora", "gpu_count": 8})
    answer, _ = recalculated(numbers, Question(ASKED[name], id="a2"))
    rich = blocks(answer, answer_id="a2")
    check_blocks(rich)
    assert rich == golden


@pytest.mark.parametrize("name", ASKED)
def test_the_form_to_change_it(answerer: Answerer, golden: SnapshotAssertion, name: str) -> None:
    origin = Origin("a1", "C1", "1.0", "https://hooks.slack.example/1", private=True)
    view = change_form(past(answerer, ASKED[name]), origin)
    assert check_view(view, "modal") == golden


@pytest.mark.parametrize("name", ["ways en", "fits zh"])
def test_the_chart_as_a_picture(answerer: Answerer, golden: SnapshotAssertion, name: str) -> None:
    rich = blocks(answerer.answer(Question(ASKED[name])), answer_id="a1")
    bars = bars_of(next(block for block in rich if block["type"] == "data_visualization"))
    assert {"alt_text": alt_text(bars), "chart": picture(bars)} == golden


@pytest.mark.parametrize("calculator", ["training", "fit", "kv_cache", "gpu_info"])
def test_the_calculator_form(golden: SnapshotAssertion, calculator: str) -> None:
    assert check_view(calculate_form({"calculator": calculator}), "modal") == golden


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_form_for_a_reason(golden: SnapshotAssertion, language: Any) -> None:
    assert check_view(reason_form("a1", "C1", language), "modal") == golden


@pytest.mark.parametrize("calculator", calculators_offered())
@pytest.mark.parametrize("mode", ["", "train", "infer"])
def test_every_calculators_form_is_one_that_slack_takes(calculator: str, mode: str) -> None:
    given = {"calculator": calculator, "mode": mode, "language": "zh", "where": "C1"}
    check_view(calculate_form(given), "modal")


@pytest.mark.parametrize(
    "key", ["form_outdated", "answer_gone", "change_not_yours", "form_reason_thanks"]
)
def test_every_notice_is_one_that_slack_takes(key: str) -> None:
    for language in ("en", "zh", None):
        check_view(notice(key, language), "modal")


EVERY_KIND = """7b fp16 adamw
KV cache of llama-3-8b 32k fp8
how many A100 to train 13B
70B 推理要几张 A100
max batch for llama-2-7b inference on A100 80GB
max context llama-3-8b on 4090
largest model I can train on 8 A100
llama-2-7b training throughput 3000 tokens/s/gpu on A100
how long to train 7b on 1T tokens with 64 A100 at 45% MFU
activation memory of llama-2-7b batch 4 seq 4096
optimizer memory 13b adamw
how fast does llama-3-8b decode on 4090
plan for training 70B on 4090
communication volume training 7b on 8 A100 zero3
max lora rank llama-2-7b on 4090
A100 bandwidth
A100 和 H100 对比
int4 是多少位
80 GB in GiB
achieved 180 TFLOPS on A100, utilization?
qwen3-30b-a3b inference fp8 on 2 H100 tp 2
llama-3-70b full finetuning on 8 H100
2×4090 能跑 qwen2.5-72b 吗""".splitlines()


@pytest.mark.parametrize("text", EVERY_KIND)
def test_every_kind_of_calculation_keeps_to_the_limits_and_can_be_changed(
    answerer: Answerer, text: str
) -> None:
    record = past(answerer, text)
    assert record.kind == "calculation"
    rich = blocks(answerer.answer(Question(text)), answer_id="a1", private=True)
    check_blocks(rich)
    check_blocks(plainer(rich), NEWER_BLOCKS)
    check_view(change_form(record, Origin("a1", "C1")), "modal")
