"""What every store must do with preferences, saved answers, filters and versions."""

from datetime import UTC, datetime, timedelta

import pytest

from knowledge.history import Wanted
from knowledge.store import Item, Post
from knowledge.store.errors import UnknownAnswer
from knowledge.store.personal import owner_of
from knowledge.visibility import Place, Viewer

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

PRIVATE = Place("T1", "C2", "private")
ME = owner_of("user", "U1")


def looking(user: str = "U1", channel: str = "C1", workspace: str = "T1") -> Viewer:
    return Viewer(user, Place(workspace, channel, "public"))


class TestPreferences:
    def test_nothing_is_chosen_at_first(self, store):
        assert store.preferences("T1", ME) == {}

    def test_what_was_chosen_last_counts_and_survives_a_restart(self, store, opener):
        store.prefer("T1", ME, {"gpu": "H100", "gpu_count": 8}, "U1")
        store.prefer("T1", ME, {"gpu": "A100 80GB"}, "U1")
        store.close()
        again = opener()
        assert again.preferences("T1", ME) == {"gpu": "A100 80GB"}
        again.close()

    def test_an_empty_choice_removes_it(self, store):
        store.prefer("T1", ME, {"gpu": "H100"}, "U1")
        store.prefer("T1", ME, {}, "U1")
        assert store.preferences("T1", ME) == {}

    def test_owners_and_workspaces_are_apart(self, store):
        store.prefer("T1", ME, {"language": "zh"}, "U1")
        for workspace, owner in (("T2", ME), ("T1", owner_of("user", "U2")), ("T1", "workspace")):
            assert store.preferences(workspace, owner) == {}


def test_what_waits_is_counted(store):
    assert store.waiting("inbox") == store.waiting("outbox") == 0
    store.accept(Item("T1", "i1", {}), ["k1"])
    store.enqueue(Post("T1", "p1", "C1"))
    assert store.waiting("inbox") == store.waiting("outbox") == 1
    store.answered(Item("T1", "i1", {}))
    assert store.waiting("inbox") == 0


class TestSaved:
    def test_a_saved_answer_is_kept_once_until_it_is_removed(self, store, past):
        store.record(past())
        assert store.save("T1", "U2", "a1")
        assert not store.save("T1", "U2", "a1")
        assert [one.id for one in store.saved("T1", "U2")] == ["a1"]
        assert store.saved("T1", "U1") == []
        assert store.unsave("T1", "U2", "a1")
        assert not store.unsave("T1", "U2", "a1")
        assert store.saved("T1", "U2") == []

    def test_what_is_not_there_in_this_workspace_cannot_be_saved(self, store, past):
        store.record(past())
        with pytest.raises(UnknownAnswer):
            store.save("T2", "U1", "a1")


class TestOwn:
    def test_the_own_questions_are_found_private_ones_too_and_nobody_elses(self, store, past):
        store.record(past("mine", place=PRIVATE))
        store.record(past("newer", asked_at=NOON + timedelta(hours=1)))
        store.record(past("theirs", asker="U2"))
        store.record(past("elsewhere", place=Place("T2", "C1", "public")))
        assert [one.id for one in store.own(looking())] == ["newer", "mine"]

    def test_a_search_of_the_own_sees_private_ones_and_nobody_elses(self, store, past):
        store.record(past("mine", place=PRIVATE))
        store.record(past("theirs", place=PRIVATE, asker="U2"))
        found = store.search("V100", looking(channel="C9"), wanted=Wanted(own=True))
        assert [one.id for one in found] == ["mine"]
        assert store.search("V100", looking(channel="C9")) == []


class TestFilters:
    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            (Wanted(kind="faq"), {"entry"}),
            (Wanted(since=NOON - timedelta(days=7)), {"entry", "calculated"}),
            (Wanted(by="U2"), {"old"}),
            (Wanted(kind="calculation", by="U1"), {"calculated"}),
            (Wanted(kind="clarify"), set()),
        ],
    )
    @pytest.mark.parametrize("words", ["V100", ""])
    def test_all_that_is_given_has_to_hold(self, store, past, words, wanted, found):
        store.record(past("entry", "which V100 to buy", kind="faq"))
        store.record(past("calculated"))
        store.record(past("old", "V100 then", asker="U2", asked_at=NOON - timedelta(days=30)))
        store.record(past("hidden", "V100 hidden", place=PRIVATE))
        assert {one.id for one in store.search(words, looking(), 9, wanted)} == found

    def test_without_a_word_and_a_filter_nothing_is_found(self, store, past):
        store.record(past())
        assert store.search("  ", looking()) == []


def test_the_version_of_an_answer_is_kept_and_unknown_where_none_was_given(store, past):
    store.record(past("with", version="abc"))
    store.record(past("without"))
    assert store.get("with", looking()).version == "abc"
    assert store.get("without", looking()).version is None
