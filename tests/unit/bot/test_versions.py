"""The version of what an answer rests on: stable, and changed by formulas, figures and entries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot import versions
from bot.answer import Related
from bot.answering import Answerer
from bot.question import Question
from bot.recording import past_answer
from bot.rendering import plain_text
from bot.versions import entry_version, standing, version_of
from calculators.text import Text
from knowledge.entries import Bilingual
from knowledge.history import PastAnswer
from knowledge.loader import find_entry
from knowledge.team import TeamKnowledge

KNOWN = TeamKnowledge().of("T1")


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return Answerer()


def recorded(answerer: Answerer, text: str) -> PastAnswer:
    question = Question(text)
    past = past_answer(answerer.answer(question), question, "a1")
    assert past is not None
    return past


@pytest.mark.parametrize(
    "text",
    [
        "7b fp16 adamw",
        "can 4×V100 32G train 65B?",
        "llama-2-7b 推理 int4 上下文 8k",
        "tf32 是多少位",
        "A100 vs H100",
        "How do I judge my GPU utilisation?",
    ],
)
def test_an_answer_just_given_is_the_same_now(answerer: Answerer, text: str) -> None:
    past = recorded(answerer, text)
    assert past.version is not None
    assert standing(past, KNOWN) == "same"


def test_the_language_and_the_wording_do_not_count(answerer: Answerer) -> None:
    english, chinese = recorded(answerer, "7b fp16 adamw"), recorded(answerer, "7b fp16 adamw 显存")
    assert english.version == chinese.version
    answer = answerer.answer(Question("7b fp16 adamw"))
    assert answer.calculation is not None
    said = replace(answer.calculation, headline=Text(en="Other words", zh="另一种说法"))
    assert version_of(replace(answer, calculation=said)) == version_of(answer)


def test_a_figure_or_a_formula_that_changes_does(answerer: Answerer) -> None:
    answer = answerer.answer(Question("7b fp16 adamw"))
    calculation = answer.calculation
    assert calculation is not None
    other = replace(calculation, value=113.0)
    assert version_of(replace(answer, calculation=other)) != version_of(answer)
    step = replace(calculation.working[0], symbolic="M = n × 17")
    other = replace(calculation, working=(step, *calculation.working[1:]))
    assert version_of(replace(answer, calculation=other)) != version_of(answer)


def test_an_entry_with_another_body_is_another_version() -> None:
    entry = find_entry("tf32-bits")
    assert entry is not None
    changed = entry.model_copy(update={"body": Bilingual(en="Nineteen.", zh="十九。")})
    assert entry_version(changed) != entry_version(entry)
    asked = entry.model_copy(update={"tags": ("new",)})
    assert entry_version(asked) == entry_version(entry)


def test_without_a_version_nothing_is_claimed(answerer: Answerer) -> None:
    past = replace(recorded(answerer, "7b fp16 adamw"), version=None)
    assert standing(past, KNOWN) == "unknown"
    asked_back = recorded(answerer, "how long to train llama-2-7b on 1T tokens")
    assert asked_back.version is None


def test_what_can_no_longer_be_calculated_or_is_gone_has_changed(answerer: Answerer) -> None:
    past = recorded(answerer, "7b fp16 adamw")
    request = {**past.answer["calculation"]["request"], "optimizer": "no-such-thing"}
    calculation = {**past.answer["calculation"], "request": request}
    gone = replace(past, answer={**past.answer, "calculation": calculation})
    assert standing(gone, KNOWN) == "changed"
    entry = replace(recorded(answerer, "tf32 是多少位"), entry_id="no-such-entry")
    if versions.request_of(entry) is None:
        assert standing(entry, KNOWN) == "changed"


def test_asked_again_it_shows_old_new_and_difference(answerer: Answerer) -> None:
    past = recorded(answerer, "7b fp16 adamw")
    # As if a former version had said 100 GB: 112 − 100 = 12 (FAQ 5: 16 × 7)
    old = {**past.answer["calculation"], "value": 100.0, "headline": "7B: 100 GB"}
    past = replace(past, answer={**past.answer, "calculation": old}, version="former")
    answer = answerer.again(past, Question(past.query))
    assert answer.before is not None
    assert answer.before.headline == "7B: 100 GB"
    (rule,) = answer.before.differences
    assert (rule.unit, rule.amount) == ("bytes", pytest.approx(12e9))


def test_a_teams_own_entry_that_was_published_anew_marks_what_it_answered(
    answerer: Answerer,
) -> None:
    past = recorded(answerer, "How do I judge my GPU utilisation?")
    entry = find_entry(str(past.entry_id))
    assert entry is not None
    body = Bilingual(en="Ask the desk.", zh="问前台。")

    class Anew:
        """What a workspace knows with an entry of its own in the place of a built-in one."""

        def find_entry(self, entry_id: str) -> object:
            assert entry is not None
            return entry.model_copy(update={"body": body})

    assert standing(past, Anew()) == "changed"  # type: ignore[arg-type]
    assert standing(past, KNOWN) == "same"


def test_a_calculation_just_made_answers_for_one_of_the_same_request(answerer: Answerer) -> None:
    past = recorded(answerer, "7b fp16 adamw")
    fresh = answerer.answer(Question("7b fp16 adamw")).calculation
    assert fresh is not None
    assert standing(past, KNOWN, fresh) == "same"
    assert standing(past, KNOWN, replace(fresh, value=113.0)) == "changed"
    other = answerer.answer(Question("13b fp16 adamw")).calculation
    assert standing(past, KNOWN, other) == "same"


def test_the_record_has_the_text_without_the_hints(answerer: Answerer) -> None:
    question = Question("can 4×V100 32G train 65B?")
    answer = answerer.answer(question)
    hints = tuple(Related(f"a{number}", "7b\n\nfp16?", None) for number in range(2))
    hinted = replace(answer, related=hints)
    past = past_answer(hinted, question, "a1", text=plain_text(hinted))
    assert past is not None
    assert past.text == plain_text(answer) != plain_text(hinted)
