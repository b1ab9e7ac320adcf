"""Deleting a workspace or a person: all of theirs, and nothing of anybody else's."""

from datetime import UTC, datetime, timedelta

import pytest

from knowledge.store import Item, Post
from knowledge.store.erasure import FORMER_MEMBER
from knowledge.store.personal import owner_of
from knowledge.visibility import Place, Viewer

MEI, WEI = "U0MEI", "U0WEI"


def place(workspace="T1", channel="C1", kind="public", thread="1.0"):
    return Place(workspace, channel, kind, thread)


def fill(store, past, workspace):
    """Store something of Mei and of Wei in every way that a store has."""
    for user in (MEI, WEI):
        tag = f"{workspace}-{user}"
        asked = past(
            tag, f"can 8 cards of {user.lower()} train 65B?", asker=user, place=place(workspace)
        )
        store.record(asked)
        store.feedback(tag, MEI, "good", workspace=workspace)
        store.feedback(tag, WEI, "bad", "why so", workspace=workspace)
        store.save(workspace, user, tag)
        store.prefer(workspace, owner_of("user", user), {"gpu": "a100"}, user)
        store.prefer(workspace, owner_of("channel", f"C-{user}"), {"gpu": "h100"}, user)
        store.keep_thread(place(workspace, f"D-{user}", "dm", None), {"model": "7b"})
        store.record(past(f"{tag}-dm", "7b", asker=user, place=place(workspace, f"D-{user}", "dm")))
        store.keep_thread(place(workspace, f"D-{user}", "dm", "1.0"), {"model": "7b"})
        item = Item(workspace, f"{tag}-waiting", {"task": "question", "user": user, "text": "7b"})
        store.accept(item, [f"action:{user}:1.0:ask", f"message:{tag}"])
        store.enqueue(Post(workspace, tag, "C1", {"text": "112 GB"}, "1.0"))
        store.enqueue(Post(workspace, f"{tag}-share", "C1", {"text": f"Shared by <@{user}>"}))
    store.keep_thread(place(workspace), {"model": "65b"})


@pytest.fixture
def filled(store, past):
    for workspace in ("T1", "T2"):
        fill(store, past, workspace)
    return store


def seen_by(user, workspace="T1", channel="C1"):
    return Viewer(user, place(workspace, channel))


def rows_of(store, user, workspace="T1"):
    return {name: len(rows) for name, rows in store.export_person(workspace, user).items()}


class TestAPerson:
    def test_an_export_has_all_of_theirs(self, filled):
        found = filled.export_person("T1", MEI)
        assert {row["id"] for row in found["answers"]} == {f"T1-{MEI}", f"T1-{MEI}-dm"}
        assert {row["answer_id"] for row in found["feedback"]} == {f"T1-{MEI}", f"T1-{WEI}"}
        assert [row["answer_id"] for row in found["saved"]] == [f"T1-{MEI}"]
        assert {row["owner"] for row in found["preferences"]} == {f"user:{MEI}", f"channel:C-{MEI}"}
        assert [row["id"] for row in found["inbox"]] == [f"T1-{MEI}-waiting"]
        assert {row["id"] for row in found["outbox"]} == {f"T1-{MEI}", f"T1-{MEI}-share"}
        assert {row["channel"] for row in found["threads"]} == {f"D-{MEI}"}
        assert [row["key"] for row in found["seen"]] == [f"action:{MEI}:1.0:ask"]

    def test_an_export_has_nothing_of_others_and_of_other_workspaces(self, filled):
        found = filled.export_person("T1", MEI)
        assert {row["workspace"] for rows in found.values() for row in rows} == {"T1"}
        assert WEI not in str({**found, "feedback": []})
        assert filled.export_person("T1", "U0NOBODY") == {}

    def test_an_export_is_read_not_quoted(self, filled):
        (answer,) = [
            row for row in filled.export_person("T1", MEI)["answers"] if row["channel"] == "C1"
        ]
        assert answer["answer"]["value"] == 1040.0
        assert "query_tokens" not in answer

    def test_an_export_has_no_reply_addresses(self, store):
        payload = {"user": MEI, "response_url": "https://hooks.slack.com/commands/secret"}
        store.accept(Item("T1", "i1", payload), ["k"])
        assert "hooks" not in str(store.export_person("T1", MEI))

    def test_deleting_takes_all_of_it(self, filled):
        filled.forget_person("T1", MEI)
        assert filled.export_person("T1", MEI) == {}

    def test_deleting_leaves_everybody_else_alone(self, filled):
        before, elsewhere = rows_of(filled, WEI), rows_of(filled, MEI, "T2")
        filled.forget_person("T1", MEI)
        # Wei's verdict on Mei's answer goes with that answer; a thread both asked in is Wei's now.
        less = {"feedback": before["feedback"] - 1, "threads": before["threads"] + 1}
        assert rows_of(filled, WEI) == {**before, **less}
        assert rows_of(filled, MEI, "T2") == elsewhere

    def test_a_deleted_answer_is_found_by_nobody(self, filled):
        assert filled.search(MEI.lower(), seen_by(WEI))
        filled.forget_person("T1", MEI)
        assert all(past.asker == WEI for past in filled.search(MEI.lower(), seen_by(WEI)))
        assert filled.get(f"T1-{MEI}", seen_by(WEI)) is None

    def test_what_a_channel_chose_stays_without_the_name(self, filled):
        filled.forget_person("T1", MEI)
        assert filled.preferences("T1", owner_of("channel", f"C-{MEI}")) == {"gpu": "h100"}
        assert FORMER_MEMBER in str(filled.export_person("T1", FORMER_MEMBER)["preferences"])

    def test_a_thread_in_which_others_asked_too_stays(self, filled):
        filled.forget_person("T1", MEI)
        assert filled.thread(place()) == {"model": "65b"}

    def test_an_answer_that_is_being_made_is_not_stored_afterwards(self, filled, past):
        item = filled.claim(60.0)
        while item.payload["user"] != MEI:
            item = filled.claim(60.0)
        filled.forget_person(item.workspace, MEI)
        late = past("late", asker=MEI, place=place(item.workspace))
        assert not filled.answered(item, late, Post(item.workspace, "late", "C1"))
        assert filled.get("late", seen_by(MEI, item.workspace)) is None

    def test_keys_that_hold_the_id_go_too(self, store):
        keys = [f"action:{MEI}:1:ask", f"prompts:{MEI}", f"{MEI}:shared", f"action:{WEI}:1:ask"]
        store.accept(Item("T1", "i1", {"user": WEI}), keys)
        store.forget_person("T1", MEI)
        left = [key for key in keys if store.seen("T1", [key])]
        assert left == [f"action:{WEI}:1:ask"]

    def test_a_longer_id_is_another_person(self, store, past):
        store.record(past("a1", asker=MEI + "2", place=place()))
        store.accept(Item("T1", "i1", {"user": MEI + "2"}), ["k"])
        store.forget_person("T1", MEI)
        assert rows_of(store, MEI + "2") == {"answers": 1, "inbox": 1}

    def test_a_question_about_somebody_is_not_theirs(self, store):
        store.accept(Item("T1", "i1", {"user": WEI, "text": f"@{MEI} asked: 7b"}), ["k"])
        store.forget_person("T1", MEI)
        assert rows_of(store, WEI) == {"inbox": 1}


class TestAWorkspace:
    def test_deleting_takes_all_of_it_and_nothing_else(self, filled):
        kept = {user: rows_of(filled, user, "T2") for user in (MEI, WEI)}
        deleted = filled.forget_workspace("T1")
        assert deleted["answers"] == 4
        for user in (MEI, WEI):
            assert filled.export_person("T1", user) == {}
            assert rows_of(filled, user, "T2") == kept[user]
        assert filled.thread(place("T1")) is None
        assert filled.thread(place("T2")) == {"model": "65b"}
        assert not filled.search("65B", seen_by(MEI, "T1"))

    def test_an_organisation_takes_its_workspaces_with_it(self, filled):
        filled.serve_from_org("T1", "E1")
        filled.forget_workspace("E1")
        assert filled.export_person("T1", MEI) == {}
        assert filled.export_person("T2", MEI) != {}


class TestRetention:
    def test_answers_stay_unless_a_period_is_set(self, filled):
        filled.prune(keep_s=0.0)
        assert filled.get(f"T1-{MEI}", seen_by(MEI)) is not None

    def test_answers_older_than_the_period_go_with_their_feedback(self, store, past):
        now = datetime.now(UTC)
        store.record(past("old", asked_at=now - timedelta(days=31)))
        store.record(past("new", asked_at=now - timedelta(days=29)))
        store.feedback("old", MEI, "good")
        store.prune(keep_answers_s=30 * 86_400.0)
        assert store.get("old", seen_by("U1")) is None
        assert store.get("new", seen_by("U1")) is not None
        assert store.verdicts("T1", "old") == {}
        assert [past.id for past in store.search("65B", seen_by("U1"))] == ["new"]

    def test_many_old_answers_go_at_once(self, store, past, monkeypatch):
        monkeypatch.setattr("knowledge.store.sqlite.AT_ONCE", 3)
        for number in range(7):
            store.record(past(f"old{number}"))
        assert store.prune(keep_answers_s=60.0) == 7
        assert store.search("65B", seen_by("U1")) == []
