"""The kind of answer is chosen in one place, from both readings of a message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.choosing import RULE_ENTRIES, choose, rule_entry
from bot.understanding.understood import Problem, Understood
from knowledge.loader import load_entries
from knowledge.matching.port import Candidate, Decision, Ranking


def understood(**fields: Any) -> Understood:
    values = {"text": "x", "language": "en", "calculator": None, "confidence": 0.0, **fields}
    return Understood(**values)


def ranking(decision: Decision, *scores: tuple[str, float]) -> Ranking:
    candidates = tuple(Candidate(*score) for score in scores)
    confidence = candidates[0].score if candidates else 0.0
    return Ranking(candidates, confidence, decision, threshold=0.5)


NOTHING = ranking("unknown")
SURE = ranking("match", ("tf32-bits", 0.97))


def test_numbers_lead_to_a_calculation() -> None:
    read = understood(calculator="training", confidence=0.9)
    assert choose(read, NOTHING).choice == "calculation"
    assert choose(read, SURE).choice == "calculation"


def test_an_unsure_calculation_gives_way_to_an_entry_and_else_to_not_knowing() -> None:
    read = understood(calculator="training", confidence=0.2)
    assert choose(read, SURE).choice == "faq"
    assert choose(read, NOTHING).choice == "unknown"


def test_numbers_that_cannot_be_used_are_named_not_computed() -> None:
    read = understood(calculator="fit", confidence=0.9, problems=(Problem("unknown_gpu", "V1000"),))
    assert choose(read, SURE).choice == "problem"


def test_what_the_65b_entries_surely_answer_is_not_asked_back() -> None:
    read = understood(calculator="fit", confidence=0.7, problems=(Problem("missing", "", "gpu"),))
    assert choose(read, ranking("match", ("65b-on-little-vram", 0.99))).choice == "faq"
    assert choose(read, ranking("match", ("65b-on-little-vram", 0.8))).choice == "problem"
    assert choose(read, ranking("match", ("training-memory", 0.99))).choice == "problem"


def test_another_matter_of_a_closed_model_is_not_asked_back() -> None:
    problem = Problem("unknown_model", "gpt-4", "model")
    read = understood(calculator="inference", confidence=0.85, problems=(problem,))
    assert choose(read, replace(NOTHING, none=0.95)).choice == "unknown"
    assert choose(read, replace(NOTHING, none=0.4)).choice == "problem"


def test_help_is_no_answer_to_a_question_and_scores_so() -> None:
    assert choose(understood(special="greeting"), NOTHING).score == 0.0


def test_two_close_entries_get_a_question_back() -> None:
    close = ranking("ambiguous", ("training-flops", 0.45), ("gpu-utilization-flops", 0.4))
    assert choose(understood(), close).choice == "ambiguous"


@pytest.mark.parametrize(
    ("special", "choice"),
    [("help", "help"), ("greeting", "help"), ("history", "history"), ("paste", "diagnosis")],
)
def test_special_messages_come_first(special: Any, choice: str) -> None:
    read = understood(special=special, calculator="fit", confidence=0.9)
    assert choose(read, SURE).choice == choice


def test_every_rule_entry_exists() -> None:
    known = {entry.id for entry in load_entries()}
    assert {entry for entries in RULE_ENTRIES.values() for entry in entries} <= known


def test_the_ranker_says_which_of_several_rules_was_meant() -> None:
    read = understood(
        calculator="fit", confidence=0.9, inputs={"mode": "train", "params": 65_000_000_000}
    )
    asked = ranking("match", ("vicuna-65b-on-4xv100", 0.9))
    assert rule_entry(read, asked) == "vicuna-65b-on-4xv100"
    assert rule_entry(read, NOTHING) == "training-memory"


def test_a_7b_question_does_not_rest_on_the_65b_entries() -> None:
    read = understood(
        calculator="fit", confidence=0.9, inputs={"mode": "train", "params": 7_000_000_000}
    )
    assert rule_entry(read, ranking("match", ("vicuna-65b-on-4xv100", 0.9))) == "training-memory"


def test_the_mode_settles_the_rule_otherwise() -> None:
    read = understood(calculator="fit", confidence=0.9, inputs={"mode": "infer"})
    assert rule_entry(read, NOTHING) == "inference-memory"


def test_a_missing_model_is_asked_for_unless_an_entry_answers() -> None:
    missing = (Problem("missing", "which model?", ("7B",), "params"),)
    read = understood(calculator="max_batch", confidence=0.45, problems=missing)
    assert choose(read, NOTHING).choice == "problem"
    assert choose(read, SURE).choice == "faq"


def test_a_card_without_flash_attention_rests_on_the_entry_that_says_what_to_do() -> None:
    read = understood(calculator="gpu_info", inputs={"attribute": "flash_attention"})
    entry = "vicuna-65b-on-4xv100"
    assert rule_entry(read, ranking("match", (entry, 0.8))) == entry
    assert rule_entry(read, ranking("match", ("gpu-comparison", 0.8))) == "gpu-comparison"


def test_a_way_to_use_a_65b_model_is_an_entry_and_its_memory_a_calculation() -> None:
    read = understood(calculator="inference", confidence=0.8, inputs={"params": 65e9})
    asks_a_way = ranking("match", ("65b-on-little-vram", 0.98))
    assert choose(read, asks_a_way).choice == "faq"
    assert choose(read, ranking("match", ("65b-on-little-vram", 0.9))).choice == "calculation"
    fits = understood(calculator="fit", confidence=0.8, inputs={"params": 65e9})
    assert choose(fits, asks_a_way).choice == "calculation"
    small = understood(calculator="inference", confidence=0.8, inputs={"params": 7e9})
    assert choose(small, asks_a_way).choice == "calculation"
