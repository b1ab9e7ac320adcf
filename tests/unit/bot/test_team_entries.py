"""Answers from a team's own entries: found at once, by their own workspace alone, with versions."""

from dataclasses import replace
from datetime import date

import pytest

from bot.answering import Answerer
from bot.question import Question
from bot.recording import past_answer
from bot.rendering import answer_json
from knowledge.entries import Bilingual, Entry, EntrySource, Ways
from knowledge.loader import find_entry
from knowledge.store import open_store
from knowledge.store.erasure import FORMER_MEMBER
from knowledge.team import TeamKnowledge
from knowledge.visibility import Place

OURS, OTHERS = Place("T1", "C1", "public"), Place("T2", "C1", "public")
QUESTION = "how do I book a node on the zephyr cluster"


def entry(body: str = "Ask in #zephyr.") -> Entry:
    return Entry(
        id="zephyr-booking",
        title=Bilingual(en="How do I book a node on zephyr?", zh="怎么预订 zephyr 集群的节点？"),
        ask=Ways(
            en=(QUESTION, "book zephyr nodes", "reserve a zephyr node", "zephyr reservation"),
            zh=("zephyr 集群怎么约节点", "预订 zephyr 节点", "zephyr 节点怎么申请"),
        ),
        sources=(EntrySource(title="the platform team"),),
        reviewed=date(2026, 3, 1),
        body=Bilingual(en=body, zh="在 #zephyr 里问。"),
    )


@pytest.fixture
def store(tmp_path):
    opened = open_store(tmp_path / "vrambot.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def answerer(store):
    return Answerer(knowledge=TeamKnowledge(store))


def test_an_entry_is_found_as_soon_as_it_is_published(store, answerer):
    assert answerer.answer(Question(QUESTION, place=OURS)).kind == "unknown"
    store.add_version("T1", entry(), 0, "U1")
    answer = answerer.answer(Question(QUESTION, place=OURS))
    assert (answer.kind, answer.entry, answer.entry_version) == ("faq", entry(), 1)
    chinese = answerer.answer(Question("zephyr 集群怎么约节点", place=OURS))
    assert chinese.entry == entry()


def test_nothing_is_left_of_it_when_its_workspace_is_deleted(store, answerer):
    store.add_version("T1", entry(), 0, "U1")
    assert answerer.answer(Question(QUESTION, place=OURS)).kind == "faq"
    store.forget_workspace("T1")
    assert answerer.answer(Question(QUESTION, place=OURS)).kind == "unknown"


def test_an_author_who_is_forgotten_is_nameless_and_the_entry_stays(store, answerer):
    store.add_version("T1", entry("Ask <@U0MEI>."), 0, "U0MEI")
    store.forget_person("T1", "U0MEI")
    (version,) = store.entry_versions("T1", "zephyr-booking")
    assert version.author == FORMER_MEMBER
    assert version.entry.body.en == f"Ask {FORMER_MEMBER}."
    assert answerer.answer(Question(QUESTION, place=OURS)).kind == "faq"


def test_what_is_stored_is_laid_over_at_the_start(store):
    store.add_version("T1", entry(), 0, "U1")
    knowledge = TeamKnowledge(store)
    knowledge.warm_up()
    store.changed_entries = None  # nothing is read again
    assert knowledge.of("T1").find_entry("zephyr-booking") == entry()


def test_the_name_beside_a_forgotten_authors_link_goes_too(store):
    """As a thread that was saved as an entry names them: in the text, and in its source."""
    said = "**[Mei Li](https://lab.slack.com/team/U0MEI)**\nuse zephyr, says Mei Li\n\n**[May]"
    saved = entry(said + "(https://lab.slack.com/team/U0MAY)**\nyes").model_copy(
        update={"sources": (EntrySource(title="Slack thread, by Mei Li, May"),)}
    )
    store.add_version("T1", saved, 0, "U0WEI")
    store.forget_person("T1", "U0MEI")
    (version,) = store.entry_versions("T1", "zephyr-booking")
    assert version.entry.body.en == (
        f"**{FORMER_MEMBER}**\nuse zephyr, says Mei Li\n\n"
        "**[May](https://lab.slack.com/team/U0MAY)**\nyes"
    )
    assert version.entry.sources[0].title == f"Slack thread, by {FORMER_MEMBER}, May"
    assert version.author == "U0WEI"


def test_another_workspace_never_sees_it(store, answerer):
    store.add_version("T1", entry(), 0, "U1")
    answerer.answer(Question(QUESTION, place=OURS))
    answer = answerer.answer(Question(QUESTION, place=OTHERS))
    assert answer.kind == "unknown"
    assert "zephyr-booking" not in [one.id for one in answer.candidates]
    assert all("zephyr" not in choice.label for choice in answer.choices)


def test_another_process_finds_it_too(store, answerer):
    other = open_store(store.path)
    other.add_version("T1", entry(), 0, "U1")
    assert answerer.answer(Question(QUESTION, place=OURS)).entry == entry()
    other.add_version("T1", entry("Ask the desk."), 1, "U1")
    answer = answerer.answer(Question(QUESTION, place=OURS))
    assert (answer.entry.body.en, answer.entry_version) == ("Ask the desk.", 2)
    other.close()


def test_a_withdrawn_entry_is_gone_and_undo_brings_it_back(store, answerer):
    store.add_version("T1", entry(), 0, "U1")
    store.withdraw_entry("T1", "zephyr-booking", "U1")
    assert answerer.answer(Question(QUESTION, place=OURS)).kind == "unknown"
    store.undo_entry("T1", "zephyr-booking", "U1")
    assert answerer.answer(Question(QUESTION, place=OURS)).entry_version == 3


def test_a_built_in_entry_that_a_team_replaced_shows_the_teams_text(store, answerer):
    built_in = find_entry("tf32-bits")
    ours = built_in.model_copy(update={"body": Bilingual(en="19, says our lab.", zh="十九位。")})
    store.add_version("T1", ours, 0, "U1")
    assert answerer.answer(Question("what is tf32", place=OURS)).entry == ours
    assert answerer.answer(Question("what is tf32", place=OTHERS)).entry == built_in
    store.add_version("T1", entry(), 0, "U1")
    store.withdraw_entry("T1", "tf32-bits", "U1")
    answer = answerer.answer(Question("what is tf32", place=OURS))
    assert (answer.entry, answer.entry_version) == (built_in, None)
    assert answer.score == answerer.answer(Question("what is tf32", place=OTHERS)).score
    assert answerer.answer(Question(QUESTION, place=OURS)).entry == entry()


def test_a_calculation_rests_on_the_teams_rule_where_it_has_one(store, answerer):
    ours = find_entry("training-memory").model_copy(
        update={"body": Bilingual(en="Ours.", zh="我们的。")}
    )
    store.add_version("T1", ours, 0, "U1")
    question = Question("how much memory to train 7b with adamw", place=OURS)
    answer = answerer.answer(question)
    assert (answer.kind, answer.entry, answer.entry_version) == ("calculation", ours, 1)


def test_built_in_answers_are_the_same_beside_own_entries(store, answerer):
    store.add_version("T1", entry(), 0, "U1")
    for text in ("what is tf32", "显存不够怎么办", "why is my validation loss flat"):
        with_own = answer_json(answerer.answer(Question(text, place=OURS)))
        without = answer_json(answerer.answer(Question(text, place=OTHERS)))
        for name in ("kind", "entry_id", "text"):
            assert with_own[name] == without[name]


def test_the_version_is_kept_with_the_past_answer(store, answerer):
    store.add_version("T1", entry(), 0, "U1")
    question = Question(QUESTION, place=OURS, id="a1")
    past = past_answer(answerer.answer(question), question, "a1")
    assert (past.entry_id, past.answer["entry_version"]) == ("zephyr-booking", 1)


def test_a_store_that_fails_leaves_what_was_known(store, answerer):
    store.add_version("T1", entry(), 0, "U1")
    answerer.answer(Question(QUESTION, place=OURS))
    store.close()
    store._connections.path = store.path / "gone"
    answer = answerer.answer(replace(Question(QUESTION), place=OURS))
    assert answer.entry == entry()
