"""Follow-ups without a mention: only where the channel allows it, and never in people's talk."""

import sqlite3

import pytest

from bot.fakeslack import DEFAULT_SCOPES
from bot.slack.commands.orders import SET_POLICY
from bot.slack.policy import policy_of
from knowledge.store.errors import StoreFailed

QUESTION = "can 4×V100 32G train 65B?"


def policy(lab, channel):
    return policy_of(lab.store, lab.slack.workspace.id, channel.id)


def rows(lab, table):
    with sqlite3.connect(lab.store.path) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


async def allow(lab, channel=None):
    slack = lab.slack
    channel = channel or slack.channel
    await slack.slash(slack.user, channel, "/vram", "policy follow-ups")
    await slack.wait_for(lambda: policy(lab, channel) == "follow-ups")


async def answered_thread(lab, channel=None):
    slack = lab.slack
    channel = channel or slack.channel
    asked = await slack.mention(slack.user, channel, QUESTION)
    await slack.wait_for_message(channel, asked.ts)
    return asked


def replies(lab, asked, channel=None):
    channel = channel or lab.slack.channel
    return [one for one in lab.slack.bot_messages(channel) if one.thread_ts == asked.ts]


async def test_a_follow_up_is_answered_in_its_thread_and_shows_old_and_new(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    await allow(lab)
    asked = await answered_thread(lab)
    li = slack.add_user("li")
    await slack.user_says(li, slack.channel, "with LoRA?", asked.ts)
    await slack.wait_for(lambda: len(replies(lab, asked)) == 2)
    answer = replies(lab, asked)[-1]
    assert "Changed: method" in answer.text
    await slack.user_says(slack.user, slack.channel, "那用 8 张 A100 呢", asked.ts)
    await slack.wait_for(lambda: len(replies(lab, asked)) == 3)


async def test_mention_only_is_the_standard(start_lab):
    lab = await start_lab(real=True)
    asked = await answered_thread(lab)
    await lab.slack.user_says(lab.slack.user, lab.slack.channel, "with LoRA?", asked.ts)
    await lab.slack.settle(0.2)
    assert len(replies(lab, asked)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "thanks!",
        "I think 8 is enough for lunch",
        "@li can you check int8?",
        "@li int8?",
        "lol 13B is huge",
        "那就用 int8 吧",
    ],
)
async def test_talk_is_neither_answered_nor_kept(start_lab, text):
    lab = await start_lab(real=True)
    slack = lab.slack
    slack.add_user("li")
    await allow(lab)
    asked = await answered_thread(lab)
    await slack.settle()
    before = [rows(lab, table) for table in ("inbox", "seen", "answers", "threads")]
    calls = len(slack.calls)
    await slack.user_says(slack.user, slack.channel, text, asked.ts)
    await slack.settle(0.2)
    assert len(replies(lab, asked)) == 1
    assert [rows(lab, table) for table in ("inbox", "seen", "answers", "threads")] == before
    assert len(slack.calls) == calls


async def test_bots_and_other_threads_and_the_channel_itself_are_not_answered(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    await allow(lab)
    asked = await answered_thread(lab)
    bot = slack.add_bot("ci")
    slack.channel.members.add(bot.id)
    await slack.user_says(bot, slack.channel, "with LoRA?", asked.ts)
    other = await slack.user_says(slack.user, slack.channel, "who broke the build?")
    await slack.user_says(slack.user, slack.channel, "with LoRA?", other.ts)
    await slack.user_says(slack.user, slack.channel, "with LoRA?")
    await slack.settle(0.3)
    assert len(slack.bot_messages(slack.channel)) == len(replies(lab, asked)) + 1  # the note
    assert len(replies(lab, asked)) == 1


async def test_a_value_that_answers_somebody_else_is_left_to_them(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    li = slack.add_user("li")
    await allow(lab)
    asked = await answered_thread(lab)
    await slack.user_says(slack.user, slack.channel, "which format was your last run?", asked.ts)
    await slack.settle()
    await slack.user_says(li, slack.channel, "int8", asked.ts)
    await slack.settle(0.2)
    assert len(replies(lab, asked)) == 1
    await slack.user_says(li, slack.channel, "int8?", asked.ts)
    await slack.wait_for(lambda: len(replies(lab, asked)) == 2)


async def test_an_edit_of_a_follow_up_gives_no_second_answer(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    await allow(lab)
    asked = await answered_thread(lab)
    said = await slack.user_says(slack.user, slack.channel, "with LoRA?", asked.ts)
    await slack.wait_for(lambda: len(replies(lab, asked)) == 2)
    await slack.edit(said, "with QLoRA?")
    await slack.settle(0.2)
    assert len(replies(lab, asked)) == 2


async def test_setting_it_is_said_in_the_channel_with_the_name_of_who_did(lab):
    slack = lab.slack
    await allow(lab)
    await slack.wait_for(lambda: slack.bot_messages(slack.channel))
    (note,) = slack.bot_messages(slack.channel)
    assert f"<@{slack.user.id}>" in note.text
    assert "/vram policy mention" in note.text


async def test_it_survives_a_restart_and_is_turned_back(lab):
    slack = lab.slack
    await allow(lab)
    await lab.restart()
    assert policy(lab, slack.channel) == "follow-ups"
    await slack.slash(slack.user, slack.channel, "/vram", "policy mention")
    await slack.wait_for(lambda: policy(lab, slack.channel) == "mention")


async def test_it_holds_for_one_channel_alone(lab):
    other = lab.slack.add_channel("other")
    await allow(lab)
    assert policy(lab, other) == "mention"


async def test_without_the_history_scope_it_says_which_one_is_missing(start_lab):
    lab = await start_lab(scopes=DEFAULT_SCOPES - {"channels:history"})
    slack = lab.slack
    await slack.slash(slack.user, slack.channel, "/vram", "policy follow-ups")
    note = await slack.wait_for_ephemeral(slack.user)
    assert "channels:history" in note.text
    assert policy(lab, slack.channel) == "mention"
    reply = await slack.slash(slack.user, slack.channel, "/vram", "policy")
    assert "channels:history" in reply.message.text


async def test_a_channel_shared_with_another_company_is_always_mention_only(lab):
    slack = lab.slack
    shared = slack.add_channel("partners", ext_shared=True)
    asked = await slack.mention(slack.user, shared, "hello")
    await slack.wait_for_message(shared, asked.ts)
    await slack.slash(slack.user, shared, "/vram", "policy follow-ups")
    note = await slack.wait_for_ephemeral(slack.user, shared)
    assert "another company" in note.text
    assert policy(lab, shared) == "mention"


async def test_guests_may_not_set_it(lab):
    slack = lab.slack
    slack.user.is_restricted = True
    await slack.slash(slack.user, slack.channel, "/vram", "policy follow-ups")
    note = await slack.wait_for_ephemeral(slack.user)
    assert "Guests" in note.text
    assert policy(lab, slack.channel) == "mention"


async def test_the_buttons_set_it_too(lab):
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", "settings")
    await slack.click(slack.user, reply.message, f"{SET_POLICY}_1")
    await slack.wait_for(lambda: policy(lab, slack.channel) == "follow-ups")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("policy everything", "/vram policy follow-ups"),
        ("策略 随便", "/vram policy mention"),
        ("settings", "only when I am mentioned"),
    ],
)
async def test_a_wrong_word_is_answered_with_the_forms_that_work(lab, text, said):
    reply = await lab.slack.slash(lab.slack.user, lab.slack.channel, "/vram", text)
    assert said in reply.message.text
    assert lab.answerer.asked == []


async def test_a_private_channel_takes_follow_ups_with_its_own_scope(start_lab):
    lab = await start_lab(real=True, scopes=DEFAULT_SCOPES - {"channels:history"})
    secret = lab.slack.add_channel("secret", "private")
    await allow(lab, secret)
    asked = await answered_thread(lab, secret)
    await lab.slack.user_says(lab.slack.user, secret, "with LoRA?", asked.ts)
    await lab.slack.wait_for(lambda: len(replies(lab, asked, secret)) == 2)


async def test_a_follow_up_over_the_limit_is_not_answered_and_said_once(start_lab):
    lab = await start_lab(real=True, settings={"VRAMBOT_USER_PER_MINUTE": 2})
    slack = lab.slack
    li = slack.add_user("li")
    await allow(lab)  # a command, which counts like the question after it
    asked = await answered_thread(lab)
    for text in ("with LoRA?", "with QLoRA?", "int8?", "batch 8?"):
        await slack.user_says(li, slack.channel, text, asked.ts)
        await slack.settle(0.2)
    assert len(replies(lab, asked)) == 3
    assert len(slack.ephemerals(li)) == 1


async def test_help_comes_although_the_policy_cannot_be_read(start_lab, monkeypatch):
    lab = await start_lab(real=True)

    def refuse(*_):
        raise StoreFailed(lab.store.path, "disk I/O error")

    monkeypatch.setattr(lab.service.store, "preferences", refuse)
    reply = await lab.slack.slash(lab.slack.user, lab.slack.channel, "/vram", "help")
    assert "only when I am mentioned" in reply.message.text
    reply = await lab.slack.slash(lab.slack.user, lab.slack.channel, "/vram", "policy")
    assert "only when I am mentioned" in reply.message.text
