"""Follow-ups without a mention: what is said to the bot, and what people say to each other.

``channel_talk.jsonl`` holds 100 follow-ups and 160 pieces of talk, each said after a question that
the bot answered. ``dev`` was looked at while the rule was made; ``test`` and then ``blind`` were
written in one go and scored before anything was changed: of the talk none was answered, of the
follow-ups 39 of 40 and 16 of 20 were heard (two of those missed change two things, which is not
meant to be heard). No talk may be answered; a follow-up that is missed costs a mention.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.meant import is_meant, may_be_meant
from bot.understanding import to_context, understand
from knowledge.loader import load_negatives

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "channel_talk.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]


def state_after(question: str) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(json.dumps(to_context(understand(question))))
    return kept


def taken(split: str, kind: str) -> list[tuple[str, bool]]:
    rows = [row for row in ROWS if row["split"] == split and row["kind"] == kind]
    return [(row["text"], is_meant(row["text"], state_after(row["after"]))) for row in rows]


@pytest.mark.parametrize(("split", "count"), [("dev", 60), ("test", 60), ("blind", 40)])
def test_no_talk_is_answered(split: str, count: int) -> None:
    found = taken(split, "talk")
    assert len(found) == count
    assert [text for text, meant in found if meant] == []


@pytest.mark.parametrize(("split", "count"), [("dev", 40), ("test", 40), ("blind", 20)])
def test_nine_in_ten_follow_ups_are_heard(split: str, count: int) -> None:
    found = taken(split, "follow_up")
    assert len(found) == count
    assert sum(meant for _, meant in found) >= 0.9 * count


@pytest.mark.parametrize("text", ["int8", "13B", "8 张 A100", "batch 8"])
def test_while_people_talk_a_value_alone_is_taken_for_their_answer(text: str) -> None:
    state = state_after("can 4×V100 32G train 65B?")
    assert is_meant(text, state)
    assert not is_meant(text, state, others_talk=True)
    assert is_meant(f"{text}?", state, others_talk=True)


@pytest.mark.parametrize("text", ["int8!", "Use LoRA.", "<@U1> int8?", "`int8`", "a\nint8", ""])
def test_what_is_stated_or_addressed_is_not_looked_at(text: str) -> None:
    assert not may_be_meant(text)


def test_without_a_calculation_before_nothing_is_a_follow_up() -> None:
    assert not is_meant("with LoRA?", None)
    assert not is_meant("with LoRA?", {"calculator": None, "inputs": {}})


def test_what_changes_nothing_or_two_things_is_not_answered() -> None:
    state = state_after("7B 推理要多少显存 int8")
    assert not is_meant("int8", state)
    assert not is_meant("13B, batch 8", state)


SETTINGS_ALONE = ("lora?", "zero-3?", "gradient checkpointing?")


@pytest.mark.parametrize("text", SETTINGS_ALONE)
def test_the_name_of_a_setting_alone_changes_it(text: str) -> None:
    assert is_meant(text, state_after("can 4×V100 32G train 65B?"))


def test_nothing_of_what_the_knowledge_base_refuses_is_taken() -> None:
    """Messages about other things, small talk and neighbouring fields, more than a thousand.

    A bare name of a setting asks nothing by itself, but changes one thing of what came before.
    """
    texts = [text for text in load_negatives().all() if text not in SETTINGS_ALONE]
    assert len(texts) > 1_000
    state = state_after("can 4×V100 32G train 65B?")
    assert [text for text in texts if is_meant(text, state)] == []
