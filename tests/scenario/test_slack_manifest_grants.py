"""With exactly what ``manifest.json`` asks for, the bot does all its work."""

import json
from pathlib import Path

import pytest

MANIFEST = json.loads((Path(__file__).parents[2] / "manifest.json").read_text(encoding="utf-8"))
SCOPES = MANIFEST["oauth_config"]["scopes"]
REQUIRED = frozenset(SCOPES["bot"]) - frozenset(SCOPES["bot_optional"])
EVENTS = frozenset(MANIFEST["settings"]["event_subscriptions"]["bot_events"])


@pytest.mark.parametrize("optional", [True, False])
async def test_mentions_messages_commands_and_home_work(start_lab, optional):
    scopes = frozenset(SCOPES["bot"]) if optional else REQUIRED
    lab = await start_lab(scopes=scopes, events=EVENTS, commands={"/vram": False})
    slack = lab.slack
    rooms = [slack.channel, slack.add_channel("inner", "private"), slack.add_channel("few", "mpim")]
    for room in rooms:
        asked = await slack.mention(slack.user, room, "7b")
        await slack.wait_for_message(room, asked.ts)
    asked = await slack.dm(slack.user, "13b")
    await slack.wait_for_message(slack.direct_message(), asked.ts)
    reply = await slack.slash(slack.user, slack.channel, "/vram", "7b")
    assert "You said: 7b" in reply.message.text
    await slack.open_home()
    await slack.wait_for(slack.home)
    refused = [call for call in slack.calls if call.error]
    assert refused == []
    kinds = [question.place.kind for question in lab.answerer.asked[:4]]
    assert kinds == ["public", "private", "private", "dm"]


async def test_a_private_channel_with_a_public_looking_id_counts_as_private(start_lab):
    lab = await start_lab(scopes=REQUIRED, events=EVENTS)
    slack = lab.slack
    room = slack.add_channel("inner", "private")
    del slack.world.channels[room.id]
    room.id = "C0PRIVATE01"
    slack.world.channels[room.id] = room
    asked = await slack.mention(slack.user, room, "7b")
    await slack.wait_for_message(room, asked.ts)
    assert lab.answerer.asked[0].place.kind == "private"
