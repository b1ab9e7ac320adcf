"""Whoever asks in an entry's own words gets that entry, however common its words are."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.entries import Bilingual, Entry, EntrySource, Ways
from knowledge.loader import load_entries
from knowledge.matching import default_ranker
from knowledge.matching.builtin import packaged_model
from knowledge.matching.ranker import LearnedRanker, phrasings_of
from knowledge.matching.sqlite_index import SqliteIndex

ZERO3 = Entry(
    id="what-is-zero3",
    title=Bilingual(en="What is ZeRO-3?", zh="ZeRO-3 是什么？"),
    ask=Ways(
        en=("what is zero3", "how does zero3 work", "explain zero stage 3"),
        zh=("什么是 zero3", "zero3 怎么工作的", "zero 第三阶段是干嘛的"),
    ),
    sources=(EntrySource(title="house rules"),),
    reviewed=date(2026, 11, 24),
    body=Bilingual(en="Parameters are sharded too.", zh="参数也分片。"),
)


@pytest.fixture(params=["memory", "sqlite"])
def ranker(request: pytest.FixtureRequest) -> LearnedRanker:
    if request.param == "memory":
        return default_ranker()
    index = SqliteIndex()
    index.add(packaged_model().phrasings)
    return LearnedRanker(packaged_model(), index)


@pytest.mark.parametrize("text", list(phrasings_of(ZERO3)))
def test_an_added_entry_is_found_by_each_title_and_way(ranker, text):
    ranker.add_entry(ZERO3)
    ranking = ranker.rank(text)
    assert (ranking.candidates[0].id, ranking.decision) == (ZERO3.id, "match")


@pytest.mark.parametrize(
    "text",
    [
        "WHAT IS ZeRO3 ?!",
        "what  is\tzero-3",
        "ｗｈａｔ ｉｓ ｚｅｒｏ３？",
        "什么是zero3。",
        "Hi team.\nhow does zero3 work?\nThanks",
        "大家好。什么是 ZERO3？谢谢",
    ],
)
def test_case_width_spaces_and_punctuation_make_no_difference(ranker, text):
    ranker.add_entry(ZERO3)
    ranking = ranker.rank(text)
    assert (ranking.candidates[0].id, ranking.decision) == (ZERO3.id, "match")


def test_an_added_entrys_own_way_wins_over_a_built_in_one_with_the_same(ranker):
    taken = load_entries()[0].ask.en[0]
    own = ZERO3.model_copy(update={"ask": Ways(en=(taken,), zh=())})
    assert ranker.rank(taken).candidates[0].id != own.id
    ranker.add_entry(own)
    assert ranker.rank(taken).candidates[0].id == own.id


def test_a_withdrawn_or_replaced_entrys_ways_are_certain_no_more(ranker):
    before = ranker.rank("zero3 怎么工作的")
    ranker.add_entry(ZERO3)
    ranker.replace_entry(ZERO3.model_copy(update={"ask": Ways(en=("what is zero3",), zh=())}))
    assert ranker.rank("zero3 怎么工作的").confidence < 0.97
    ranker.remove_entry(ZERO3.id)
    assert ranker.rank("zero3 怎么工作的") == before


def test_two_added_entries_with_one_way_are_both_offered(ranker):
    ranker.add_entry(ZERO3)
    ranker.add_entry(ZERO3.model_copy(update={"id": "zero-again"}))
    ranking = ranker.rank("what is zero3")
    assert ranking.decision == "ambiguous"
    assert [one.id for one in ranking.candidates[:2]] == ["what-is-zero3", "zero-again"]


def test_every_built_in_title_and_way_finds_its_entry():
    ranker = default_ranker()
    for entry in load_entries():
        for text in phrasings_of(entry):
            if any(map(str.isalpha, text)):
                ranking = ranker.rank(text)
                assert (ranking.candidates[0].id, ranking.decision) == (entry.id, "match"), text
