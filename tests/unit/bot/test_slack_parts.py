"""The small pure parts of the Slack face: wire text, verdicts, variants, kinds, turns, the pump."""

import asyncio

import pytest

from bot.slack.asked import Asked, answer_id, message_keys, workspace_of
from bot.slack.composing import words_to_find
from bot.slack.conversations import Conversations
from bot.slack.places import kind_of_channel, kind_of_event, kind_of_id
from bot.slack.pump import Pump, take_up_to
from bot.slack.wire import mentions, typed
from knowledge.store import NoHistory
from knowledge.visibility import Place

ASKED = Asked("a1", "T1", "U1", "C1", "7b", thread="1.0", ts="1.0")


class TestWire:
    @pytest.mark.parametrize(
        ("wire", "text"),
        [
            ("<@UBOT> 7b", "7b"),
            ("<@UBOT|vrambot>: 7b", "7b"),
            ("<@UBOT>，显存", "显存"),
            ("ask <@U2|mei> or <@U3>", "ask @mei or @U3"),
            ("<#C1|general>", "#general"),
            ("<!channel> <!subteam^S1|@gpu> <!date^1^{date}|today>", "@channel @gpu today"),
            ("<https://e.org/a?b=1&amp;c=2>", "https://e.org/a?b=1&c=2"),
            ("<https://e.org|e.org> <mailto:a@e.org>", "e.org a@e.org"),
            ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
            ("&amp;lt;", "&lt;"),
            ("7b < 13b", "7b < 13b"),
            ("<@UBOT>", ""),
            ("显存 &gt; 80GB", "显存 > 80GB"),
        ],
    )
    def test_it_reads_what_was_typed(self, wire, text):
        assert typed(wire, "UBOT") == text

    def test_it_takes_no_time_for_brackets_without_end(self):
        assert typed("<" * 40_000) == "<" * 40_000
        assert len(typed("x" * 90_000)) == 40_000

    def test_only_a_whole_mention_counts(self):
        assert mentions("hi <@UBOT>", "UBOT")
        assert mentions("hi <@UBOT|vrambot>", "UBOT")
        assert not mentions("hi <@UBOTTOM> @UBOT", "UBOT")


class TestKeys:
    def test_the_mention_and_the_message_share_a_key(self):
        first = message_keys({"event_id": "E1"}, "C1", "1.0")
        second = message_keys({"event_id": "E2"}, "C1", "1.0")
        assert set(first) & set(second) == {"message:C1:1.0"}

    def test_ids_differ_by_workspace_and_part(self):
        ids = {answer_id("T1", "a", "b"), answer_id("T2", "a", "b"), answer_id("T1", "ab", "")}
        assert len(ids) == 3
        assert answer_id("T1", "a", "b") == answer_id("T1", "a", "b")

    def test_the_workspace_is_the_one_whose_installation_is_asked(self):
        shared = {"team_id": "TOTHER", "authorizations": [{"team_id": "T1"}]}
        assert workspace_of(shared) == "T1"
        assert workspace_of({"team_id": "T1"}) == "T1"
        assert workspace_of({"team_id": "T1", "authorizations": []}) == "T1"

    def test_a_question_survives_the_inbox(self):
        assert Asked.from_payload(ASKED.item().payload) == ASKED
        older = {**ASKED.item().payload, "a_field_of_a_later_version": 1}
        assert Asked.from_payload(older) == ASKED


class TestFind:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("find 65B V100", "65B V100"),
            ("FIND  显存 ", "显存"),
            ("查找 显存", "显存"),
            ("find", ""),
            ("findings of 7b", None),
            ("7b find", None),
            ("", None),
        ],
    )
    def test_the_words_to_find(self, text, words):
        assert words_to_find(text) == words


class TestKinds:
    @pytest.mark.parametrize(
        ("event", "shared", "kind"),
        [
            ({"channel": "C1", "channel_type": "channel"}, False, "public"),
            ({"channel": "C1", "channel_type": "group"}, False, "private"),
            ({"channel": "G1", "channel_type": "mpim"}, False, "group"),
            ({"channel": "D1", "channel_type": "im"}, False, "dm"),
            ({"channel": "C1", "channel_type": "channel"}, True, "external"),
            ({"channel": "D1", "channel_type": "im"}, True, "external"),
            ({"channel": "C1"}, False, None),
            ({"channel": "G1"}, False, None),
            ({"channel": "C1", "channel_type": "channel", "user_team": "T2"}, False, "external"),
            ({"channel": "C1", "channel_type": "channel", "user_team": "T1"}, False, "public"),
        ],
    )
    def test_what_an_event_tells(self, event, shared, kind):
        body = {"event": event, "is_ext_shared_channel": shared, "team_id": "T1"}
        assert kind_of_event(body) == kind

    @pytest.mark.parametrize(
        ("channel", "kind"),
        [
            ({"is_private": False}, "public"),
            ({"is_private": True}, "private"),
            ({"is_private": False, "is_ext_shared": True}, "external"),
            ({"is_private": False, "is_org_shared": True}, "external"),
            ({"is_private": True, "is_pending_ext_shared": True}, "external"),
            ({"is_private": True, "is_mpim": True}, "group"),
            ({"is_im": True}, "dm"),
            ({}, "private"),
        ],
    )
    def test_what_a_channel_tells(self, channel, kind):
        assert kind_of_channel(channel) == kind

    def test_what_an_id_tells(self):
        assert [kind_of_id(one) for one in ("D1", "G1", "C1", "")] == ["dm", None, None, None]


class TestConversations:
    async def test_turns_of_one_conversation_wait_for_each_other(self):
        talk, order = Conversations(NoHistory()), []

        async def turn(name, place):
            async with talk.turn(place):
                order.append(f"{name} begins")
                await asyncio.sleep(0.02)
                order.append(f"{name} ends")

        place, other = (Place("T1", "C1", "public", thread) for thread in ("1.0", "2.0"))
        await asyncio.gather(turn("a", place), turn("b", place), turn("c", other))
        assert order.index("a ends") < order.index("b begins")
        assert order.index("c begins") < order.index("a ends")

    async def test_what_a_turn_leaves_behind_is_held_back_until_it_is_stored(self):
        history = NoHistory()
        talk = Conversations(history)
        seen_first = Place("T1", "C1", "external", "1.0")
        known_later = Place("T1", "C1", "public", "1.0")
        async with talk.turn(seen_first):
            talk.keep_thread(seen_first, {"params": 7e9})
            assert history.thread(seen_first) is None
            assert talk.left_behind(known_later) == {known_later: {"params": 7e9}}
        assert talk.left_behind(seen_first) == {}


class TestPump:
    async def test_it_handles_several_at_once_and_then_is_drained(self):
        waiting, done, together = list(range(10)), [], []
        running = 0

        async def take(limit):
            return take_up_to(limit, lambda: waiting.pop(0) if waiting else None, lambda: None)

        async def handle(row):
            nonlocal running
            running += 1
            together.append(running)
            await asyncio.sleep(0.01)
            running -= 1
            done.append(row)

        pump = Pump("test", take, handle, slots=3)
        pump.start()
        async with asyncio.timeout(5):
            await pump.drained()
        assert sorted(done) == list(range(10))
        assert max(together) == 3
        waiting.append(99)
        pump.ring()
        async with asyncio.timeout(0.5):
            while 99 not in done:
                await asyncio.sleep(0.005)
        await pump.stop()
        assert not pump.alive

    async def test_it_looks_again_when_a_row_becomes_due(self):
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        due_at = loop.time() + 0.1

        async def take(limit):
            wait_s = due_at - loop.time()
            return ([], wait_s) if wait_s > 0 else ([] if done.is_set() else ["row"], None)

        async def handle(row):
            done.set()

        pump = Pump("test", take, handle, slots=2)
        pump.start()
        async with asyncio.timeout(0.6):
            await done.wait()
        await pump.stop()

    async def test_a_row_that_fails_does_not_stop_it(self):
        waiting, done = [1, 2, 3], []

        async def take(limit):
            return take_up_to(limit, lambda: waiting.pop(0) if waiting else None, lambda: None)

        async def handle(row):
            if row == 2:
                raise RuntimeError("a fault")
            done.append(row)

        pump = Pump("test", take, handle, slots=1)
        pump.start()
        async with asyncio.timeout(5):
            await pump.drained()
        await pump.stop()
        assert done == [1, 3]

    async def test_a_row_stored_with_a_slot_free_is_handled_without_a_claim(self):
        taken, done = [], []
        started, release = asyncio.Event(), asyncio.Event()

        async def take(limit):
            rows = [taken.pop()] if taken else []
            return rows, None

        async def handle(row):
            started.set()
            await release.wait()
            done.append(row)

        pump = Pump("test", take, handle, slots=1)
        pump.start()
        with pump.slot() as slot:
            assert slot.free
            with pump.slot() as none_left:
                assert not none_left.free
            slot.stored("direct")
        async with asyncio.timeout(5):
            await started.wait()
            with pump.slot() as busy:
                assert not busy.free
                taken.append("queued")
                busy.stored("queued")
            release.set()
            await pump.drained()
        await pump.stop()
        assert done == ["direct", "queued"]

    async def test_a_slot_that_was_not_used_is_free_again(self):
        taken, done = ["row"], asyncio.Event()

        async def take(limit):
            return ([taken.pop()] if taken else []), None

        async def handle(row):
            done.set()

        pump = Pump("test", take, handle, slots=1)
        with pump.slot():
            pump.start()
            await asyncio.sleep(0.01)
            assert taken
        async with asyncio.timeout(0.5):
            await done.wait()
        await pump.stop()
