"""A form acts where it was opened, for whoever opened it, while they may be there."""

import json

import pytest

from bot.fakeslack import DEFAULT_SCOPES
from bot.rendering.actions import CHANGE
from bot.slack.forms import seal as sealing
from bot.slack.forms.seal import Seal

QUESTION = {"en": "9b fp16 adamw", "zh": "9b fp16 adamw 显存"}
OUTDATED = "open it again"


@pytest.fixture
async def real(start_lab):
    return await start_lab(real=True)


async def opened(slack, user, channel, text=QUESTION["en"]):
    """Ask in a channel, and open the form under the answer."""
    asked = await slack.mention(user, channel, text)
    message = await slack.wait_for_message(channel, asked.ts, timeout_s=15)
    await slack.click(user, message, CHANGE)
    return await slack.wait_for_modal(user)


def said(reply):
    return json.dumps(reply.view.payload, ensure_ascii=False)


async def test_a_form_of_a_private_channel_is_answered_there(real):
    slack = real.slack
    room = slack.add_channel("inner", "private")
    form = await opened(slack, slack.user, room)
    await slack.submit(slack.user, form, {"subject": "13B"})
    await slack.wait_for(lambda: len(slack.bot_messages(room)) == 2, timeout_s=15)


@pytest.mark.parametrize(
    ("language", "told"), [("en", "no longer in the channel"), ("zh", "已不在打开这个表单的频道里")]
)
async def test_whoever_left_the_channel_meanwhile_posts_nothing_there(real, language, told):
    slack = real.slack
    mallory = slack.add_user("mallory")
    room = slack.add_channel("inner", "private", [slack.user, mallory])
    form = await opened(slack, mallory, room, QUESTION[language])
    room.members.discard(mallory.id)
    assert (await slack.submit(mallory, form, {"subject": "13B"})).action == "close"
    await slack.wait_for(lambda: slack.ephemerals(mallory), timeout_s=15)
    assert told in slack.ephemerals(mallory)[-1].text
    await slack.settle(0.2)
    assert len(slack.bot_messages(room)) == 1


async def test_where_slack_does_not_tell_the_members_the_form_is_believed(start_lab):
    lab = await start_lab(real=True, scopes=DEFAULT_SCOPES - {"groups:read"})
    slack = lab.slack
    room = slack.add_channel("inner", "private")
    form = await opened(slack, slack.user, room)
    await slack.submit(slack.user, form, {"subject": "13B"})
    await slack.wait_for(lambda: len(slack.bot_messages(room)) == 2, timeout_s=15)


async def test_a_form_of_a_public_channel_asks_for_no_members(real):
    slack = real.slack
    form = await opened(slack, slack.user, slack.channel)
    await slack.submit(slack.user, form, {"subject": "13B"})
    await slack.wait_for(lambda: len(slack.bot_messages(slack.channel)) == 2, timeout_s=15)
    assert not slack.calls_to("conversations.members")


async def test_what_another_persons_form_carries_is_not_believed(real):
    slack = real.slack
    mallory = slack.add_user("mallory")
    inner = slack.add_channel("inner", "private", [slack.user])
    theirs = await opened(slack, slack.user, inner)
    room = slack.add_channel("room", members=[mallory])
    mine = await opened(slack, mallory, room)
    mine.payload["private_metadata"] = theirs.payload["private_metadata"]
    reply = await slack.submit(mallory, mine, {"subject": "13B"})
    assert OUTDATED in said(reply)
    await slack.settle(0.2)
    assert len(slack.bot_messages(inner)) == 1


async def test_a_form_that_was_open_for_long_is_opened_again(real, monkeypatch):
    slack = real.slack
    form = await opened(slack, slack.user, slack.channel)
    monkeypatch.setattr(sealing, "OPEN_S", -1.0)
    assert OUTDATED in said(await slack.submit(slack.user, form, {"subject": "13B"}))


async def test_a_form_that_was_opened_before_a_restart_still_works(real):
    slack = real.slack
    form = await opened(slack, slack.user, slack.channel)
    await real.restart()
    await slack.submit(slack.user, form, {"subject": "13B"})
    await slack.wait_for(lambda: len(slack.bot_messages(slack.channel)) == 2, timeout_s=15)


class TestSeal:
    def view(self, carried="x", name="form"):
        return {"callback_id": name, "private_metadata": carried}

    def test_it_opens_for_the_same_person_form_and_secret(self):
        view = Seal("s").sealed(self.view(), "T1", "U1")
        assert Seal("s").opened(view, "T1", "U1") == "x"
        for other in (
            Seal("s2").opened(view, "T1", "U1"),
            Seal("s").opened(view, "T2", "U1"),
            Seal("s").opened(view, "T1", "U2"),
            Seal("s").opened({**view, "callback_id": "other"}, "T1", "U1"),
        ):
            assert other is None

    @pytest.mark.parametrize("metadata", ["", "x", "{}", "[]", "null", '{"carried": "x"}'])
    def test_what_is_no_seal_opens_nothing(self, metadata):
        assert Seal("s").opened(self.view(metadata), "T1", "U1") is None

    def test_its_date_cannot_be_moved(self):
        view = Seal("s", lambda: 0.0).sealed(self.view(), "T1", "U1")
        moved = json.loads(view["private_metadata"]) | {"at": 5_000}
        later = Seal("s", lambda: 5_000.0)
        assert later.opened(view, "T1", "U1") is None
        assert later.opened(self.view(json.dumps(moved)), "T1", "U1") is None
