"""Refusals of Slack and what they mean; an answer as the messages to try."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.answer import Answer, Choice
from bot.answering import Answerer
from bot.fakeslack import check_blocks
from bot.fakeslack.limits.blocks import NEWER_BLOCKS
from bot.question import Question
from bot.rendering import plain_text
from bot.rendering.actions import CHANGE, FEEDBACK_BAD, FEEDBACK_GOOD, SAVE, SHARE, WORKING
from bot.rendering.plainer import plainer
from bot.slack import verdicts
from bot.slack.asked import Asked
from bot.slack.replies import acknowledgement, conversation_of, payload_of, permalink, variants

ASKED = Asked("a1", "T1", "U1", "C1", "7b", thread="1.0", ts="1.0")


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


def buttons(blocks):
    return [one for block in blocks if block["type"] == "actions" for one in block["elements"]]


def payload(answer, asked=ASKED, *, private=False):
    return payload_of(answer, asked, plain_text(answer), private=private)


class TestReplies:
    def test_the_variants_go_from_rich_to_bare_text(self):
        tried = list(variants(payload(answered())))
        assert [bool(one.get("blocks")) for one in tried] == [True, True, False, False]
        assert all(one["text"] for one in tried)

    def test_long_text_is_cut_beside_blocks_and_whole_alone(self):
        rich, _, alone, short = variants(payload(answered("x" * 9_000)))
        assert len(rich["text"]) == len(short["text"]) == 3_900
        assert len(alone["text"]) == 9_000

    def test_a_cut_never_splits_an_escaped_character(self):
        for padding in range(3_885, 3_900):
            text = next(variants(payload(answered("x" * padding + "<<<<"))))["text"]
            assert len(text) <= 3_900
            assert text.rstrip("…").replace("&lt;", "").strip("x") == ""

    def test_what_a_user_wrote_is_escaped(self):
        shown = payload(answered("<!channel> & <@U1>"))
        assert shown["text"].startswith("&lt;!channel&gt; &amp; &lt;@U1&gt;")

    def test_every_set_of_blocks_is_one_that_slack_takes(self):
        choices = tuple(Choice(f"choice {n}", f"{n}b") for n in range(9))
        for private in (True, False):
            rich = payload(answered(choices=choices), private=private)["blocks"]
            check_blocks(rich)
            check_blocks(plainer(rich))

    @pytest.mark.parametrize("question", ["7b fp16 adamw training memory", "tf32 多少位"])
    def test_the_plainer_blocks_say_the_same_without_the_newer_ones(self, question):
        answer = Answerer().answer(Question(question))
        rich = payload(answer, private=True)["blocks"]
        plain = plainer(rich)
        check_blocks(plain)
        assert not {block["type"] for block in plain} & NEWER_BLOCKS
        offered = {button["action_id"]: button["value"] for button in buttons(plain)}
        usual = (WORKING, CHANGE, SHARE, SAVE, FEEDBACK_GOOD, FEEDBACK_BAD)
        expected = usual if "7b" in question else usual[1:]
        assert offered == dict.fromkeys(expected, "a1")

    def test_blocks_over_the_budget_of_a_message_are_not_tried(self):
        """Slack has refused 11,341 characters in classic blocks and 13,200 in all."""
        section = {"type": "section", "text": {"type": "mrkdwn", "text": "w" * 2_900}}
        four, three = [section] * 4, [section] * 3
        assert [bool(one.get("blocks")) for one in variants({"text": "t", "blocks": four})] == [
            False,
            False,
        ]
        assert next(variants({"text": "t", "blocks": three}))["blocks"] == three
        assert acknowledgement({"text": "t", "blocks": four})["blocks"] == []
        check_blocks(three)

    def test_a_table_becomes_aligned_rows(self):
        rich = payload(Answerer().answer(Question("7b fp16 adamw training memory")))["blocks"]
        rows = next(block for block in rich if block["type"] == "table")["rows"]
        shown = str(plainer(rich))
        assert all(cell["text"].split(" (")[0] in shown for row in rows for cell in row)

    def test_private_buttons_note_the_conversation(self):
        asked = Asked("a1", "T1", "U1", "C1", "7b", thread="command-a1", response_url="https://x")
        rich = payload(answered(choices=(Choice("7B", "7b"),)), asked, private=True)["blocks"]
        noted = {
            conversation_of(block["block_id"])
            for block in (*rich, *plainer(rich))
            if "block_id" in block
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
