"""What every store must do with past answers, feedback and threads."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from knowledge.history import Wanted
from knowledge.store.errors import UnknownAnswer
from knowledge.visibility import Place, Viewer, may_see

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PUBLIC = Place("T1", "C1", "public", thread="1.0")


def looking(channel: str = "C1", kind: str = "public", workspace: str = "T1") -> Viewer:
    return Viewer("U2", Place(workspace, channel, kind))  # type: ignore[arg-type]


class TestHistory:
    def test_an_answer_comes_back_as_it_went_in(self, store, past):
        whole = past(permalink="https://team.slack.com/archives/C1/p10", entry_id="model-size")
        assert store.record(whole)
        assert store.get("a1", looking()) == whole

    def test_the_same_question_is_stored_once(self, store, past):
        assert store.record(past())
        assert not store.record(past(text="something else"))
        assert store.get("a1", looking()).text == past().text

    def test_two_workspaces_may_use_the_same_id(self, store, past):
        other = Place("T2", "C1", "public")
        assert store.record(past())
        assert store.record(past(text="of the other", place=other))
        assert store.get("a1", looking()).text == past().text
        assert store.get("a1", looking(workspace="T2")).text == "of the other"

    def test_the_kind_of_its_channel_may_be_settled_afterwards(self, store, past):
        store.record(past(place=replace(PUBLIC, kind="private")))
        store.record(past("a2", place=replace(PUBLIC, kind="private")))
        assert store.search("65B", looking("C2")) == []
        store.settle("T2", "a1", "public")
        assert store.search("65B", looking("C2")) == []
        store.settle("T1", "a1", "public")
        assert [one.id for one in store.search("65B", looking("C2"))] == ["a1"]
        assert store.get("a2", looking("C2")) is None

    def test_it_survives_a_restart(self, opener, past):
        first = opener()
        first.record(past())
        first.close()
        second = opener()
        assert second.get("a1", looking()) == past()
        second.close()

    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("V100 65B", ["en"]),
            ("train", ["en"]),
            ("显存", ["zh"]),  # two letters: the default tokeniser finds none of these
            ("微调", ["zh"]),
            ("LORA", ["zh"]),
            ("１３ｂ", ["zh"]),  # full-width digits
            ("nothing-of-the-kind", []),
        ],
    )
    def test_search_finds_words_of_either_language(self, store, words, found, past):
        store.record(past("en"))
        store.record(past("zh", "13B 用 LoRA 微调要多少显存", text="约 28 GB"))
        assert [one.id for one in store.search(words, looking())] == found

    def test_search_reads_the_answer_text_too_but_the_question_counts_more(self, store, past):
        store.record(past("in-text", "how big is it", text="That is about NVLink."))
        store.record(past("in-query", "how fast is NVLink", text="900 GB/s"))
        assert [one.id for one in store.search("NVLink", looking())] == ["in-query", "in-text"]

    def test_search_prefers_all_the_words_and_falls_back_to_some(self, store, past):
        store.record(past("both", "A100 memory with LoRA"))
        store.record(past("one", "A100 memory"))
        assert [one.id for one in store.search("A100 LoRA", looking())] == ["both"]
        assert {one.id for one in store.search("A100 kangaroo", looking())} == {"both", "one"}

    def test_search_returns_at_most_the_limit_newest_first_at_par(self, store, past):
        for day in range(8):
            asked_at = NOON + timedelta(days=day)
            store.record(past(f"a{day}", text=f"day {day}", asked_at=asked_at))
        assert [one.id for one in store.search("V100", looking(), limit=3)] == ["a7", "a6", "a5"]

    def test_the_same_question_with_the_same_answer_is_shown_once(self, store, past):
        for day in range(3):
            store.record(past(f"a{day}", asked_at=NOON + timedelta(days=day)))
        store.record(past("other", text="Yes, with LoRA.", asked_at=NOON))
        assert [one.id for one in store.search("V100", looking())] == ["a2", "other"]
        # As a hint, each question once: its newest answer.
        assert [one.id for one in store.similar("can 4xV100 train 65B?", looking())] == ["a2"]

    @pytest.mark.parametrize(
        "words",
        [
            "",
            "   ",
            '"',
            "a OR",
            "NEAR(",
            "*",
            "query:x",
            "'; DROP TABLE answers; --",
            "😀",
            "(" * 500,
        ],
    )
    def test_no_words_reach_the_query_language(self, store, words, past):
        store.record(past())
        store.search(words, looking())
        store.similar(words, looking())
        assert store.get("a1", looking()) is not None

    @pytest.mark.parametrize("kind", ["private", "group", "dm", "external"])
    def test_what_was_asked_in_private_is_found_only_there(self, store, kind, past):
        store.record(past(place=Place("T1", "C7", kind, thread="1.0")))
        for viewer in (looking("C1"), looking("C8", kind), looking("C7", kind, "T2")):
            assert store.search("V100", viewer) == []
            assert store.similar("can 4xV100 train 65B?", viewer) == []
            assert store.get("a1", viewer) is None
        assert store.search("V100", looking("C7", kind)) != []
        assert store.get("a1", looking("C7", kind)) is not None

    def test_many_private_answers_do_not_hide_a_public_one(self, store, past):
        store.record(past("public", asked_at=NOON - timedelta(days=9)))
        for number in range(250):
            private = Place("T1", "D1", "dm")
            store.record(past(f"p{number}", place=private))
        assert [one.id for one in store.search("V100", looking())] == ["public"]

    def test_a_shared_channel_sees_only_its_own(self, store, past):
        store.record(past("rest"))
        store.record(past("own", place=Place("T1", "C5", "external")))
        found = store.search("V100", looking("C5", "external"))
        assert [one.id for one in found] == ["own"]

    def test_similar_is_nearly_the_same_question_with_the_same_numbers(self, store, past):
        store.record(past("same", "Can 4×V100 train 65B"))
        store.record(past("other-size", "can 4xV100 train 13B?"))
        store.record(past("other-topic", "what is tf32?"))
        assert [one.id for one in store.similar("can 4xV100 train 65b?", looking())] == ["same"]

    def test_the_same_question_is_found_below_many_newer_ones(self, store, past):
        store.record(past("old", "how do I see the nvlink topology", asked_at=NOON))
        for number in range(300):
            words = f"how do I see the {'x' * (number + 2)} of it all day long"
            store.record(past(f"n{number}", words, asked_at=NOON + timedelta(seconds=number + 1)))
        found = store.similar("How do I see the NVLink topology?", looking())
        assert "old" in [one.id for one in found]

    def test_similar_works_in_chinese(self, store, past):
        store.record(past("zh", "7B 模型推理需要多少显存？"))
        store.record(past("far", "怎么看通信开销"))
        assert [one.id for one in store.similar("7B模型推理要多少显存", looking())] == ["zh"]

    def test_unanswered_lists_the_unknown_of_one_workspace_newest_first(self, store, past):
        store.record(past("old", kind="unknown"))
        store.record(past("new", kind="unknown", asked_at=NOON + timedelta(hours=1)))
        store.record(past("known"))
        store.record(past("elsewhere", kind="unknown", place=Place("T2", "C1", "public")))
        assert [one.id for one in store.unanswered("T1")] == ["new", "old"]
        assert [one.id for one in store.unanswered("T1", limit=1)] == ["new"]

    def test_the_last_verdict_of_each_user_counts(self, store, past):
        store.record(past())
        store.feedback("a1", "U1", "good")
        store.feedback("a1", "U2", "bad", "wrong card")
        store.feedback("a1", "U1", "bad", "typo")
        assert store.verdicts("T1", "a1") == {"U1": ("bad", "typo"), "U2": ("bad", "wrong card")}

    def test_feedback_stays_in_its_workspace(self, store, past):
        store.record(past())
        with pytest.raises(UnknownAnswer):
            store.feedback("a1", "U9", "bad", workspace="T2")
        with pytest.raises(UnknownAnswer):
            store.feedback("no-such", "U1", "good")
        with pytest.raises(ValueError, match="verdict"):
            store.feedback("a1", "U1", "superb")

    def test_a_thread_keeps_its_last_state(self, store):
        assert store.thread(PUBLIC) is None
        store.keep_thread(PUBLIC, {"params": 7e9})
        store.keep_thread(PUBLIC, {"params": 13e9, "gpu": "A100"})
        assert store.thread(PUBLIC) == {"params": 13e9, "gpu": "A100"}
        for other in (
            replace(PUBLIC, thread="2.0"),
            replace(PUBLIC, thread=None),
            replace(PUBLIC, channel="C2"),
            replace(PUBLIC, workspace="T2"),
        ):
            assert store.thread(other) is None


KINDS = ("public", "private", "group", "dm", "external")


class TestPrivateAnswers:
    """Shown to their asker alone, and not shared since."""

    @pytest.mark.parametrize("kind", KINDS[1:])
    def test_in_a_place_that_is_not_public_only_the_asker_finds_them(self, store, kind, past):
        place = Place("T1", "C7", kind)
        store.record(past(place=place, private=True))
        for found in (
            store.get("a1", Viewer("U1", place)),
            *store.search("65B", Viewer("U1", place)),
        ):
            assert found.private
        assert store.get("a1", Viewer("U2", place)) is None
        assert store.search("65B", Viewer("U2", place)) == []
        assert store.search("", Viewer("U2", place), wanted=Wanted(by="U1")) == []

    def test_in_a_public_channel_anyone_finds_them(self, store, past):
        store.record(past(private=True))
        assert store.get("a1", looking("C2")) is not None
        assert [one.id for one in store.search("65B", looking("C2", "dm"))] == ["a1"]
        assert store.search("65B", looking("C1", "external")) == []

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("user", ["U1", "U2"])
    def test_they_are_no_hint_and_not_said_aloud(self, store, kind, user, past):
        place = Place("T1", "C7", kind)
        store.record(past(place=place, private=True))
        assert store.similar("can 4xV100 train 65B?", Viewer(user, place)) == []
        assert store.search("65B", Viewer(user, place, aloud=True)) == []
        assert store.get("a1", Viewer(user, place, aloud=True)) is None

    @pytest.mark.parametrize("kind", KINDS)
    def test_once_shared_they_are_as_any_other(self, store, kind, past):
        place = Place("T1", "C7", kind)
        store.record(past(place=place, private=True))
        store.shared("T2", "a1")
        assert store.get("a1", Viewer("U2", place, aloud=True)) is None
        store.shared("T1", "a1")
        viewer = Viewer("U2", place, aloud=True)
        assert [one.id for one in store.search("65B", viewer)] == ["a1"]
        assert [one.id for one in store.similar("can 4xV100 train 65B?", viewer)] == ["a1"]
        assert not store.get("a1", viewer).private

    def test_the_kind_of_the_channel_may_be_settled_without_it(self, store, past):
        store.record(past(place=replace(PUBLIC, kind="private"), private=True))
        store.settle("T1", "a1", "public")
        assert store.get("a1", looking("C2")).private

    def test_the_asker_has_them_among_their_own_and_in_the_export(self, store, past):
        place = Place("T1", "C7", "private")
        store.record(past(place=place, private=True))
        assert [one.id for one in store.own(Viewer("U1", Place("T1", "", "dm")))] == ["a1"]
        assert store.own(Viewer("U2", place)) == []
        assert "65B" in str(store.export_person("T1", "U1"))
        assert "65B" not in str(store.export_person("T1", "U2"))

    @pytest.mark.parametrize(("kind", "seen"), [("public", 1), ("private", 0), ("external", 0)])
    def test_a_curator_is_shown_none_of_a_closed_place(self, store, kind, seen, past):
        place = Place("T1", "C7", kind)
        store.record(past(place=place, kind="unknown", private=True))
        assert len(store.open_questions(Viewer("U2", place))) == seen

    @pytest.mark.parametrize("asked_in", KINDS)
    def test_the_store_and_the_rule_agree(self, store, asked_in, past):
        places = [Place("T1", channel, asked_in) for channel in ("C7", "C8")]
        for place, private, asker in itertools.product(places, (True, False), ("U1", "U2")):
            id_ = f"{place.channel}-{private}-{asker}"
            store.record(past(id_, text=id_, place=place, private=private, asker=asker))
            for kind, aloud in itertools.product((*KINDS, "terminal"), (True, False)):
                viewer = Viewer("U1", Place("T1", "C7", kind), aloud=aloud)
                expected = may_see(viewer, place, asker, private=private)
                assert (store.get(id_, viewer) is not None) is expected
                found = {one.id for one in store.search("65B", viewer, limit=20)}
                assert (id_ in found) is expected
