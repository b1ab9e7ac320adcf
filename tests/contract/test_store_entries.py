"""What every store must do with a team's own entries: versions, drafts, open questions."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from knowledge.entries import Bilingual, Entry, EntrySource, Ways
from knowledge.store.entries import Draft
from knowledge.store.errors import EntryConflict, UnknownEntry
from knowledge.visibility import Place, Viewer

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def entry(body: str = "Ask the platform team.", id_: str = "our-cluster") -> Entry:
    return Entry(
        id=id_,
        title=Bilingual(en="Our cluster", zh="我们的集群"),
        ask=Ways(en=("which cards do we have",), zh=("我们有哪些卡",)),
        sources=(EntrySource(title="the team"),),
        reviewed=date(2026, 3, 1),
        body=Bilingual(en=body, zh="问平台组。"),
    )


def draft(id_: str = "d1", body: str = "new text", **changes) -> Draft:
    whole = Draft(id=id_, entry=entry(body), author="U1", saved_at=NOON)
    return replace(whole, **changes)


def looking(channel: str = "C1", kind: str = "public", workspace: str = "T1") -> Viewer:
    return Viewer("U9", Place(workspace, channel, kind))


class TestVersions:
    def test_a_workspace_without_entries_has_no_changes(self, store):
        assert store.entry_changes("T1") == 0
        assert store.changed_entries("T1") == []

    def test_each_change_is_a_version_with_who_and_what(self, store):
        first = store.add_version("T1", entry("one"), 0, "U1")
        second = store.add_version("T1", entry("two"), 1, "U2", "import")
        assert (first.number, second.number) == (1, 2)
        versions = store.entry_versions("T1", "our-cluster")
        assert versions == [second, first]
        assert [(one.author, one.action) for one in versions] == [
            ("U2", "import"),
            ("U1", "publish"),
        ]
        assert abs(second.made_at - datetime.now(UTC)) < timedelta(minutes=1)

    def test_an_edit_of_an_older_version_is_refused(self, store):
        store.add_version("T1", entry("one"), 0, "U1")
        store.add_version("T1", entry("two"), 1, "U1")
        with pytest.raises(EntryConflict) as caught:
            store.add_version("T1", entry("three"), 1, "U2")
        assert caught.value.newest == 2
        assert store.changed_entries("T1")[0].entry == entry("two")

    def test_undo_is_a_new_version_with_the_old_text(self, store):
        store.add_version("T1", entry("one"), 0, "U1")
        store.add_version("T1", entry("two"), 1, "U1")
        undone = store.undo_entry("T1", "our-cluster", "U2")
        assert (undone.number, undone.entry, undone.action) == (3, entry("one"), "undo")
        assert store.undo_entry("T1", "our-cluster", "U2").entry == entry("two")
        assert store.undo_entry("T1", "our-cluster", "U2", to=1).entry == entry("one")

    def test_two_clicks_undo_once(self, store):
        store.add_version("T1", entry("one"), 0, "U1")
        store.add_version("T1", entry("two"), 1, "U1")
        store.undo_entry("T1", "our-cluster", "U2", to=1, based_on=2)
        with pytest.raises(EntryConflict):
            store.undo_entry("T1", "our-cluster", "U2", to=1, based_on=2)
        assert store.undo_entry("T1", "our-cluster", "U2", to=0, based_on=3).entry is None

    def test_undoing_the_first_version_withdraws_the_entry(self, store):
        store.add_version("T1", entry(), 0, "U1")
        assert store.undo_entry("T1", "our-cluster", "U1").entry is None
        assert store.undo_entry("T1", "our-cluster", "U1").entry == entry()

    def test_a_withdrawn_entry_keeps_its_versions(self, store):
        store.add_version("T1", entry(), 0, "U1")
        gone = store.withdraw_entry("T1", "our-cluster", "U2")
        assert (gone.number, gone.entry) == (2, None)
        assert store.withdraw_entry("T1", "our-cluster", "U2") == gone
        assert len(store.entry_versions("T1", "our-cluster")) == 2
        with pytest.raises(EntryConflict):
            store.add_version("T1", entry("edited meanwhile"), 1, "U1")
        assert store.add_version("T1", entry("anew"), 0, "U1").number == 3

    def test_only_what_changed_is_read_again(self, store):
        store.add_version("T1", entry("a", "a"), 0, "U1")
        store.add_version("T1", entry("b", "b"), 0, "U1")
        seen = store.entry_changes("T1")
        store.add_version("T1", entry("b2", "b"), 1, "U1")
        assert [one.entry_id for one in store.changed_entries("T1", seen)] == ["b"]
        assert [one.entry_id for one in store.changed_entries("T1")] == ["a", "b"]

    def test_the_workspaces_with_entries_are_known(self, store):
        assert store.entry_workspaces() == []
        store.add_version("T1", entry(), 0, "U1")
        store.add_version("T2", entry(), 0, "U1")
        assert store.entry_workspaces() == ["T2", "T1"]

    def test_workspaces_share_nothing(self, store):
        store.add_version("T1", entry(), 0, "U1")
        store.save_draft("T1", draft(state="proposed"))
        assert store.entry_changes("T2") == 0
        assert store.entry_versions("T2", "our-cluster") == []
        assert store.drafts("T2") == []
        assert store.draft("T2", "d1") is None
        store.add_version("T2", entry("of the other"), 0, "U1")
        assert store.changed_entries("T1")[0].entry == entry()

    @pytest.mark.parametrize("call", ["undo_entry", "withdraw_entry"])
    def test_an_unknown_entry_is_said(self, store, call):
        with pytest.raises(UnknownEntry):
            getattr(store, call)("T1", "nothing", "U1")

    def test_another_process_sees_the_change(self, opener):
        one, other = opener(), opener()
        one.add_version("T1", entry(), 0, "U1")
        assert other.entry_changes("T1") == 1
        one.close()
        other.close()


class TestDrafts:
    def test_a_draft_comes_back_as_it_went_in(self, store):
        whole = draft(state="proposed", answers=("a1",), replaces=True, based_on=3)
        assert store.save_draft("T1", whole)
        assert store.draft("T1", "d1") == whole
        assert store.drafts("T1") == [whole]

    def test_one_that_is_being_written_is_not_listed(self, store):
        store.save_draft("T1", draft())
        assert store.drafts("T1") == []
        assert store.drafts("T1", ["open"]) == [draft()]

    def test_publishing_makes_a_version_once(self, store):
        store.save_draft("T1", draft())
        made = store.publish_draft("T1", "d1", "U2")
        assert (made.entry, made.author) == (entry("new text"), "U2")
        assert store.publish_draft("T1", "d1", "U2") == made
        assert store.entry_changes("T1") == 1

    def test_a_closed_draft_is_not_written_over(self, store):
        store.save_draft("T1", draft())
        store.publish_draft("T1", "d1", "U2")
        assert not store.save_draft("T1", draft(body="late"))

    def test_two_who_edit_the_same_version_lose_nothing(self, store):
        store.add_version("T1", entry("one"), 0, "U1")
        store.save_draft("T1", draft("mine", "mine", based_on=1))
        store.save_draft("T1", draft("theirs", "theirs", based_on=1, author="U2"))
        store.publish_draft("T1", "theirs", "U2")
        with pytest.raises(EntryConflict):
            store.publish_draft("T1", "mine", "U1")
        (kept,) = store.drafts("T1")
        assert (kept.state, kept.entry.body.en) == ("conflict", "mine")
        assert store.changed_entries("T1")[0].entry.body.en == "theirs"

    def test_a_dropped_draft_cannot_be_published(self, store):
        store.save_draft("T1", draft())
        assert store.drop_draft("T1", "d1")
        assert not store.drop_draft("T1", "d1")
        with pytest.raises(UnknownEntry):
            store.publish_draft("T1", "d1", "U1")


class TestOpenQuestions:
    @pytest.fixture
    def ask(self, store, past):
        def asking(id_, query, minutes=0, place=None, kind="unknown"):
            at = NOON + timedelta(minutes=minutes)
            place = place or Place("T1", "C1", "public")
            store.record(past(id_, query, kind=kind, asked_at=at, place=place))

        return asking

    def test_nearly_the_same_questions_are_one(self, store, ask):
        ask("a", "how do I book a node on our cluster", 1)
        ask("b", "How do I book a node on our cluster?", 2)
        ask("c", "why is my validation loss flat", 3)
        first, second = store.open_questions(looking())
        assert (first.query, first.count) == ("why is my validation loss flat", 1)
        assert (second.answers, second.asked_at) == (("b", "a"), NOON + timedelta(minutes=2))

    def test_other_numbers_are_another_question(self, store, ask):
        ask("a", "can 4 cards of type foo do it", 1)
        ask("b", "can 8 cards of type foo do it", 2)
        assert len(store.open_questions(looking())) == 2

    def test_an_answer_that_was_bad_is_listed(self, store, ask):
        ask("a", "what is tf32", kind="faq")
        assert store.open_questions(looking()) == []
        store.feedback("a", "U1", "bad", workspace="T1")
        assert store.open_questions(looking())[0].bad == 1

    @pytest.mark.parametrize("kind", ["private", "group", "dm", "external"])
    def test_private_questions_stay_in_their_conversation(self, store, ask, kind):
        ask("a", "a secret question", place=Place("T1", "C7", kind))
        assert store.open_questions(looking()) == []
        assert store.open_questions(looking(workspace="T2")) == []
        assert len(store.open_questions(looking("C7", kind))) == 1

    def test_from_a_shared_channel_nothing_else_is_seen(self, store, ask):
        ask("a", "a question of ours")
        assert store.open_questions(looking("C8", "external")) == []

    def test_a_dismissed_question_stays_away(self, store, ask):
        ask("a", "what is for lunch today")
        assert store.settle_questions("T1", ["a", "unknown"], "U1", "dismissed") == 1
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        ask("b", "What is for lunch today?", (tomorrow - NOON).total_seconds() / 60)
        assert store.open_questions(looking()) == []

    def test_an_answered_question_comes_back_when_it_is_asked_again(self, store, ask):
        ask("a", "how do I book a node")
        store.save_draft("T1", draft(answers=("a",)))
        store.publish_draft("T1", "d1", "U1")
        assert store.open_questions(looking()) == []
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        ask("b", "how do I book a node?", (tomorrow - NOON).total_seconds() / 60)
        assert store.open_questions(looking())[0].answers == ("b",)
