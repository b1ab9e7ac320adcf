"""The small pure parts of the Slack face: wire text, verdicts, variants, kinds, turns, the pump."""

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.answer import Answer, Choice
from bot.fakeslack import check_blocks
from bot.slack import verdicts
from bot.slack.asked import Asked, answer_id, message_keys
from bot.slack.composing import words_to_find
from bot.slack.conversations import Conversations
from bot.slack.places import _kind_of_channel, kind_of_event, kind_of_id
from bot.slack.pump import Pump, take_up_to
from bot.slack.replies import conversation_of, payload_of, permalink, variants
from bot.slack.wire import mentions, typed
from knowledge.store import NoHistory
from knowledge.visibility import Place

ASKED = Asked("a1", "T1", "U1", "C1", "7b", thread="1.0", ts="1.0")


class TestWire:
    @pytest.mark.parametrize(
        ("wire", "text"),
        [
            ("<@UBOT> 7b", "7b"),
            ("<@UBOT|vrambot>: 7b", ": 7b"),
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
            ({"channel": "G1"}, False, "private"),
        ],
    )
    def test_what_an_event_tells(self, event, shared, kind):
        assert kind_of_event({"event": event, "is_ext_shared_channel": shared}) == kind

    @pytest.mark.parametrize(
        ("channel", "kind"),
        [
            ({"is_private": False}, "public"),
            ({"is_private": True}, "private"),
            ({"is_private": False, "is_ext_shared": True}, "external"),
            ({"is_private": False, "is_org_shared": True}, "external"),
            ({"is_private": True, "is_mpim": True}, "group"),
            ({"is_im": True}, "dm"),
            ({}, "private"),
        ],
    )
    def test_what_a_channel_tells(self, channel, kind):
        assert _kind_of_channel(channel) == kind

    def test_what_an_id_tells(self):
        assert [kind_of_id(one) for one in ("D1", "G1", "C1", "")] == ["dm", "private", None, None]


def refused(error="", status=200, headers=None):
    response = AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="",
        req_args={},
        data={"ok": False, "error": error},
        headers=headers or {},
        status_code=status,
    )
    return SlackApiError("refused", response)


class TestVerdicts:
    @pytest.mark.parametrize(
        ("error", "step", "maybe_out"),
        [
            (refused("ratelimited", 429, {"Retry-After": "7"}), "retry", False),
            (refused("invalid_blocks"), "simpler", False),
            (refused("msg_blocks_too_long"), "simpler", False),
            (refused("invalid_metadata_format"), "bare", False),
            (refused("invalid_auth"), "stop", False),
            (refused("channel_not_found"), "drop", False),
            (refused("is_archived"), "drop", False),
            (refused("missing_scope"), "drop", False),
            (refused("an_error_of_tomorrow"), "drop", False),
            (refused("internal_error"), "retry", True),
            (refused("", 503), "retry", True),
        ],
    )
    def test_of_the_web_api(self, error, step, maybe_out):
        refusal = verdicts.of_api(error, attempts=1)
        assert (refusal.step, refusal.maybe_out) == (step, maybe_out)

    def test_a_rate_limit_waits_as_long_as_it_says(self):
        assert verdicts.of_api(refused("ratelimited", 429, {"Retry-After": "7"}), 1).wait_s == 7
        for header, wait_s in ((None, 30), ("soon", 30), ("0", 1), ("1e9", 3_600)):
            assert verdicts.retry_after_s(header) == wait_s

    def test_waits_double_up_to_five_minutes(self):
        waits = [verdicts.backoff_s(attempts) for attempts in (1, 2, 3, 4, 9, 50)]
        assert waits == [2, 4, 8, 16, 300, 300]

    @pytest.mark.parametrize(
        ("status", "body", "step"),
        [
            (404, "used_url", "drop"),
            (400, "invalid_blocks", "simpler"),
            (500, "", "retry"),
            (429, "", "retry"),
        ],
    )
    def test_of_a_response_url(self, status, body, step):
        assert verdicts.of_webhook(status, body, "3", 1).step == step
        assert verdicts.of_webhook(200, "ok", None, 1) is None

    def test_only_what_never_connected_is_surely_not_out(self):
        never = aiohttp.ClientConnectorError(None, OSError("refused"))
        assert not verdicts.of_network(never, 1).maybe_out
        assert verdicts.of_network(aiohttp.ServerDisconnectedError(), 1).maybe_out
        assert verdicts.of_network(TimeoutError(), 1).maybe_out


def answered(message="14 GB", **changes):
    whole = {"query": "7b", "language": "en", "kind": "clarify", "score": 1.0}
    return Answer(**{**whole, "message": message, **changes})


class TestReplies:
    def test_the_variants_go_from_rich_to_bare_text(self):
        payload = payload_of(answered(), ASKED, private=False)
        tried = variants(payload)
        assert [bool(one.get("blocks")) for one in tried] == [True, True, False, False]
        assert all(one["text"] for one in tried)

    def test_long_text_is_cut_beside_blocks_and_whole_alone(self):
        payload = payload_of(answered("x" * 9_000), ASKED, private=False)
        rich, _, alone, short = variants(payload)
        assert len(rich["text"]) == len(short["text"]) == 3_900
        assert len(alone["text"]) == 9_000

    def test_a_cut_never_splits_an_escaped_character(self):
        for padding in range(3_885, 3_900):
            payload = payload_of(answered("x" * padding + "<<<<"), ASKED, private=False)
            text = variants(payload)[0]["text"]
            assert len(text) <= 3_900
            assert text.rstrip("…").replace("&lt;", "").strip("x") == ""

    def test_what_a_user_wrote_is_escaped(self):
        payload = payload_of(answered("<!channel> & <@U1>"), ASKED, private=False)
        assert payload["text"].startswith("&lt;!channel&gt; &amp; &lt;@U1&gt;")

    def test_every_set_of_blocks_is_one_that_slack_takes(self):
        choices = tuple(Choice(f"choice {n}", f"{n}b") for n in range(9))
        for private in (True, False):
            payload = payload_of(answered(choices=choices), ASKED, private=private)
            for one in payload["blocks"]:
                check_blocks(one)

    def test_private_buttons_note_the_conversation(self):
        asked = Asked("a1", "T1", "U1", "C1", "7b", thread="command-a1", response_url="https://x")
        payload = payload_of(answered(choices=(Choice("7B", "7b"),)), asked, private=True)
        noted = {
            conversation_of(block["block_id"])
            for block in payload["blocks"][1]
            if block["type"] == "actions"
        }
        assert noted == {"command-a1"}
        assert conversation_of("abc") is None

    def test_the_permalink_leads_to_the_question(self):
        assert permalink("https://lab.slack.com/", ASKED) == (
            "https://lab.slack.com/archives/C1/p10"
        )
        reply = Asked("a", "T1", "U1", "C1", "7b", thread="1.0", ts="2.5")
        assert permalink("https://lab.slack.com/", reply) == (
            "https://lab.slack.com/archives/C1/p25?thread_ts=1.0&cid=C1"
        )
        assert permalink("", ASKED) is None


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
            assert talk.left_behind(known_later) == {"params": 7e9}
        assert talk.left_behind(seen_first) is None


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
