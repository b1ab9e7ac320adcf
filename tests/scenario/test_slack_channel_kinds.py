"""What sort of channel a question comes from: known without a call, else taken as private.

It decides who may find the answer later. No answer waits for a look-up: a mention takes one call.
"""

import pytest

from bot.fakeslack import DEFAULT_SCOPES
from bot.slack import places, service, settling
from bot.slack.tasks import settle
from knowledge.visibility import Place, Viewer

MENTION_ONLY = frozenset({"app_mention", "message.im", "app_home_opened"})
"""Without history scopes no event tells the kind of a channel."""
UNLISTED = DEFAULT_SCOPES - {"channels:read", "groups:read"}
"""And without these nothing else does."""


async def mentioned(lab, channel, text="can 4 V100 32G train 65B?"):
    """Ask in a channel; give the methods that were called for it."""
    before = len(lab.slack.calls)
    asked = await lab.slack.mention(lab.slack.user, channel, text)
    await lab.slack.wait_for_message(channel, asked.ts, timeout_s=15)
    await lab.slack.settle(0.2)
    return [call.method for call in lab.slack.calls[before:]]


def found_from(lab, channel, kind="public", words="65B"):
    place = Place(lab.slack.workspace.id, channel.id, kind)
    return lab.store.search(words, Viewer(lab.slack.user.id, place))


@pytest.mark.parametrize("kind", ["public", "private", "mpim"])
@pytest.mark.parametrize("text", ["can 4 V100 32G train 65B?", "四张V100 32G能训65B吗"])
async def test_a_first_mention_takes_one_call_whatever_the_channel_is(start_lab, kind, text):
    lab = await start_lab(real=True, events=MENTION_ONLY)
    room = lab.slack.add_channel("room", kind)
    assert await mentioned(lab, room, text) == ["chat.postMessage"]


async def test_a_command_in_such_a_channel_takes_none(start_lab):
    lab = await start_lab(real=True, events=MENTION_ONLY)
    slack = lab.slack
    room = slack.add_channel("room")
    before = len(slack.calls)
    await slack.slash(slack.user, room, "/vram", "7b fp16 adamw")
    await slack.settle(0.3)
    assert slack.calls[before:] == []


async def test_long_after_the_start_a_mention_still_takes_one_call(start_lab, monkeypatch):
    """What was known of the channel has lapsed: nothing is asked anew before the answer."""
    monkeypatch.setattr(places, "KEEP_S", 0.0)
    lab = await start_lab(real=True, events=MENTION_ONLY)
    assert await mentioned(lab, lab.slack.channel) == ["chat.postMessage"]


async def test_what_is_known_is_listed_anew_before_it_lapses(start_lab, monkeypatch):
    monkeypatch.setattr(service, "REFRESH_S", 0.1)
    lab = await start_lab(real=True, events=MENTION_ONLY)
    room = lab.slack.add_channel("later")
    listed = len(lab.slack.calls_to("users.conversations"))
    await lab.slack.wait_for(lambda: len(lab.slack.calls_to("users.conversations")) > listed + 1)
    asked = await lab.slack.mention(lab.slack.user, room, "can 4 V100 32G train 65B?")
    await lab.slack.wait_for_message(room, asked.ts, timeout_s=15)
    await lab.slack.wait_for(lambda: found_from(lab, lab.slack.channel), timeout_s=10)
    assert not lab.slack.calls_to("conversations.info")


async def test_an_answer_becomes_public_when_its_channel_turns_out_to_be(start_lab, monkeypatch):
    monkeypatch.setattr(settling, "SETTLE_S", 0.3)
    lab = await start_lab(real=True, events=MENTION_ONLY)
    room = lab.slack.add_channel("room")
    await mentioned(lab, room)
    await lab.slack.wait_for(lambda: found_from(lab, lab.slack.channel), timeout_s=10)
    (past,) = found_from(lab, lab.slack.channel)
    assert (past.place.kind, past.place.channel) == ("public", room.id)
    # The next one is known.
    assert await mentioned(lab, room, "13b fp16 adamw") == ["chat.postMessage"]
    assert len(lab.slack.calls_to("conversations.info")) == 1


async def test_where_slack_has_no_time_to_tell_it_is_asked_again(start_lab, monkeypatch):
    monkeypatch.setattr(settling, "SETTLE_S", 0.1)
    monkeypatch.setattr(settle, "AGAIN_S", 0.1)
    lab = await start_lab(real=True, events=MENTION_ONLY)
    room = lab.slack.add_channel("room")
    lab.slack.faults.rate_limit("conversations.info")
    await mentioned(lab, room)
    await lab.slack.wait_for(lambda: found_from(lab, lab.slack.channel), timeout_s=10)
    assert len(lab.slack.calls_to("conversations.info")) == 2


@pytest.mark.parametrize(
    ("kind", "shared"), [("private", False), ("public", True), ("private", True)]
)
async def test_one_that_is_not_public_stays_where_it_was_asked(
    start_lab, monkeypatch, kind, shared
):
    monkeypatch.setattr(settling, "SETTLE_S", 0.1)
    lab = await start_lab(real=True, events=MENTION_ONLY)
    room = lab.slack.add_channel("room", kind, ext_shared=shared)
    await mentioned(lab, room)
    await lab.slack.wait_for(lambda: not lab.store.waiting("inbox"), timeout_s=10)
    assert found_from(lab, lab.slack.channel) == []
    assert found_from(lab, room, "external" if shared else kind)


async def test_without_the_scope_to_look_it_stays_private(start_lab, monkeypatch):
    monkeypatch.setattr(settling, "SETTLE_S", 0.1)
    lab = await start_lab(real=True, events=MENTION_ONLY, scopes=DEFAULT_SCOPES - {"channels:read"})
    room = lab.slack.add_channel("room")
    await mentioned(lab, room)
    await lab.slack.wait_for(lambda: not lab.store.waiting("inbox"), timeout_s=10)
    assert found_from(lab, lab.slack.channel) == []
    assert found_from(lab, room)


async def test_a_shared_channel_of_unknown_kind_shows_nothing_of_the_rest(start_lab):
    """An answer of a public channel is no hint there, before anything is known of it."""
    lab = await start_lab(real=True, events=MENTION_ONLY)
    slack = lab.slack
    await mentioned(lab, slack.channel)
    partner = slack.add_workspace("partner", installed=False)
    guest = slack.add_user("guest", partner)
    shared = slack.add_channel("shared", members=[slack.user, guest], ext_shared=True)
    asked = await slack.mention(guest, shared, "can 4 V100 32G train 65B?")
    answer = await slack.wait_for_message(shared, asked.ts, timeout_s=15)
    assert slack.channel.id not in answer.text + str(answer.blocks)


async def test_a_restart_in_between_settles_it_too(start_lab):
    lab = await start_lab(real=True, events=MENTION_ONLY)
    room = lab.slack.add_channel("room")
    await mentioned(lab, room)
    assert found_from(lab, lab.slack.channel) == []
    await lab.restart()
    await lab.slack.wait_for(lambda: found_from(lab, lab.slack.channel), timeout_s=10)


async def test_channels_that_are_looked_up_later_take_no_place_from_questions(start_lab):
    """Four may wait. Eight answers are to be looked at again, and the eighth is given all the same.

    The health on the Home tab does not count them either: nothing is being worked on.
    """
    lab = await start_lab(
        settings={"VRAMBOT_MAX_WAITING": 4}, real=True, events=MENTION_ONLY, scopes=UNLISTED
    )
    slack = lab.slack
    room = slack.add_channel("newer")
    for number in range(3, 11):
        asked = await slack.mention(slack.user, room, f"{number}b fp16 adamw")
        await slack.wait_for_message(room, asked.ts)
    told = await slack.slash(slack.user, room, "/vram", "13b fp16 adamw")
    assert "try again" not in told.message.text
    assert "13" in told.message.text
    await slack.settle(0.3)
    assert lab.store.waiting("inbox") == 0


async def test_a_public_channel_that_was_made_private_is_one_after_the_next_listing(
    start_lab, monkeypatch
):
    """Without ``groups:read`` it is listed no more, and its mentions do not tell its kind."""
    monkeypatch.setattr(service, "REFRESH_S", 0.1)
    lab = await start_lab(real=True, events=MENTION_ONLY, scopes=DEFAULT_SCOPES - {"groups:read"})
    slack, room = lab.slack, lab.slack.add_channel("room")

    async def listed_anew():
        before = len(slack.calls_to("users.conversations"))
        await slack.wait_for(lambda: len(slack.calls_to("users.conversations")) > before + 1)

    async def answered(text):
        await listed_anew()
        asked = await slack.mention(slack.user, room, text)
        await slack.wait_for_message(room, asked.ts, timeout_s=15)

    await answered("7b fp16 adamw")
    assert found_from(lab, slack.channel, words="7b")
    room.kind = "private"
    await answered("can 4 V100 32G train 65B?")
    assert found_from(lab, slack.channel) == []
    assert found_from(lab, room, "private")
