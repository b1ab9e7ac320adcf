"""What every store must do with waiting questions and messages."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from knowledge.store import Item, Post
from knowledge.store.errors import InboxFull
from knowledge.visibility import Place, Viewer

PUBLIC = Place("T1", "C1", "public", thread="1.0")
LOOKING = Viewer("U2", Place("T1", "C1", "public"))


def item(id_: str = "i1", workspace: str = "T1") -> Item:
    return Item(workspace, id_, {"text": "7b fp16 能放下吗"})


def post(id_: str = "a1", workspace: str = "T1") -> Post:
    return Post(workspace, id_, "C1", {"text": "112 GB", "answer_id": id_}, thread="1.0")


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

    def test_an_answer_its_post_and_the_end_of_the_item_are_stored_together(self, store, past):
        store.accept(item(), ["event:E1"])
        taken = store.claim(0)
        again = store.claim(60)  # a second worker, after the lease of the first
        assert store.answered(again, past(), post())
        assert not store.answered(taken, past(text="late"), post("late"))
        assert store.get("a1", LOOKING).text == past().text
        assert store.claim_post(60).id == "a1"
        assert store.claim_post(60) is None

    def test_nobody_takes_the_message_that_the_caller_is_sending_itself(self, store, past):
        store.accept(item(), ["event:E1"])
        assert store.answered(store.claim(60), past(), post(), held_s=60)
        assert store.claim_post(60) is None
        assert store.release_leases() == 1  # the caller's process is gone
        assert store.claim_post(60).attempts == 2

    def test_a_message_that_was_queued_before_is_not_the_callers_to_send(self, store, past):
        store.accept(item(), ["event:E1"])
        taken = store.claim(60)
        store.enqueue(post())
        assert not store.answered(taken, past(), post(), held_s=60)
        assert store.claim_post(60).attempts == 1

    def test_nobody_takes_what_the_caller_is_answering_itself(self, store, past):
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
        late = store.claim(60)
        assert (late.id, late.attempts) == ("late", 2)

    def test_a_thread_moves_on_only_with_the_answer(self, store, past):
        store.keep_thread(PUBLIC, {"params": 7e9})
        store.accept(item(), ["event:E1"])
        taken = store.claim(60)
        assert store.answered(taken, past(), post(), {PUBLIC: {"params": 13e9}})
        assert not store.answered(taken, past(), post(), {PUBLIC: {"params": 70e9}})
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

    def test_what_may_not_be_lost_is_taken_by_a_full_inbox_too(self, store):
        for number in range(50):
            store.accept(item(f"i{number}"), [f"event:E{number}"])
        assert store.accept(item("farewell"), ["event:farewell"], limited=False)
        assert not store.accept(item("farewell"), ["event:farewell"], limited=False)
        with pytest.raises(InboxFull):
            store.accept(item("late"), ["event:late"])
        assert store.waiting("inbox") == 51


class TestOutbox:
    def test_what_was_given_up_may_be_queued_anew_and_nothing_else(self, store):
        assert store.enqueue(post(), again=True)
        assert not store.enqueue(post(), again=True)
        store.drop(store.claim_post(60), "used_url")
        assert not store.enqueue(post())
        assert store.enqueue(post(), again=True)
        taken = store.claim_post(60)
        assert taken.attempts == 1
        store.posted(taken, "1700000000.000100")
        assert not store.enqueue(post(), again=True)

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

    def test_old_keys_and_closed_rows_go_and_open_ones_and_answers_stay(self, store, past):
        store.accept(item("done"), ["event:done"])
        store.answered(store.claim(60), past(), post())
        store.posted(store.claim_post(60), "1.5")
        store.accept(item("open"), ["event:open"])
        assert store.prune(keep_s=3600) == 0
        assert store.prune(keep_s=-1) == 4  # two keys, one closed item, one posted message
        assert not store.seen("T1", ["event:done"])
        assert store.claim(60).id == "open"
        assert store.get("a1", LOOKING) is not None

    def test_threads_left_alone_go_last(self, store):
        store.keep_thread(PUBLIC, {"params": 7e9})
        store.prune(keep_s=-1)
        assert store.thread(PUBLIC) is not None
        assert store.prune(keep_threads_s=-1) == 1
        assert store.thread(PUBLIC) is None

    def test_a_sound_store_checks_out(self, store, past):
        store.record(past())
        store.check()
