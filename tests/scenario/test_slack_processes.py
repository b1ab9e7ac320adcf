"""Questions answered in processes of their own: nothing is lost with one, and none is left over."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from bot.fakeslack import FakeSlack
from bot.slack.processes import crew as crew_module
from knowledge.entries import Bilingual, Entry, EntrySource, Ways

BOOKING = "how do I book a node on the zephyr cluster"
QUESTION = "can 4×V100 32G train 65B?"
SECRETS = ("xoxb-", "xapp-", "SLACK_", "VRAMBOT_")


def answers(slack, asked):
    return slack.bot_messages(slack.channel, asked.ts)


def is_running(pid):
    """Whether a process runs still; one that ended and waits to be noticed does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def ended(pids, within_s=5.0):
    until = time.monotonic() + within_s
    while any(map(is_running, pids)):
        assert time.monotonic() < until, f"still running: {[p for p in pids if is_running(p)]}"
        await asyncio.sleep(0.02)


@pytest.fixture
async def lab(start_lab):
    return await start_lab(real=True, settings={"VRAMBOT_PROCESSES": 2})


async def test_a_mention_is_answered_by_a_process_and_stored_by_the_service(lab):
    slack = lab.slack
    assert len(lab.service.crew.pids) == 2
    asked = await slack.mention(slack.user, slack.channel, QUESTION)
    answer = await slack.wait_for_message(slack.channel, asked.ts)
    assert answer.text.startswith("No")
    assert answer.blocks
    answer_id = answer.metadata["event_payload"]["answer_id"]
    await slack.wait_for(lambda: lab.store.posted_ts(slack.workspace.id, answer_id))
    assert len(answers(slack, asked)) == 1


async def test_a_command_is_answered_in_its_acknowledgement(lab):
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", "7b fp16 adamw")
    assert "112 GB" in reply.message.text


async def test_a_thread_keeps_its_order_and_its_numbers_over_all_processes(lab):
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "7b inference fp16")
    await slack.wait_for_message(slack.channel, asked.ts)
    for text in ("13b?", "int4", "fp16"):
        await slack.mention(slack.user, slack.channel, text, thread_ts=asked.ts)
    await slack.wait_for(lambda: len(answers(slack, asked)) == 4)
    shown = [message.text.partition("\n")[0] for message in answers(slack, asked)]
    assert "14 GB" in shown[0]
    assert "26 GB" in shown[1]
    assert "6.5 GB" in shown[2]
    assert "26 GB" in shown[3]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hanging"])
async def test_a_question_is_answered_by_another_process(start_lab, monkeypatch, end):
    """Both processes stand still; the one with the question ends, or never answers."""
    monkeypatch.setattr("bot.slack.service.ANSWER_S", 1.0)
    lab = await start_lab(real=True, settings={"VRAMBOT_PROCESSES": 2})
    slack, pids = lab.slack, lab.service.crew.pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    asked = await slack.mention(slack.user, slack.channel, QUESTION)
    await slack.settle(0.2)
    if end == signal.SIGKILL:
        os.kill(pids[0], end)
        os.kill(pids[1], end)
    await slack.wait_for_message(slack.channel, asked.ts, timeout_s=20)
    await slack.settle(0.3)
    assert len(answers(slack, asked)) == 1
    await ended(pids)
    await slack.wait_for(lambda: len(lab.service.crew.pids) == 2, timeout_s=20)
    assert not set(lab.service.crew.pids) & set(pids)
    assert all(lab.service.readiness().values())


@pytest.mark.parametrize("outage_s", [0.2, 2.0], ids=["short", "longer than three attempts"])
async def test_without_a_process_the_service_is_not_ready_and_its_questions_wait(
    start_lab, monkeypatch, outage_s
):
    monkeypatch.setattr("bot.slack.workers.RETRY_S", 0.05)
    lab = await start_lab(real=True, settings={"VRAMBOT_PROCESSES": 2})
    slack, crew = lab.slack, lab.service.crew
    crew._patience_s = 0.2
    release = asyncio.Event()
    hire = crew._hire

    async def later():
        await release.wait()
        await hire()

    monkeypatch.setattr(crew, "_hire", later)
    for pid in crew.pids:
        os.kill(pid, signal.SIGKILL)
    await slack.wait_for(lambda: not crew.pids)
    assert not lab.service.readiness()["answering"]
    asked = [await slack.mention(slack.user, slack.channel, QUESTION) for _ in range(3)]
    await slack.settle(outage_s)
    crew._patience_s = 10.0
    release.set()
    for message in asked:
        await slack.wait_for_message(slack.channel, message.ts, timeout_s=20)
    assert [len(answers(slack, message)) for message in asked] == [1, 1, 1]


async def test_what_ends_every_process_is_given_up_with_a_word(start_lab, monkeypatch):
    """Three attempts at two processes each; then its asker hears that it could not be answered."""
    monkeypatch.setattr("bot.slack.workers.RETRY_S", 0.1)
    lab = await start_lab(real=True, settings={"VRAMBOT_PROCESSES": 2})
    slack, crew = lab.slack, lab.service.crew

    async def cruel(self, message, within_s):
        if isinstance(message, crew_module.Job):
            self.kill()
            raise crew_module.HandLost("ended")
        return await exchange(self, message, within_s)

    exchange = crew_module.Hand.exchange
    monkeypatch.setattr(crew_module.Hand, "exchange", cruel)
    asked = await slack.mention(slack.user, slack.channel, QUESTION)
    answer = await slack.wait_for_message(slack.channel, asked.ts, timeout_s=60)
    assert "went wrong" in answer.text or "could not" in answer.text
    assert "Traceback" not in answer.text
    monkeypatch.undo()
    await slack.wait_for(lambda: len(crew.pids) == 2, timeout_s=20)
    again = await slack.mention(slack.user, slack.channel, "7b fp16 adamw")
    assert "112 GB" in (await slack.wait_for_message(slack.channel, again.ts)).text


async def test_an_entry_of_the_team_is_found_at_once_and_gone_at_once(lab):
    slack, store = lab.slack, lab.store

    async def answered():
        asked = await slack.mention(slack.user, slack.channel, BOOKING)
        return (await slack.wait_for_message(slack.channel, asked.ts)).text

    assert "Ask in #zephyr." not in await answered()
    store.add_version(slack.workspace.id, own_entry(), 0, slack.user.id)
    # Whichever process it is.
    assert ["Ask in #zephyr." in await answered() for _ in range(4)] == [True] * 4
    store.withdraw_entry(slack.workspace.id, "zephyr-booking", slack.user.id)
    assert ["Ask in #zephyr." in await answered() for _ in range(4)] == [False] * 4


async def test_an_answer_of_a_moment_ago_is_asked_before_and_only_for_its_readers(lab):
    slack = lab.slack
    hidden = slack.add_channel("hidden", "private")
    asked = await slack.mention(slack.user, hidden, "7b fp16 adamw")
    await slack.wait_for_message(hidden, asked.ts)
    reply = await slack.slash(slack.user, slack.channel, "/vram", "find adamw")
    assert "7b fp16 adamw" not in reply.message.text
    reply = await slack.slash(slack.user, hidden, "/vram", "find adamw")
    assert "7b fp16 adamw" in reply.message.text


async def test_stopping_ends_the_processes_after_what_was_accepted(lab):
    slack, pids = lab.slack, lab.service.crew.pids
    asked = [await slack.mention(slack.user, slack.channel, QUESTION) for _ in range(6)]
    keys = [f"message:{slack.channel.id}:{message.ts}" for message in asked]
    for key in keys:
        await slack.wait_for(lambda key=key: lab.store.seen(slack.workspace.id, [key]))
    await lab.service.stop()
    assert [len(answers(slack, message)) for message in asked] == [1] * 6
    assert not any(map(is_running, pids))


async def test_a_process_knows_no_secret(lab):
    for pid in lab.service.crew.pids:
        told = Path(f"/proc/{pid}/environ").read_bytes() + Path(f"/proc/{pid}/cmdline").read_bytes()
        assert not [secret for secret in SECRETS if secret.encode() in told]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_no_process_outlives_the_service(transport, tmp_path, number):
    async with FakeSlack() as slack:
        environment = {**os.environ, **slack.environment()}
        if transport == "http":
            environment.pop("SLACK_APP_TOKEN", None)
        environment |= {
            "VRAMBOT_HOME": str(tmp_path),
            "VRAMBOT_PORT": "0",
            "VRAMBOT_PROCESSES": "2",
        }
        service = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"], env=environment, stderr=subprocess.DEVNULL
        )
        try:
            pids = await children(service.pid, 2)
            service.send_signal(number)
            await asyncio.to_thread(service.wait, 20)
            await ended(pids)
        finally:
            service.kill()
            service.wait()


async def children(pid, count):
    """Return a process's children as soon as there are so many, each with all that it loads."""
    for _ in range(600):
        tasks = Path(f"/proc/{pid}/task").iterdir()
        found = [int(one) for task in tasks for one in (task / "children").read_text().split()]
        if len(found) == count:
            await asyncio.sleep(0.5)
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("the processes did not start")


def own_entry():
    return Entry(
        id="zephyr-booking",
        title=Bilingual(en="How do I book a node on zephyr?", zh="怎么预订 zephyr 集群的节点？"),
        ask=Ways(
            en=(BOOKING, "book zephyr nodes", "reserve a zephyr node", "zephyr reservation"),
            zh=("zephyr 集群怎么约节点", "预订 zephyr 节点", "zephyr 节点怎么申请"),
        ),
        sources=(EntrySource(title="the platform team"),),
        reviewed=date(2026, 3, 1),
        body=Bilingual(en="Ask in #zephyr.", zh="在 #zephyr 里问。"),
    )
