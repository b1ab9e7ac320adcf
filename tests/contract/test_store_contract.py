"""What every store must do: one class, run against each store that the project has."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from knowledge.history import PastAnswer
from knowledge.store import Item, Post, SqliteStore, open_store
from knowledge.store.errors import InboxFull, UnknownAnswer
from knowledge.visibility import Place, Viewer

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PUBLIC = Place("T1", "C1", "public", thread="1.0")


def open_sqlite(home: Path) -> SqliteStore:
    return open_store(home / "vrambot.sqlite", max_waiting=50)


OPENERS = {"sqlite": open_sqlite}


@pytest.fixture(params=sorted(OPENERS))
def opener(request, tmp_path):
    return lambda: OPENERS[request.param](tmp_path)


@pytest.fixture
def store(opener) -> Iterator[SqliteStore]:
    opened = opener()
    yield opened
    opened.close()


def past(id_: str = "a1", query: str = "can 4xV100 train 65B?", **changes) -> PastAnswer:
    whole = PastAnswer(
        id=id_,
        query=query,
        language="en",
        kind="calculation",
        entry_id=None,
        text="No. 16 × 65e9 bytes is 1040 GB.",
        answer={"value": 1040.0, "unit": "GB", "names": ["显存"]},
        asker="U1",
        place=PUBLIC,
        asked_at=NOON,
    )
    return replace(whole, **changes)


def looking(channel: str = "C1", kind: str = "public", workspace: str = "T1") -> Viewer:
    return Viewer("U2", Place(workspace, channel, kind))  # type: ignore[arg-type]


def item(id_: str = "i1", workspace: str = "T1") -> Item:
    return Item(workspace, id_, {"text": "7b fp16 能放下吗"})


def post(id_: str = "a1", workspace: str = "T1") -> Post:
    return Post(workspace, id_, "C1", {"text": "112 GB", "answer_id": id_}, thread="1.0")


class TestHistory:
    def test_an_answer_comes_back_as_it_went_in(self, store):
        whole = past(permalink="https://team.slack.com/archives/C1/p10", entry_id="model-size")
        assert store.record(whole)
        assert store.get("a1", looking()) == whole

    def test_the_same_question_is_stored_once(self, store):
        assert store.record(past())
        assert not store.record(past(text="something else"))
        assert store.get("a1", looking()).text == past().text

    def test_two_workspaces_may_use_the_same_id(self, store):
        other = Place("T2", "C1", "public")
        assert store.record(past())
        assert store.record(past(text="of the other", place=other))
        assert store.get("a1", looking()).text == past().text
        assert store.get("a1", looking(workspace="T2")).text == "of the other"

    def test_it_survives_a_restart(self, opener):
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
    def test_search_finds_words_of_either_language(self, store, words, found):
        store.record(past("en"))
        store.record(past("zh", "13B 用 LoRA 微调要多少显存", text="约 28 GB"))
        assert [one.id for one in store.search(words, looking())] == found

    def test_search_reads_the_answer_text_too_but_the_question_counts_more(self, store):
        store.record(past("in-text", "how big is it", text="That is about NVLink."))
        store.record(past("in-query", "how fast is NVLink", text="900 GB/s"))
        assert [one.id for one in store.search("NVLink", looking())] == ["in-query", "in-text"]

    def test_search_prefers_all_the_words_and_falls_back_to_some(self, store):
        store.record(past("both", "A100 memory with LoRA"))
        store.record(past("one", "A100 memory"))
        assert [one.id for one in store.search("A100 LoRA", looking())] == ["both"]
        assert {one.id for one in store.search("A100 kangaroo", looking())} == {"both", "one"}

    def test_search_returns_at_most_the_limit_newest_first_at_par(self, store):
        for day in range(8):
            asked_at = NOON + timedelta(days=day)
            store.record(past(f"a{day}", text=f"day {day}", asked_at=asked_at))
        assert [one.id for one in store.search("V100", looking(), limit=3)] == ["a7", "a6", "a5"]

    def test_the_same_question_with_the_same_answer_is_shown_once(self, store):
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
    def test_no_words_reach_the_query_language(self, store, words):
        store.record(past())
        store.search(words, looking())
        store.similar(words, looking())
        assert store.get("a1", looking()) is not None

    @pytest.mark.parametrize("kind", ["private", "group", "dm", "external"])
    def test_what_was_asked_in_private_is_found_only_there(self, store, kind):
        store.record(past(place=Place("T1", "C7", kind, thread="1.0")))
        for viewer in (looking("C1"), looking("C8", kind), looking("C7", kind, "T2")):
            assert store.search("V100", viewer) == []
            assert store.similar("can 4xV100 train 65B?", viewer) == []
            assert store.get("a1", viewer) is None
        assert store.search("V100", looking("C7", kind)) != []
        assert store.get("a1", looking("C7", kind)) is not None

    def test_many_private_answers_do_not_hide_a_public_one(self, store):
        store.record(past("public", asked_at=NOON - timedelta(days=9)))
        for number in range(250):
            private = Place("T1", "D1", "dm")
            store.record(past(f"p{number}", place=private))
        assert [one.id for one in store.search("V100", looking())] == ["public"]

    def test_a_shared_channel_sees_only_its_own(self, store):
        store.record(past("rest"))
        store.record(past("own", place=Place("T1", "C5", "external")))
        found = store.search("V100", looking("C5", "external"))
        assert [one.id for one in found] == ["own"]

    def test_similar_is_nearly_the_same_question_with_the_same_numbers(self, store):
        store.record(past("same", "Can 4×V100 train 65B"))
        store.record(past("other-size", "can 4xV100 train 13B?"))
        store.record(past("other-topic", "what is tf32?"))
        assert [one.id for one in store.similar("can 4xV100 train 65b?", looking())] == ["same"]

    def test_similar_works_in_chinese(self, store):
        store.record(past("zh", "7B 模型推理需要多少显存？"))
        store.record(past("far", "怎么看通信开销"))
        assert [one.id for one in store.similar("7B模型推理要多少显存", looking())] == ["zh"]

    def test_unanswered_lists_the_unknown_of_one_workspace_newest_first(self, store):
        store.record(past("old", kind="unknown"))
        store.record(past("new", kind="unknown", asked_at=NOON + timedelta(hours=1)))
        store.record(past("known"))
        store.record(past("elsewhere", kind="unknown", place=Place("T2", "C1", "public")))
        assert [one.id for one in store.unanswered("T1")] == ["new", "old"]
        assert [one.id for one in store.unanswered("T1", limit=1)] == ["new"]

    def test_the_last_verdict_of_each_user_counts(self, store):
        store.record(past())
        store.feedback("a1", "U1", "good")
        store.feedback("a1", "U2", "bad", "wrong card")
        store.feedback("a1", "U1", "bad", "typo")
        assert store.verdicts("T1", "a1") == {"U1": ("bad", "typo"), "U2": ("bad", "wrong card")}

    def test_feedback_stays_in_its_workspace(self, store):
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


class TestInbox:
    def test_an_item_is_taken_once_and_closed_once(self, store):
        assert store.accept(item(), ["event:E1"])
        taken = store.claim(60)
        assert taken == replace(item(), attempts=1)
        assert store.claim(60) is None
        assert store.answered(taken)
        assert not store.answered(taken)
        assert store.claim(0) is None

    def test_a_repeat_is_known_by_any_of_its_keys(self, store):
        assert store.accept(item("i1"), ["event:E1", "message:C1:1.0"])
        assert not store.accept(item("i1"), ["event:E1", "message:C1:1.0"])  # a retry
        assert not store.accept(item("i2"), ["event:E2", "message:C1:1.0"])  # mention + message
        assert not store.accept(item("i3"), ["event:E2"])  # the retry of the second
        assert store.accept(item("i4"), ["event:E4", "message:C1:2.0"])

    def test_keys_belong_to_a_workspace(self, store):
        assert store.accept(item("i1"), ["event:E1"])
        assert store.accept(item("i1", "T2"), ["event:E1"])
        assert store.seen("T1", ["event:E1"])
        assert not store.seen("T3", ["event:E1"])
        assert not store.seen("T1", [])

    def test_many_deliveries_at_once_give_one_item(self, store):
        start = threading.Barrier(8)

        def deliver(number: int) -> bool:
            start.wait()
            return store.accept(item(f"i{number}"), ["message:C1:1.0"])

        with ThreadPoolExecutor(8) as threads:
            accepted = list(threads.map(deliver, range(8)))
        assert accepted.count(True) == 1

    def test_many_workers_take_each_item_once(self, store):
        for number in range(40):
            store.accept(item(f"i{number}"), [f"event:E{number}"])

        def work(_: int) -> list[str]:
            took = []
            while (taken := store.claim(60)) is not None:
                took.append(taken.id)
            return took

        with ThreadPoolExecutor(4) as threads:
            taken = [id_ for took in threads.map(work, range(4)) for id_ in took]
        assert sorted(taken) == sorted(f"i{number}" for number in range(40))

    def test_the_oldest_goes_first(self, store):
        for number in range(3):
            store.accept(item(f"i{number}"), [f"event:E{number}"])
        assert [store.claim(60).id for _ in range(3)] == ["i0", "i1", "i2"]

    def test_what_a_crashed_worker_took_is_taken_up_when_its_lease_ends(self, store):
        store.accept(item(), ["event:E1"])
        assert store.claim(0.05).attempts == 1
        assert store.claim(60) is None
        time.sleep(0.06)
        assert store.claim(60).attempts == 2

    def test_a_restart_takes_it_up_at_once(self, opener):
        first = opener()
        first.accept(item(), ["event:E1"])
        first.claim(600)
        first.close()
        second = opener()
        assert second.claim(60) is None
        assert second.release_leases() == 1
        assert second.claim(60).attempts == 2
        second.close()

    def test_an_answer_its_post_and_the_end_of_the_item_are_stored_together(self, store):
        store.accept(item(), ["event:E1"])
        taken = store.claim(0)
        again = store.claim(60)  # a second worker, after the lease of the first
        assert store.answered(again, past(), post())
        assert not store.answered(taken, past(text="late"), post("late"))
        assert store.get("a1", looking()).text == past().text
        assert store.claim_post(60).id == "a1"
        assert store.claim_post(60) is None

    def test_nobody_takes_what_the_caller_is_answering_itself(self, store):
        assert store.accept(item(), ["trigger:1"], held_s=60)
        assert store.claim(60) is None
        assert store.answered(item(), past())
        assert store.claim(0) is None

    def test_what_the_caller_did_not_answer_in_time_is_taken(self, store):
        store.accept(item("late"), ["trigger:1"], held_s=0.05)
        store.accept(item("given-up"), ["trigger:2"], held_s=60)
        store.failed(item("given-up"), "over budget", 0.0)
        assert store.claim(60).id == "given-up"
        time.sleep(0.06)
        assert store.claim(60).id == "late"

    def test_a_thread_moves_on_only_with_the_answer(self, store):
        store.keep_thread(PUBLIC, {"params": 7e9})
        store.accept(item(), ["event:E1"])
        taken = store.claim(60)
        assert store.answered(taken, past(), post(), (PUBLIC, {"params": 13e9}))
        assert not store.answered(taken, past(), post(), (PUBLIC, {"params": 70e9}))
        assert store.thread(PUBLIC) == {"params": 13e9}

    def test_a_failure_is_retried_later_or_given_up(self, store):
        store.accept(item(), ["event:E1"])
        store.failed(store.claim(60), "calculator broke", 0.05)
        assert store.claim(60) is None
        time.sleep(0.06)
        taken = store.claim(60)
        assert taken.attempts == 2
        store.failed(taken, "calculator broke", None)
        assert store.claim(0) is None
        assert not store.accept(item("i2"), ["event:E1"])

    def test_a_full_inbox_refuses_and_remembers_nothing_of_it(self, store):
        for number in range(50):
            store.accept(item(f"i{number}"), [f"event:E{number}"])
        with pytest.raises(InboxFull):
            store.accept(item("late"), ["event:late"])
        store.answered(store.claim(60))
        assert store.accept(item("late"), ["event:late"])


class TestOutbox:
    def test_a_message_is_sent_once(self, store):
        assert store.enqueue(post())
        assert not store.enqueue(post())
        taken = store.claim_post(60)
        assert taken == replace(post(), attempts=1)
        assert store.posted_ts("T1", "a1") is None
        store.posted(taken, "1700000000.000100")
        assert store.posted_ts("T1", "a1") == "1700000000.000100"
        assert store.claim_post(60) is None
        assert not store.enqueue(post())
        assert store.kept("T1", "a1") == taken

    def test_a_message_that_may_be_out_says_so_when_taken_again(self, store):
        store.enqueue(post())
        store.claim_post(0)
        assert store.claim_post(60).attempts == 2

    def test_a_refused_message_is_taken_again_later_as_if_for_the_first_time(self, store):
        store.enqueue(post())
        store.postpone(store.claim_post(60), "ratelimited", 0.05)
        assert store.claim_post(60) is None
        time.sleep(0.06)
        assert store.claim_post(60).attempts == 1

    def test_a_message_with_an_unknown_end_counts_as_tried(self, store):
        store.enqueue(post())
        store.postpone(store.claim_post(60), "connection lost", 0.0, maybe_out=True)
        assert store.claim_post(60).attempts == 2

    def test_a_draft_is_kept_and_not_sent(self, store):
        draft = replace(post(), draft=True)
        assert store.enqueue(draft)
        assert store.claim_post(0) is None
        assert store.kept("T1", "a1") == draft
        assert store.kept("T2", "a1") is None
        assert store.enqueue(replace(post("shared"), payload=draft.payload))
        assert store.claim_post(60).payload == draft.payload

    def test_a_dropped_message_is_not_sent_again(self, store):
        store.enqueue(post())
        store.drop(store.claim_post(60), "is_archived")
        assert store.claim_post(0) is None
        assert store.posted_ts("T1", "a1") is None


class TestUpkeep:
    def test_it_says_when_the_next_thing_is_due(self, store):
        assert store.next_due_s("inbox") is None
        store.accept(item(), ["event:E1"])
        assert store.next_due_s("inbox") == 0.0
        assert store.next_due_s("outbox") is None
        store.failed(store.claim(60), "later", 30.0)
        assert 29.0 < store.next_due_s("inbox") <= 30.0
        store.enqueue(post())
        assert store.next_due_s("outbox") == 0.0

    def test_old_keys_and_closed_rows_go_and_open_ones_and_answers_stay(self, store):
        store.accept(item("done"), ["event:done"])
        store.answered(store.claim(60), past(), post())
        store.posted(store.claim_post(60), "1.5")
        store.accept(item("open"), ["event:open"])
        assert store.prune(keep_s=3600) == 0
        assert store.prune(keep_s=-1) == 4  # two keys, one closed item, one posted message
        assert not store.seen("T1", ["event:done"])
        assert store.claim(60).id == "open"
        assert store.get("a1", looking()) is not None

    def test_threads_left_alone_go_last(self, store):
        store.keep_thread(PUBLIC, {"params": 7e9})
        store.prune(keep_s=-1)
        assert store.thread(PUBLIC) is not None
        assert store.prune(keep_threads_s=-1) == 1
        assert store.thread(PUBLIC) is None

    def test_a_sound_store_checks_out(self, store):
        store.record(past())
        store.check()
