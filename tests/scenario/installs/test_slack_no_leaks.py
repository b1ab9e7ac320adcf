"""Two workspaces ask the same things: nothing of one ever reaches the other."""

import json

import pytest

QUESTIONS = ("can 4 V100 32G train 65B?", "7b fp16 adamw", "how long is the moon's orbit")


@pytest.fixture
async def both(installs):
    """Give two installed workspaces with the same questions, each answered by the real answerer."""
    await installs.stop()
    installs.answerer = None
    await installs.start()
    slack = installs.slack
    other = slack.add_workspace("other", installed=False)
    homes = {}
    for place in (slack.workspace, other):
        assert (await installs.browser.install(place))[0] == 200
        user = slack.add_user(f"someone-of-{place.name}", place)
        channel = slack.add_channel("general", members=[user], workspace=place)
        for text in QUESTIONS:
            asked = await slack.mention(user, channel, text)
            await slack.wait_for_message(channel, asked.ts, timeout_s=20)
        homes[place.name] = (place, user, channel)
    return installs, homes


def traces_of(slack, place):
    """Return what would give a workspace away: the ids of all that is in it, and its address."""
    own = [one.id for one in slack.world.users.values() if one.team_id == place.id]
    own += [one.id for one in slack.world.channels.values() if one.team_id == place.id]
    return [place.id, f"{place.domain}.slack.com", place.bot_token, *own]


async def look_around(slack, user, channel):
    """Use everything that shows something stored; give all that the person saw."""
    seen = []
    for text in ("find V100", "find 7b", "unanswered", "entries", "export", "policy", "settings"):
        reply = await slack.slash(user, channel, "/vram", text)
        seen.append(str(reply.message and reply.message.as_json()))
    await slack.open_home(user)
    await slack.wait_for(lambda: slack.home(user), timeout_s=10)
    again = await slack.mention(user, channel, QUESTIONS[0])
    await slack.wait_for_message(channel, again.ts, timeout_s=20)
    await slack.settle()
    seen.append(json.dumps(slack.home(user)))
    seen += [str(one.as_json()) for one in slack.ephemerals(user)]
    return "\n".join(seen)


@pytest.mark.parametrize(("looker", "hidden"), [("other", "lab"), ("lab", "other")])
async def test_no_look_up_and_no_call_carries_anything_across(both, looker, hidden):
    installs, homes = both
    slack = installs.slack
    place, user, channel = homes[looker]
    seen = await look_around(slack, user, channel)
    sent = "\n".join(
        json.dumps(call.args, default=str) for call in slack.calls if call.token == place.bot_token
    )
    files = b"\n".join(one.content or b"" for one in slack.world.files.values()).decode()
    # What is looked for would be seen: the looker's own is there.
    assert channel.id in seen
    assert user.id in files
    for trace in traces_of(slack, homes[hidden][0]):
        assert trace not in seen
        assert trace not in sent
        assert trace not in files


async def test_an_answers_id_of_another_workspace_opens_nothing(both):
    installs, homes = both
    slack = installs.slack
    store = installs.service.store
    place, user, channel = homes["other"]
    foreign = store.export_person(homes["lab"][0].id, homes["lab"][1].id)["answers"][0]
    mine = slack.bot_messages(channel)[0]
    # A button that was forged: the id of an answer of another workspace in it.
    element = next(
        one
        for block in mine.blocks
        for one in block.get("elements", ())
        if one.get("type") == "feedback_buttons"
    )
    good = element["positive_button"]
    good["value"] = f"good:{foreign['id']}"
    await slack.click(user, mine, element["action_id"], good["value"])
    await slack.settle()
    assert store.verdicts(foreign["workspace"], foreign["id"]) == {}
    assert store.verdicts(place.id, foreign["id"]) == {}
