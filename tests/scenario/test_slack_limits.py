"""So many questions a minute and no more: the rest is turned away with one note, none is lost."""

import pytest

from bot.rendering.actions import AGAIN
from bot.slack.commands.orders import SET_POLICY

FEW = {"VRAMBOT_USER_PER_MINUTE": 3}


async def test_over_the_limit_one_note_is_shown_to_the_asker_alone(start_lab):
    lab = await start_lab(settings=FEW)
    slack = lab.slack
    for number in range(6):
        await slack.mention(slack.user, slack.channel, f"{number}b fp16")
    await slack.wait_for(lambda: slack.ephemerals(slack.user))
    await slack.settle(0.3)
    assert len(slack.bot_messages(slack.channel)) == 3
    (note,) = slack.ephemerals(slack.user)
    assert "a lot of questions" in note.text
    assert len(lab.answerer.asked) == 3


async def test_others_are_not_held_up(start_lab):
    lab = await start_lab(settings=FEW)
    slack = lab.slack
    li = slack.add_user("li")
    for number in range(4):
        await slack.mention(slack.user, slack.channel, f"{number}b fp16")
    asked = await slack.mention(li, slack.channel, "9b fp16")
    await slack.wait_for_message(slack.channel, asked.ts)


async def test_a_channel_has_a_limit_of_its_own(start_lab):
    lab = await start_lab(settings={"VRAMBOT_CHANNEL_PER_MINUTE": 2})
    slack = lab.slack
    people = [slack.add_user(name) for name in ("a1", "b1", "c1")]
    for one in people:
        await slack.mention(one, slack.channel, f"7b {one.name}")
    await slack.wait_for(lambda: slack.ephemerals(people[2]))
    asked = await slack.dm(slack.user, "7b")
    await slack.wait_for_message(slack.direct_message(), asked.ts)
    assert len(slack.bot_messages(slack.channel)) == 2


async def test_commands_say_it_each_time(start_lab):
    lab = await start_lab(settings=FEW)
    slack = lab.slack
    said = [
        (await slack.slash(slack.user, slack.channel, "/vram", "7b")).message.text for _ in range(5)
    ]
    assert ["a lot of questions" in text for text in said] == [False, False, False, True, True]


@pytest.mark.parametrize(
    "text",
    [
        "help",
        "帮助",
        "",
        "policy",
        "settings",
        "find 7b",
        "查找 7b",
        "unanswered",
        "entries",
    ],
)
async def test_only_questions_are_counted(start_lab, text):
    lab = await start_lab(settings={"VRAMBOT_USER_PER_MINUTE": 1})
    slack = lab.slack

    async def vram(words):
        reply = await slack.slash(slack.user, slack.channel, "/vram", words)
        return reply.message.text if reply.message is not None else ""

    for _ in range(2):
        assert "a lot of questions" not in await vram(text)
    assert "a lot of questions" not in await vram("7b fp16")
    assert "a lot of questions" in await vram("13b fp16")
    assert "a lot of questions" not in await vram(text)


@pytest.mark.parametrize("per_user", [0, 20])
async def test_ordinary_use_meets_no_limit(start_lab, per_user):
    lab = await start_lab(settings={"VRAMBOT_USER_PER_MINUTE": per_user})
    slack = lab.slack
    for number in range(8):
        await slack.dm(slack.user, f"{number}b")
    await slack.wait_for(lambda: len(lab.answerer.asked) == 8)
    assert not slack.ephemerals(slack.user)


@pytest.mark.parametrize(
    ("first", "too_fast"),
    [("7b 显存 训练", "请一分钟后再问"), ("memory to train 7b", "a lot of questions")],
    ids=["zh", "en"],
)
async def test_a_click_too_many_is_said_in_the_language_of_whoever_clicked(
    start_lab, first, too_fast
):
    """Recompute has no words, and a choice has few: the last question tells the language."""
    lab = await start_lab(real=True, settings={"VRAMBOT_USER_PER_MINUTE": 1})
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, first)
    await slack.wait_for_message(slack.channel, asked.ts, timeout_s=15)
    with lab.store._connections.write() as connection:
        connection.execute("UPDATE answers SET version = 'former' WHERE version IS NOT NULL")
    found = await slack.slash(slack.user, slack.channel, "/vram", "find 7b")
    before = len(slack.ephemerals(slack.user))
    await slack.click(slack.user, found.message, AGAIN)
    await slack.wait_for(lambda: len(slack.ephemerals(slack.user)) > before)
    assert too_fast in slack.ephemerals(slack.user)[-1].text


@pytest.mark.parametrize(
    ("first", "busy"),
    [("7b 显存 训练", "排队的问题太多"), ("memory to train 7b", "Too many questions")],
    ids=["zh", "en"],
)
async def test_a_full_inbox_is_said_in_the_language_of_whoever_clicked(
    start_lab, monkeypatch, first, busy
):
    lab = await start_lab(real=True)
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, first)
    await slack.wait_for_message(slack.channel, asked.ts, timeout_s=15)
    with lab.store._connections.write() as connection:
        connection.execute("UPDATE answers SET version = 'former' WHERE version IS NOT NULL")
    found = await slack.slash(slack.user, slack.channel, "/vram", "find 7b")
    monkeypatch.setattr(lab.service.store, "_max_waiting", 0)
    before = len(slack.ephemerals(slack.user))
    await slack.click(slack.user, found.message, AGAIN)
    await slack.wait_for(lambda: len(slack.ephemerals(slack.user)) > before)
    assert busy in slack.ephemerals(slack.user)[-1].text


async def test_buttons_of_a_policy_are_counted_like_questions(start_lab):
    """What they set is said to the channel: twelve clicks are not twelve messages."""
    lab = await start_lab(settings=FEW, real=True)
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", "policy")
    for number in range(12):
        await slack.click(slack.user, reply.message, f"{SET_POLICY}_{(number + 1) % 2}")
    await slack.settle(0.5)
    assert len(slack.bot_messages(slack.channel)) <= 3
    assert "a lot of questions" in slack.ephemerals(slack.user)[-1].text


async def test_a_policy_that_holds_already_is_not_said_to_the_channel(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    await slack.slash(slack.user, slack.channel, "/vram", "policy mention")
    await slack.wait_for(lambda: slack.ephemerals(slack.user))
    assert "only when I am mentioned" in slack.ephemerals(slack.user)[0].text
    for _ in range(3):
        await slack.slash(slack.user, slack.channel, "/vram", "policy follow-ups")
        await slack.settle(0.3)
    assert len(slack.bot_messages(slack.channel)) == 1
    assert "follow-ups in the threads" in slack.ephemerals(slack.user)[-1].text
