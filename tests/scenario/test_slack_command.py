"""``/vram``: answered inside the acknowledgement, private first, shared by the asker alone."""

import asyncio
import sqlite3

import pytest

from bot.fakeslack import DEFAULT_SCOPES, Timing
from bot.rendering.actions import ASK, FEEDBACK_BAD, FEEDBACK_GOOD, SHARE
from knowledge.store import Item

IMPATIENT = {"VRAMBOT_ACK_BUDGET_MS": 30}


def shared_in(slack, channel):
    return [one for one in slack.bot_messages(channel) if "Shared by" in one.text]


async def test_a_fast_answer_rides_in_the_acknowledgement(lab):
    slack = lab.slack
    await slack.settle()
    before = len(slack.calls)
    reply = await slack.slash(slack.user, slack.channel, "/vram", "7b fp16 adamw")
    assert "You said: 7b fp16 adamw" in reply.message.text
    assert reply.message.ephemeral_to == slack.user.id
    assert reply.message.blocks
    await slack.settle(0.2)
    assert slack.calls[before:] == []
    assert not slack.bot_messages(slack.channel)
    assert len(slack.ephemerals(slack.user)) == 1


async def test_the_answer_may_be_set_to_be_seen_by_the_channel(start_lab):
    lab = await start_lab(settings={"VRAMBOT_SLASH_REPLIES": "channel"})
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", "7b")
    assert reply.message.ephemeral_to is None
    assert SHARE not in str(reply.message.blocks)


async def test_a_slow_answer_follows_by_itself(start_lab):
    lab = await start_lab(settings=IMPATIENT)
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", "slow 显存")
    assert "正在计算" in reply.message.text
    await slack.wait_for(lambda: len(slack.ephemerals(slack.user)) == 2)
    answer = slack.ephemerals(slack.user)[-1]
    assert "You said: slow 显存" in answer.text
    await slack.settle(0.2)
    assert len(slack.ephemerals(slack.user)) == 2


async def test_a_broken_answer_is_apologised_for(start_lab, monkeypatch):
    monkeypatch.setattr("bot.slack.workers.RETRY_S", 0.01)
    lab = await start_lab()
    slack = lab.slack
    await slack.slash(slack.user, slack.channel, "/vram", "broken")
    await slack.wait_for(lambda: len(slack.ephemerals(slack.user)) == 2)
    assert "went wrong" in slack.ephemerals(slack.user)[-1].text


@pytest.mark.parametrize("text", ["", "   ", "help"])
async def test_help(lab, text):
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", text)
    assert reply.message.ephemeral_to == slack.user.id
    await slack.settle(0.1)
    assert lab.answerer.asked[0].text == text.strip()


async def test_what_was_answered_in_the_acknowledgement_is_recorded(lab):
    slack = lab.slack
    await slack.slash(slack.user, slack.channel, "/vram", "7b V100")
    await slack.settle(0.1)
    reply = await slack.slash(slack.user, slack.channel, "/vram", "find V100")
    assert "7b V100" in str(reply.message.blocks)


async def test_find_shows_what_the_asker_may_see(lab):
    slack = lab.slack
    private = slack.add_channel("secret", "private")
    for channel, text in ((slack.channel, "7b on V100"), (private, "65b on V100")):
        asked = await slack.mention(slack.user, channel, text)
        await slack.wait_for_message(channel, asked.ts)
    found = await slack.slash(slack.user, slack.channel, "/vram", "find V100")
    assert "7b on V100" in found.message.text
    assert "65b on V100" not in found.message.text
    assert SHARE not in str(found.message.blocks)
    found = await slack.slash(slack.user, private, "/vram", "find V100")
    assert "65b on V100" in found.message.text


async def test_find_in_a_channel_of_unknown_kind_follows_by_itself(start_lab):
    lab = await start_lab(settings=IMPATIENT)
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "7b on V100")
    await slack.wait_for_message(slack.channel, asked.ts)
    elsewhere = slack.add_channel("elsewhere", with_bot=False)
    slack.faults.slow("conversations.info", 0.3)
    await slack.slash(slack.user, elsewhere, "/vram", "find V100")
    await slack.wait_for(lambda: len(slack.ephemerals(slack.user, elsewhere)) == 2)
    assert "7b on V100" in slack.ephemerals(slack.user, elsewhere)[-1].text


async def test_find_in_a_shared_channel_shows_nothing_of_the_rest(lab):
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "7b on V100")
    await slack.wait_for_message(slack.channel, asked.ts)
    shared = slack.add_channel("partners", ext_shared=True)
    asked = await slack.mention(slack.user, shared, "hello")
    await slack.wait_for_message(shared, asked.ts)
    found = await slack.slash(slack.user, shared, "/vram", "find V100")
    assert "7b on V100" not in found.message.text


async def test_find_without_words_asks_for_them(lab):
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", "find")
    assert "find" in reply.message.text


async def test_each_command_begins_a_conversation_of_its_own(lab):
    slack = lab.slack
    li = slack.add_user("li")
    await slack.slash(slack.user, slack.channel, "/vram", "7b")
    await slack.slash(slack.user, slack.channel, "/vram", "13b")
    await slack.slash(li, slack.channel, "/vram", "with LoRA?")
    assert len({question.place.thread for question in lab.answerer.asked}) == 3


async def test_a_click_goes_on_with_the_conversation_of_its_answer(lab):
    slack = lab.slack
    first = await slack.slash(slack.user, slack.channel, "/vram", "how large?")
    await slack.slash(slack.user, slack.channel, "/vram", "something else?")
    await slack.click(slack.user, first.message, f"{ASK}_0")
    await slack.wait_for(lambda: len(lab.answerer.asked) == 3)
    asked, other, clicked = lab.answerer.asked
    assert clicked.place.thread == asked.place.thread != other.place.thread


async def test_the_asker_shares_the_answer_once(lab):
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", "7b")
    await slack.settle(0.1)
    for _ in range(2):
        await slack.click(slack.user, reply.message, SHARE)
    await slack.wait_for(lambda: shared_in(slack, slack.channel))
    await slack.settle(0.2)
    (message,) = shared_in(slack, slack.channel)
    assert "You said: 7b" in message.text
    assert SHARE not in str(message.blocks)
    assert message.ephemeral_to is None


async def test_an_answer_can_be_shared_where_the_bot_is_no_member(lab):
    slack = lab.slack
    channel = slack.add_channel("without", with_bot=False)
    reply = await slack.slash(slack.user, channel, "/vram", "7b")
    await slack.settle(0.1)
    await slack.click(slack.user, reply.message, SHARE)
    await slack.wait_for(lambda: shared_in(slack, channel))


async def test_a_slow_answer_can_be_shared_too(start_lab):
    lab = await start_lab(settings=IMPATIENT)
    slack = lab.slack
    await slack.slash(slack.user, slack.channel, "/vram", "slow")
    await slack.wait_for(lambda: len(slack.ephemerals(slack.user)) == 2)
    await slack.click(slack.user, slack.ephemerals(slack.user)[-1], SHARE)
    await slack.wait_for(lambda: shared_in(slack, slack.channel))


async def test_a_choice_that_is_clicked_is_asked(lab):
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "how large?")
    answer = await slack.wait_for_message(slack.channel, asked.ts)
    await slack.click(slack.user, answer, f"{ASK}_1")
    second = await slack.wait_for_message(slack.channel, asked.ts, containing="13b fp16")
    assert second.thread_ts == asked.ts


async def test_a_choice_of_a_private_answer_is_answered_in_private(lab):
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", "how large?")
    await slack.click(slack.user, reply.message, f"{ASK}_0")
    await slack.wait_for(lambda: len(slack.ephemerals(slack.user)) == 2)
    assert "7b fp16" in slack.ephemerals(slack.user)[-1].text
    assert not slack.bot_messages(slack.channel)


@pytest.mark.parametrize("profile", ["full", "plain"])
async def test_feedback_is_kept_and_thanked_for(start_lab, profile):
    lab = await start_lab(profile=profile)
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "7b")
    answer = await slack.wait_for_message(slack.channel, asked.ts)
    answer_id = answer.metadata["event_payload"]["answer_id"]
    if profile == "plain":
        await slack.click(slack.user, answer, FEEDBACK_GOOD)
        await slack.click(slack.user, answer, FEEDBACK_BAD)
    else:
        await slack.click(slack.user, answer, "answer_feedback", f"good:{answer_id}")
        await slack.click(slack.user, answer, "answer_feedback", f"bad:{answer_id}")
    # The good one is thanked for, the bad one asked for its reason.
    await slack.wait_for_ephemeral(slack.user)
    await slack.wait_for_modal()
    verdicts = lab.store.verdicts(slack.workspace.id, answer_id)
    assert verdicts == {slack.user.id: ("bad", "")}


async def test_a_button_of_a_former_version_says_so(lab):
    slack = lab.slack
    old = {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "recalculate_v0",
                "text": {"type": "plain_text", "text": "Again"},
                "value": "1",
            }
        ],
    }
    asked = await slack.mention(slack.user, slack.channel, "7b")
    answer = await slack.wait_for_message(slack.channel, asked.ts)
    answer.blocks.append(old | {"block_id": "old"})
    await slack.click(slack.user, answer, "recalculate_v0")
    note = await slack.wait_for_ephemeral(slack.user)
    assert "older version" in note.text


async def test_a_full_inbox_says_so_and_mentions_come_again(start_lab):
    lab = await start_lab(
        settings={"VRAMBOT_MAX_WAITING": 1, "VRAMBOT_WORKERS": 1},
        timing=Timing(ack_timeout_s=0.3),
        time_scale=0.001,
    )
    slack = lab.slack
    store = lab.store
    store.accept(Item(slack.workspace.id, "blocks", {"task": "none"}), ["k"], held_s=2.0)
    reply = await slack.slash(slack.user, slack.channel, "/vram", "7b")
    assert "Too many questions" in reply.message.text
    asked = await slack.mention(slack.user, slack.channel, "7b")
    await slack.settle()
    assert slack.unacknowledged
    store.answered(Item(slack.workspace.id, "blocks", {}))
    await slack.wait_for_message(slack.channel, asked.ts)


async def test_a_store_that_cannot_be_written_still_answers_commands(lab, monkeypatch):
    slack = lab.slack
    monkeypatch.setattr("knowledge.store.connection.BUSY_MS", 50)
    blocker = sqlite3.connect(lab.store.path, isolation_level=None)
    lab.store._connections.get().execute("PRAGMA query_only = 1")

    def refuse(*_, **__):
        from knowledge.store.errors import StoreFull

        raise StoreFull(lab.store.path)

    monkeypatch.setattr(lab.service.store, "accept", refuse)
    reply = await slack.slash(slack.user, slack.channel, "/vram", "7b")
    assert "You said: 7b" in reply.message.text
    blocker.close()


async def test_without_the_scope_to_look_a_command_is_answered_all_the_same(start_lab):
    lab = await start_lab(scopes=DEFAULT_SCOPES - {"channels:read"})
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.add_channel("x"), "/vram", "7b")
    assert "You said: 7b" in reply.message.text


async def asked_while_locked(lab, for_s, timeout_s):
    """Ask by a command while another process holds the store; give the first message after it."""
    slack = lab.slack
    blocker = sqlite3.connect(lab.store.path, isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN IMMEDIATE")
    asyncio.get_running_loop().call_later(for_s, blocker.execute, "ROLLBACK")
    reply = await slack.slash(slack.user, slack.channel, "/vram", "9b fp16 adamw")
    assert reply.error == "operation_timeout"
    await slack.wait_for(lambda: slack.ephemerals(slack.user), timeout_s=timeout_s)
    blocker.close()
    return slack.ephemerals(slack.user)[0].text


async def test_an_answer_to_a_command_that_waited_too_long_follows_by_itself(lab):
    """Slack waits for three seconds; the store is locked for longer, and then it is recorded."""
    assert "You said: 9b fp16 adamw" in await asked_while_locked(lab, for_s=3.4, timeout_s=8)
    await lab.slack.settle(0.3)
    assert len(lab.slack.ephemerals(lab.slack.user)) == 1


async def test_it_follows_too_where_the_command_could_not_be_recorded(lab):
    """Nobody repeats a command: it is answered all the same, by the address that came with it."""
    assert "You said: 9b fp16 adamw" in await asked_while_locked(lab, for_s=5.6, timeout_s=12)


@pytest.mark.parametrize("status", [404, 503])
async def test_a_share_that_did_not_work_can_be_tried_again(lab, status):
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", "7b fp16 adamw")
    await slack.settle(0.2)
    slack.faults.status("response_url", status)
    await slack.click(slack.user, reply.message, SHARE)
    await slack.settle(0.3)
    assert not shared_in(slack, slack.channel)
    for _ in range(2):
        await slack.click(slack.user, reply.message, SHARE)
        await slack.settle(0.3)
    assert len(shared_in(slack, slack.channel)) == 1
    assert "already" in slack.ephemerals(slack.user)[-1].text
