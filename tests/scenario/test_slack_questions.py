"""What people ask in Slack gets one answer, in the right place, whatever Slack delivers."""

import pytest

from bot.fakeslack import DEFAULT_EVENTS, DEFAULT_SCOPES, Timing

MENTION_ONLY = frozenset({"app_mention", "message.im", "app_home_opened"})


async def test_a_mention_is_answered_in_its_thread(lab):
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "7b fp16")
    answer = await slack.wait_for_message(slack.channel, asked.ts)
    assert answer.thread_ts == asked.ts
    assert "You said: 7b fp16" in answer.text
    assert answer.blocks
    assert answer.metadata["event_type"] == "vrambot_answer"


async def test_a_mention_in_a_thread_is_answered_there(lab):
    slack = lab.slack
    root = await slack.user_says(slack.user, slack.channel, "lunch?")
    await slack.mention(slack.user, slack.channel, "7b", thread_ts=root.ts)
    answer = await slack.wait_for_message(slack.channel, root.ts)
    assert answer.thread_ts == root.ts


async def test_a_direct_message_is_answered(lab):
    slack = lab.slack
    asked = await slack.dm(slack.user, "7b 要多少显存")
    answer = await slack.wait_for_message(slack.direct_message(), asked.ts)
    assert "7b 要多少显存" in answer.text


async def test_a_mention_needs_one_call_of_the_web_api(start_lab):
    lab = await start_lab(events=MENTION_ONLY)
    slack = lab.slack
    await slack.settle()
    before = len(slack.calls)
    asked = await slack.mention(slack.user, slack.channel, "7b")
    await slack.wait_for_message(slack.channel, asked.ts)
    await slack.settle()
    assert [call.method for call in slack.calls[before:]] == ["chat.postMessage"]


async def test_a_mention_that_also_arrives_as_a_message_gives_one_answer(lab):
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "7b")
    await slack.wait_for_message(slack.channel, asked.ts)
    await slack.settle(0.2)
    kinds = sorted(delivery.event_type for delivery in slack.deliveries[:2])
    assert kinds == ["app_mention", "message"]
    assert len(slack.bot_messages(slack.channel, asked.ts)) == 1
    assert not slack.unacknowledged


async def test_a_repeated_delivery_is_acknowledged_and_not_answered_again(lab):
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "7b")
    await slack.wait_for_message(slack.channel, asked.ts)
    for delivery in list(slack.deliveries):
        assert (await slack.deliver_again(delivery)).acknowledged
    await slack.settle(0.2)
    assert len(slack.bot_messages(slack.channel, asked.ts)) == 1


async def test_the_same_words_twice_are_two_questions(lab):
    slack = lab.slack
    for _ in range(2):
        asked = await slack.mention(slack.user, slack.channel, "7b")
        await slack.wait_for_message(slack.channel, asked.ts)
    assert len(lab.answerer.asked) == 2


async def test_talk_without_a_mention_is_left_alone(lab):
    slack = lab.slack
    await slack.user_says(slack.user, slack.channel, "is 7b fp16 too large?")
    await slack.settle(0.2)
    assert not slack.bot_messages(slack.channel)
    assert not slack.unacknowledged


async def test_bots_are_never_answered(lab):
    slack = lab.slack
    other = slack.add_bot("otherbot")
    slack.channel.members.add(other.id)
    await slack.user_says(other, slack.channel, "@vrambot 7b", subtype="bot_message")
    await slack.user_says(other, slack.channel, "@vrambot 13b")
    await slack.settle(0.2)
    assert not slack.bot_messages(slack.channel)


async def test_edits_and_deletions_are_not_answered(lab):
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "7b")
    await slack.wait_for_message(slack.channel, asked.ts)
    await slack.edit(asked, "@vrambot 13b")
    await slack.delete(asked)
    await slack.settle(0.2)
    assert len(slack.bot_messages(slack.channel)) == 1
    assert not slack.unacknowledged


async def test_events_that_nobody_listens_to_are_acknowledged(lab):
    slack = lab.slack
    for kind in ("reaction_added", "team_join", "channel_rename", "no_such_event_yet"):
        slack.deliver_event(slack.workspace.id, {"type": kind, "user": slack.user.id})
    await slack.settle(0.2)
    assert not slack.unacknowledged


async def test_events_of_another_workspace_are_not_answered(lab):
    slack = lab.slack
    other = slack.add_workspace("elsewhere")
    user = slack.add_user("li", other)
    channel = slack.add_channel("general", members=[user], workspace=other)
    await slack.mention(user, channel, "7b")
    await slack.settle(0.2)
    assert not slack.bot_messages(channel)
    assert not lab.answerer.asked


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("a<b & c>d", "a<b & c>d"),
        ("see https://example.com/x?a=1&b=2 7b", "see https://example.com/x?a=1&b=2 7b"),
        ("@channel 7b", "@channel 7b"),
        ("@vrambot 7b", "7b"),
        ("  7b   fp16  ", "7b   fp16"),
        ("", ""),
        ("七十亿参数要多少显存", "七十亿参数要多少显存"),
    ],
)
async def test_the_question_is_what_was_typed(lab, typed, heard):
    slack = lab.slack
    await slack.mention(slack.user, slack.channel, typed)
    await slack.wait_for(lambda: lab.answerer.asked)
    assert lab.answerer.asked[0].text == heard


@pytest.mark.parametrize(
    "typed", ["@channel 7b", "@here 7b", "<!everyone> 7b", "@mei 7b", "a & <b> 7b", "x" * 30_000]
)
async def test_an_answer_never_pings_anyone(lab, typed):
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, typed)
    slack.world.pings.clear()
    await slack.wait_for_message(slack.channel, asked.ts)
    assert [ping for ping in slack.pings if ping.method == "chat.postMessage"] == []


@pytest.mark.parametrize(
    ("kind", "shared", "at_once"),
    [
        ("public", False, "private"),
        ("private", False, "private"),
        ("mpim", False, "private"),
        ("public", True, "external"),
    ],
)
async def test_a_channel_that_nothing_told_of_is_as_private_as_it_may_be(
    start_lab, kind, shared, at_once
):
    lab = await start_lab(events=MENTION_ONLY)
    slack = lab.slack
    channel = slack.add_channel("room", kind, ext_shared=shared)
    await slack.mention(slack.user, channel, "7b")
    await slack.wait_for_message(channel)
    asked = lab.answerer.asked[0]
    assert (asked.place.kind, asked.place.channel) == (at_once, channel.id)
    assert asked.place.workspace == slack.workspace.id


async def test_where_the_kind_of_channel_cannot_be_known_it_counts_as_private(start_lab):
    scopes = DEFAULT_SCOPES - {"channels:read", "channels:history", "groups:read"}
    lab = await start_lab(scopes=scopes)
    slack = lab.slack
    channel = slack.add_channel("later")
    await slack.mention(slack.user, channel, "7b")
    await slack.wait_for_message(channel)
    assert lab.answerer.asked[0].place.kind == "private"


async def test_the_answer_is_recorded_with_its_permalink(lab):
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "7b V100")
    answer = await slack.wait_for_message(slack.channel, asked.ts)
    past = lab.store.get(
        answer.metadata["event_payload"]["answer_id"], lab.answerer.asked[0].viewer
    )
    assert past.query == "7b V100"
    assert past.asker == slack.user.id
    assert past.permalink.endswith(f"/archives/{slack.channel.id}/p{asked.ts.replace('.', '')}")


async def test_no_listener_waits_for_the_web_api(start_lab):
    """Every call of the Web API takes long; every acknowledgement is there within a second."""
    lab = await start_lab(
        settings={"VRAMBOT_ACK_BUDGET_MS": 50},
        events=DEFAULT_EVENTS,
        timing=Timing(ack_timeout_s=1.0),
    )
    slack = lab.slack
    slack.faults.slow("*", 1.5, times=100)
    await slack.mention(slack.user, slack.channel, "7b")
    await slack.dm(slack.user, "13b")
    await slack.open_home()
    await slack.slash(slack.user, slack.channel, "/vram", "7b")
    await slack.slash(slack.user, slack.add_channel("new", with_bot=False), "/vram", "find 7b")
    await slack.settle()
    assert not slack.unacknowledged
    assert max(outcome.took_s for _, outcome in slack.acks) < 1.0


async def test_the_home_tab_is_shown(lab):
    slack = lab.slack
    await slack.open_home()
    home = await slack.wait_for(slack.home)
    assert "vrambot" in str(home["blocks"])
    await slack.open_home(tab="messages")
    await slack.settle()
    assert len(slack.calls_to("views.publish")) == 1


async def test_what_fails_three_times_gets_an_apology(start_lab, monkeypatch):
    monkeypatch.setattr("bot.slack.workers.RETRY_S", 0.01)
    lab = await start_lab()
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "broken")
    answer = await slack.wait_for_message(slack.channel, asked.ts)
    assert "went wrong" in answer.text
    assert "RuntimeError" not in answer.text
    assert len(lab.answerer.asked) == 3
    other = await slack.mention(slack.user, slack.channel, "7b")
    assert "7b" in (await slack.wait_for_message(slack.channel, other.ts)).text
