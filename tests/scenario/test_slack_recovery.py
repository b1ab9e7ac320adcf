"""Crashes, refusals and outages: what was accepted is answered once, and nothing is lost."""

import asyncio
import sqlite3
import time

import pytest

from bot.fakeslack import DEFAULT_SCOPES
from bot.slack import poster as poster_module
from bot.slack.tasks import TASKS
from knowledge.store import Post, open_store


def answers(slack, asked):
    return slack.bot_messages(slack.channel, asked.ts)


async def crash(lab):
    """End the service as a killed process would: nothing is finished, nothing is released."""
    service = lab.service
    service.settings = service.settings.model_copy(update={"drain_s": 0.0})
    await service.stop()


async def test_a_restart_between_acceptance_and_answer(start_lab):
    lab = await start_lab()
    slack = lab.slack
    lab.answerer.slow_s = 5.0
    asked = await slack.mention(slack.user, slack.channel, "slow")
    await slack.wait_for(lambda: lab.answerer.asked)
    await crash(lab)
    lab.answerer.slow_s = 0.0
    await lab.restart()
    await slack.wait_for_message(slack.channel, asked.ts)
    await slack.settle(0.2)
    assert len(answers(slack, asked)) == 1


async def test_a_restart_between_answer_and_post(lab):
    slack = lab.slack
    slack.faults.status("chat.postMessage", 503, times=1)
    asked = await slack.mention(slack.user, slack.channel, "7b")
    await slack.wait_for(lambda: slack.calls_to("chat.postMessage"))
    await crash(lab)
    assert not answers(slack, asked)
    await lab.restart()
    await slack.wait_for_message(slack.channel, asked.ts)
    assert len(answers(slack, asked)) == 1
    assert len(lab.answerer.asked) == 1


@pytest.mark.parametrize("trouble", ["cut", "status"])
async def test_a_post_that_worked_without_an_answer_is_recognised(lab, trouble):
    """Slack took the message; the bot did not learn of it. It finds its own metadata."""
    slack = lab.slack
    getattr(slack.faults, trouble)("chat.postMessage", after_effect=True)
    asked = await slack.mention(slack.user, slack.channel, "7b")
    await slack.wait_for(lambda: slack.calls_to("conversations.replies"), timeout_s=8)
    await slack.settle(0.3)
    assert len(answers(slack, asked)) == 1
    answer_id = answers(slack, asked)[0].metadata["event_payload"]["answer_id"]
    store = lab.store
    await slack.wait_for(lambda: store.posted_ts(slack.workspace.id, answer_id))
    assert store.posted_ts(slack.workspace.id, answer_id) == answers(slack, asked)[0].ts


async def test_a_crash_right_after_posting_posts_nothing_again(lab):
    slack = lab.slack
    slack.faults.cut("chat.postMessage", after_effect=True)
    asked = await slack.mention(slack.user, slack.channel, "7b")
    await slack.wait_for(lambda: answers(slack, asked))
    await crash(lab)
    await lab.restart()
    await slack.wait_for(lambda: slack.calls_to("conversations.replies"))
    await slack.settle(0.3)
    assert len(answers(slack, asked)) == 1


async def test_without_history_scope_an_answer_twice_is_better_than_none(start_lab):
    scopes = DEFAULT_SCOPES - {"channels:history"}
    lab = await start_lab(scopes=scopes)
    slack = lab.slack
    slack.faults.cut("chat.postMessage")
    asked = await slack.mention(slack.user, slack.channel, "7b")
    await slack.wait_for_message(slack.channel, asked.ts, timeout_s=8)


async def test_a_killed_workers_lease_runs_out(start_lab):
    lab = await start_lab(settings={"VRAMBOT_LEASE_S": 0.3})
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "slow")
    lab.answerer.slow_s = 1.0
    await slack.wait_for_message(slack.channel, asked.ts)
    await slack.settle(1.0)
    assert len(answers(slack, asked)) == 1


async def test_rate_limits_are_waited_for(lab):
    slack = lab.slack
    slack.faults.rate_limit("chat.postMessage", times=2, retry_after_s=1)
    asked = await slack.mention(slack.user, slack.channel, "7b")
    await slack.wait_for_message(slack.channel, asked.ts, timeout_s=10)
    calls = slack.calls_to("chat.postMessage")
    assert [call.error for call in calls[:2]] == ["ratelimited", "ratelimited"]
    assert len(answers(slack, asked)) == 1


async def test_many_questions_at_one_post_a_second_are_all_answered_once(lab):
    slack = lab.slack
    slack.limit_posting(posts_per_s=4.0, burst=2)
    asked = [await slack.mention(slack.user, slack.channel, f"{n}b") for n in range(6)]
    for message in asked:
        await slack.wait_for_message(slack.channel, message.ts, timeout_s=20)
    await slack.settle(0.3)
    assert [len(answers(slack, message)) for message in asked] == [1] * 6


async def test_refused_blocks_step_down_to_plain_ones(start_lab):
    lab = await start_lab(profile="plain")
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "7b")
    answer = await slack.wait_for_message(slack.channel, asked.ts)
    assert [call.error for call in slack.calls_to("chat.postMessage")] == ["invalid_blocks", None]
    assert answer.blocks
    assert "You said: 7b" in answer.text


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long"])
async def test_refused_plain_blocks_step_down_to_text(lab, code):
    slack = lab.slack
    slack.faults.error("chat.postMessage", code, times=2)
    asked = await slack.mention(slack.user, slack.channel, "7b")
    answer = await slack.wait_for_message(slack.channel, asked.ts)
    assert answer.blocks == []
    assert "You said: 7b" in answer.text
    assert len(answers(slack, asked)) == 1


async def test_refused_metadata_does_not_lose_the_answer(lab):
    slack = lab.slack
    slack.faults.error("chat.postMessage", "invalid_metadata_format")
    asked = await slack.mention(slack.user, slack.channel, "7b")
    assert (await slack.wait_for_message(slack.channel, asked.ts)).blocks


@pytest.mark.parametrize("code", ["channel_not_found", "not_in_channel", "is_archived"])
async def test_where_nobody_can_post_the_message_is_dropped_and_the_rest_goes_on(lab, code):
    slack = lab.slack
    slack.faults.error("chat.postMessage", code)
    lost = await slack.mention(slack.user, slack.channel, "7b")
    await slack.wait_for(lambda: slack.calls_to("chat.postMessage"))
    asked = await slack.mention(slack.user, slack.channel, "13b")
    await slack.wait_for_message(slack.channel, asked.ts)
    await slack.settle(0.2)
    assert not answers(slack, lost)
    assert len(slack.calls_to("chat.postMessage")) == 2


async def test_an_archived_channel_and_one_that_the_bot_left(lab):
    slack = lab.slack
    gone = slack.add_channel("gone")
    lab.answerer.slow_s = 0.3
    await slack.mention(slack.user, gone, "slow")
    slack.archive(gone)
    asked = await slack.mention(slack.user, slack.channel, "7b")
    await slack.wait_for_message(slack.channel, asked.ts)
    await slack.wait_for(
        lambda: [call for call in slack.calls_to("chat.postMessage") if call.error]
    )


async def test_an_outage_of_slack_is_waited_out(lab, monkeypatch):
    monkeypatch.setattr("bot.slack.verdicts.RETRY_S", 0.05)
    slack = lab.slack
    slack.faults.error("chat.postMessage", "internal_error", times=3)
    asked = await slack.mention(slack.user, slack.channel, "7b")
    await slack.wait_for_message(slack.channel, asked.ts)
    assert len(answers(slack, asked)) == 1


async def test_what_never_works_is_given_up_and_kept_with_its_reason(lab, monkeypatch):
    monkeypatch.setattr("bot.slack.verdicts.RETRY_S", 0.001)
    monkeypatch.setattr(poster_module, "KEEP_TRYING_S", 0.5)
    slack = lab.slack
    slack.faults.error("chat.postMessage", "internal_error", times=500)
    await slack.mention(slack.user, slack.channel, "7b")
    await slack.wait_for(lambda: slack.calls_to("chat.postMessage"))
    await slack.wait_for(lambda: not lab.store.waiting("outbox"), timeout_s=10)
    tried = len(slack.calls_to("chat.postMessage"))
    assert tried > 3
    await slack.settle(0.3)
    assert len(slack.calls_to("chat.postMessage")) == tried
    with sqlite3.connect(lab.store.path) as connection:
        kept = connection.execute("SELECT state, error FROM outbox").fetchall()
    assert kept == [("dropped", "too old")]


async def test_an_outage_of_hours_is_waited_out_by_age_and_not_by_tries(lab, monkeypatch):
    """Twelve tries failed, and the message is two hours old: it goes out all the same."""
    monkeypatch.setattr("bot.slack.verdicts.RETRY_S", 0.001)
    monkeypatch.setattr("bot.slack.verdicts.MOST_WAIT_S", 0.02)
    slack = lab.slack
    slack.faults.status("chat.postMessage", 503, times=12)
    asked = await slack.mention(slack.user, slack.channel, "7b")
    await slack.wait_for(lambda: len(slack.calls_to("chat.postMessage")) == 3)
    with sqlite3.connect(lab.store.path) as connection:
        connection.execute("UPDATE outbox SET created_at = created_at - 7200")
    await slack.wait_for_message(slack.channel, asked.ts, timeout_s=15)
    await slack.settle(0.2)
    assert len(answers(slack, asked)) == 1


def test_the_longer_a_message_has_waited_the_longer_are_the_waits():
    """As long as it has waited, which doubles it, and never above five minutes."""
    now = time.time()
    waits = [
        poster_module.again_s(Post("T1", "a1", "C1", queued_at=now - waited_s))
        for waited_s in (0, 2, 60, 299, 7_200)
    ]
    assert waits == pytest.approx([0, 2, 60, 299, 300], abs=0.5)
    assert poster_module.again_s(Post("T1", "a1", "C1")) == 0


async def test_what_was_accepted_is_answered_before_a_stop(lab):
    slack = lab.slack
    lab.answerer.slow_s = 0.3
    asked = await slack.mention(slack.user, slack.channel, "slow")
    await slack.wait_for(lambda: lab.answerer.asked)
    await lab.service.stop()
    assert len(answers(slack, asked)) == 1


async def test_what_slack_sends_while_the_bot_is_down_is_answered_by_a_retry(start_lab):
    lab = await start_lab(time_scale=0.02)
    slack = lab.slack
    await lab.service.stop()
    asked = await slack.mention(slack.user, slack.channel, "7b")
    await asyncio.sleep(0.1)
    await lab.restart()
    await slack.wait_for_message(slack.channel, asked.ts, timeout_s=15)
    await slack.settle(0.2)
    assert len(answers(slack, asked)) == 1


async def test_two_services_on_one_store_answer_once(lab):
    slack = lab.slack
    first = lab.service
    lab.service = await lab.start()
    for number in range(6):
        asked = await slack.mention(slack.user, slack.channel, f"{number}b")
        await slack.wait_for_message(slack.channel, asked.ts)
        assert len(answers(slack, asked)) == 1
    await first.stop()


async def test_the_history_outlives_the_service(lab):
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "7b V100")
    await slack.wait_for_message(slack.channel, asked.ts)
    await lab.service.stop()
    store = open_store(lab.home / "vrambot.sqlite", read_only=True)
    assert [past.query for past in store.search("V100", lab.answerer.asked[0].viewer)] == [
        "7b V100"
    ]
    store.close()


async def test_a_task_that_always_fails_is_given_up_with_a_word(lab, monkeypatch):
    """An export whose upload breaks for a reason nobody thought of: no endless direct messages."""
    tried = []

    async def broken(desk, client, item):
        tried.append(item.attempts)
        raise RuntimeError("a fault in the task")

    monkeypatch.setattr("bot.slack.verdicts.RETRY_S", 0.001)
    monkeypatch.setattr("bot.slack.workers.TASKS", {**TASKS, "export_person": broken})
    slack = lab.slack
    await slack.slash(slack.user, slack.channel, "/vram", "export")
    await slack.wait_for(
        lambda: any("was not done" in one.text for one in slack.ephemerals(slack.user)),
        timeout_s=10,
    )
    await slack.settle(0.3)
    assert tried == [1, 2, 3, 4]
    assert lab.store.waiting("inbox") == 0
