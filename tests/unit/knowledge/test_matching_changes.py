"""Entries that change while the bot runs: added, edited, withdrawn, and ranked all the while."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from knowledge.entries import Bilingual, Entry, EntrySource, Ways
from knowledge.loader import load_entries, load_negatives
from knowledge.matching import default_ranker
from knowledge.matching.builtin import packaged_model
from knowledge.matching.ranker import LearnedRanker
from knowledge.matching.sqlite_index import SqliteIndex
from knowledge.text import tokens

TOPO = "how do I see the NVLink topology?"


@pytest.fixture(params=["memory", "sqlite"])
def ranker(request: pytest.FixtureRequest) -> LearnedRanker:
    if request.param == "memory":
        return default_ranker()
    index = SqliteIndex()
    index.add(packaged_model().phrasings)
    return LearnedRanker(packaged_model(), index)


def _entry(id_: str, title: tuple[str, str], en: tuple[str, ...], zh: tuple[str, ...]) -> Entry:
    return Entry(
        id=id_,
        title=Bilingual(en=title[0], zh=title[1]),
        ask=Ways(en=en, zh=zh),
        sources=(EntrySource(title="house rules"),),
        reviewed=date(2026, 11, 24),
        body=Bilingual(en="See the page.", zh="见页面。"),
    )


BOOKING = _entry(
    "booking",
    ("How do I book time on the shared cluster?", "怎么申请共享集群的机时"),
    ("reserve a slot in the cluster queue", "request nodes for next week"),
    ("集群排队怎么预约", "下周想用几个节点，怎么登记"),
)
WIKI = _entry(
    "booking",
    ("Where is the onboarding wiki?", "入职文档在哪里"),
    ("link to the newcomers wiki",),
    ("新人文档链接",),
)


def _first(ranker: LearnedRanker, text: str) -> tuple[str | None, str]:
    ranking = ranker.rank(text)
    return (ranking.candidates[0].id if ranking.candidates else None, ranking.decision)


@pytest.mark.parametrize(
    "text",
    [
        "how do I book time on the shared cluster",
        "can I reserve a slot in the queue of the cluster?",
        "共享集群的机时怎么申请？",
        "集群排队怎么预约",
        "大家好\n请问下周想用几个节点，怎么登记？\n谢谢",
    ],
)
def test_a_new_entry_is_found_at_once_in_both_languages(ranker, text):
    assert ranker.rank(text).decision != "match"
    ranker.add_entry(BOOKING)
    assert _first(ranker, text) == ("booking", "match")


def test_a_new_entry_leaves_refusals_and_other_entries_alone(ranker):
    before = [ranker.rank(entry.title.zh).candidates[0].id for entry in load_entries()]
    ranker.add_entry(BOOKING)
    assert [ranker.rank(entry.title.zh).candidates[0].id for entry in load_entries()] == before
    for text in ("今天中午吃什么", "what is the capital of France", "how do I get a raise"):
        assert ranker.rank(text).decision == "unknown"


def test_a_replaced_entry_answers_its_new_questions_and_none_of_the_old(ranker):
    ranker.add_entry(BOOKING)
    ranker.replace_entry(WIKI)
    assert _first(ranker, "where is the onboarding wiki") == ("booking", "match")
    for old in (*BOOKING.ask.en, *BOOKING.ask.zh, BOOKING.title.en, BOOKING.title.zh):
        assert ranker.rank(old).decision != "match"


def test_to_replace_what_is_not_there_is_to_add_it(ranker):
    ranker.replace_entry(WIKI)
    assert _first(ranker, "入职文档在哪里") == ("booking", "match")


def test_a_removed_entry_matches_no_more_and_can_come_back(ranker):
    ranker.add_entry(BOOKING)
    ranker.remove_entry("booking")
    ids = [candidate.id for candidate in ranker.rank(BOOKING.title.en, limit=50).candidates]
    assert "booking" not in ids
    assert ranker.rank(BOOKING.title.en).decision != "match"
    ranker.add_entry(BOOKING)
    assert _first(ranker, BOOKING.title.en) == ("booking", "match")


def test_an_unknown_id_is_removed_in_peace(ranker):
    ranker.remove_entry("never-there")
    assert _first(ranker, TOPO) == ("nvlink-topology", "match")


def test_questions_of_a_withdrawn_built_in_entry_are_not_given_to_another(ranker):
    for entry in load_entries():
        if entry.id in ("tf32-bits", "nvlink-topology"):
            ranker.remove_entry(entry.id)
    for text in ("how many bits does tf32 have", "tf32 有多少位", TOPO, "怎么看 NVLink 拓扑"):
        assert ranker.rank(text).decision == "unknown"


def test_a_built_in_entry_whose_text_was_edited_is_found_as_well_as_before(ranker):
    entry = next(entry for entry in load_entries() if entry.id == "nvlink-topology")
    expected = ranker.rank(TOPO).confidence
    ranker.replace_entry(entry.model_copy(update={"body": Bilingual(en="New.", zh="新。")}))
    ranking = ranker.rank(TOPO)
    assert (ranking.candidates[0].id, ranking.decision) == ("nvlink-topology", "match")
    assert ranking.confidence >= expected - 0.01


def test_a_way_of_asking_added_to_a_built_in_entry_counts_at_once(ranker):
    entry = next(entry for entry in load_entries() if entry.id == "nvlink-topology")
    way = "zebra stripes between the boards"
    assert ranker.rank(way).decision != "match"
    ranker.replace_entry(
        entry.model_copy(update={"ask": Ways(en=(*entry.ask.en, way), zh=entry.ask.zh)})
    )
    assert _first(ranker, way) == ("nvlink-topology", "match")


def test_a_built_in_entry_that_asks_something_else_loses_its_old_questions(ranker):
    ranker.replace_entry(WIKI.model_copy(update={"id": "nvlink-topology"}))
    assert _first(ranker, "link to the newcomers wiki") == ("nvlink-topology", "match")
    assert ranker.rank(TOPO).decision != "match"


@pytest.mark.parametrize("text", ["123", "8 × 80", "?!", "……", "\u200b", "3.14 2.71"])
def test_a_message_without_a_letter_asks_for_no_entry(ranker, text):
    ranking = ranker.rank(text)
    assert (ranking.candidates, ranking.confidence, ranking.decision) == ((), 0.0, "unknown")


def test_a_line_without_a_letter_says_nothing_about_the_others(ranker):
    assert _first(ranker, f"{TOPO}\n\n12:30\n") == ("nvlink-topology", "match")


def test_rankings_see_a_change_whole_or_not_at_all(ranker):
    """Many rank while one edits: each ranking shows the old entry or the new one, never neither."""
    ranker.add_entry(BOOKING)
    shared = "link to the wiki where I book time on the shared cluster"
    seen: set[str | None] = set()
    failures: list[BaseException] = []
    done = threading.Event()

    def work() -> None:
        try:
            while not done.is_set():
                seen.add(_first(ranker, shared)[0])
                assert _first(ranker, TOPO) == ("nvlink-topology", "match")
        except BaseException as failure:
            failures.append(failure)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for turn in range(30):
        ranker.replace_entry(BOOKING if turn % 2 else WIKI)
        ranker.add_entry(WIKI.model_copy(update={"id": f"other-{turn}"}))
        ranker.remove_entry(f"other-{turn}")
    done.set()
    for worker in workers:
        worker.join()
    assert not failures
    assert seen <= {"booking", *(f"other-{turn}" for turn in range(30))}


def test_what_the_index_holds_beyond_the_model_is_ranked_too():
    index = SqliteIndex()
    index.add(packaged_model().phrasings)
    index.add([("kept-elsewhere", tokens("zebra stripes between the boards"))])
    ranker = LearnedRanker(packaged_model(), index)
    assert _first(ranker, "zebra stripes between the boards") == ("kept-elsewhere", "match")


@pytest.mark.parametrize("text", ["how do I get a raise", "what to do about it", "请问这个怎么弄"])
def test_the_way_of_asking_alone_is_no_sign_of_a_new_entry(ranker, text):
    ranker.add_entry(BOOKING)
    ranking = ranker.rank(text)
    assert (ranking.candidates[0].id, ranking.decision) != ("booking", "match")


def test_editing_every_built_in_entry_leaves_what_is_refused_refused(ranker: LearnedRanker) -> None:
    messages = load_negatives().all()[::23]
    before = [ranker.rank(message).decision for message in messages]
    for entry in load_entries():
        ranker.replace_entry(entry.model_copy(update={"body": Bilingual(en="New.", zh="新。")}))
    assert [ranker.rank(message).decision for message in messages] == before
