"""What the bot showed to one person alone stays with them until they share it."""

import json

import pytest

from bot.rendering.actions import SHARE
from knowledge.visibility import Place, Viewer

SECRET = "can our Titan 65B train on 4×V100 32G?"
SAME = "can 4×V100 32G train 65B?"


@pytest.fixture(params=["http"])
def transport(request):
    return request.param


@pytest.fixture
async def people(start_lab):
    lab = await start_lab(real=True)
    lab.li, lab.bo = lab.slack.add_user("li"), lab.slack.add_user("bo")
    lab.slack.channel.members |= {lab.li.id, lab.bo.id}
    return lab


def room_of(lab, kind):
    if kind == "public":
        return lab.slack.channel
    if kind != "external":
        return lab.slack.add_channel("room", kind, [lab.li, lab.bo])
    rival = lab.slack.add_workspace("rival", installed=False)
    lab.bo = lab.slack.add_user("eve", rival)
    return lab.slack.add_channel("joint", "public", [lab.li, lab.bo], ext_shared=True)


async def said_to(lab, user, room, text):
    asked = await lab.slack.mention(user, room, text)
    answer = await lab.slack.wait_for_message(room, asked.ts, timeout_s=15)
    return json.dumps(answer.as_json(), ensure_ascii=False)


async def asked_alone(lab, room):
    reply = await lab.slack.slash(lab.li, room, "/vram", SECRET)
    await lab.slack.settle(0.3)
    return reply.message


@pytest.mark.parametrize("kind", ["public", "private", "mpim", "external"])
async def test_a_message_never_quotes_it(people, kind):
    room = room_of(people, kind)
    await asked_alone(people, room)
    for user in (people.bo, people.li):
        assert "Titan" not in await said_to(people, user, room, SAME)
    found = await said_to(people, people.bo, room, "search past answers about Titan")
    assert "our Titan" not in found


@pytest.mark.parametrize("kind", ["private", "mpim"])
async def test_of_a_closed_place_only_the_asker_finds_it(people, kind):
    slack, room = people.slack, room_of(people, kind)
    await asked_alone(people, room)
    theirs = await slack.slash(people.bo, room, "/vram", "find Titan")
    assert "our Titan" not in json.dumps(theirs.message.as_json())
    own = await slack.slash(people.li, room, "/vram", "find Titan")
    assert "our Titan" in json.dumps(own.message.as_json())


async def test_of_a_public_channel_anyone_finds_it_by_command(people):
    slack = people.slack
    await asked_alone(people, slack.channel)
    elsewhere = slack.add_channel("elsewhere", "public", [people.bo])
    found = await slack.slash(people.bo, elsewhere, "/vram", "find Titan")
    assert "our Titan" in json.dumps(found.message.as_json())


@pytest.mark.parametrize("kind", ["public", "private", "external"])
async def test_once_shared_it_is_quoted_as_any_other(people, kind):
    slack, room = people.slack, room_of(people, kind)
    message = await asked_alone(people, room)
    seen = Viewer(people.bo.id, Place(slack.workspace.id, room.id, kind), aloud=True)
    assert people.store.search("Titan", seen) == []
    await slack.click(people.li, message, SHARE)
    await slack.settle(0.3)
    (past,) = people.store.search("Titan", seen)
    assert not past.private
    assert "our Titan" in await said_to(people, people.bo, room, SAME)


async def test_what_others_asked_alone_is_not_in_an_answer_that_is_shared(people):
    """A private reply may be shared afterwards, with all that stands in it."""
    await asked_alone(people, people.slack.channel)
    reply = await people.slack.slash(people.bo, people.slack.channel, "/vram", SAME)
    assert "Titan" not in json.dumps(reply.message.as_json())
