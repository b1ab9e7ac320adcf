"""A person's own data: ``/vram export`` hands it out, ``/vram forget me`` deletes it."""

import json

import pytest

from bot.fakeslack import DEFAULT_SCOPES
from bot.slack.commands.own_data import wish_in


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("export", "export"),
        ("Export my data", "export"),
        ("导出我的数据", "export"),
        ("导出", "export"),
        ("forget me", "forget"),
        ("delete my  data", "forget"),
        ("忘记我", "forget"),
        ("删除我的数据", "forget"),
        ("forget", None),
        ("export 7b", None),
        ("delete U0OTHER", None),
        ("how do I export a model", None),
    ],
)
def test_a_wish_is_told_from_a_question(text, wish):
    assert wish_in(text) == wish


async def test_the_settings_say_how(lab):
    reply = await lab.slack.slash(lab.slack.user, lab.slack.channel, "/vram", "settings")
    assert "/vram export" in reply.message.text
    assert "/vram forget me" in reply.message.text


async def asked_by(lab, user, text):
    asked = await lab.slack.mention(user, lab.slack.channel, text)
    await lab.slack.wait_for_message(lab.slack.channel, asked.ts)


def stored(lab, user):
    return lab.store.export_person(lab.slack.workspace.id, user.id)


async def test_an_export_comes_as_a_file_in_the_direct_message(lab):
    slack = lab.slack
    other = slack.add_user("wei")
    await asked_by(lab, slack.user, "mine 7b")
    await asked_by(lab, other, "theirs 13b")
    reply = await slack.slash(slack.user, slack.channel, "/vram", "export")
    assert "direct message" in reply.message.text
    file = await slack.wait_for(
        lambda: next((one for one in slack.world.files.values() if one.shared), None)
    )
    found = json.loads(file.content)
    assert found["user"] == slack.user.id
    assert [row["query"] for row in found["stored"]["answers"]] == ["mine 7b"]
    assert "theirs" not in file.content.decode()
    assert "hooks" not in file.content.decode()
    assert slack.bot_messages(slack.channel)[-1].text != "mine 7b"


async def test_without_the_scope_it_comes_in_parts(start_lab):
    lab = await start_lab(scopes=frozenset({"app_mentions:read", "chat:write", "commands"}))
    slack = lab.slack
    await asked_by(lab, slack.user, "mine 7b")
    await slack.slash(slack.user, slack.channel, "/vram", "export")
    room = slack.direct_message()
    await slack.wait_for_message(room, containing="exported_at")
    assert any("mine 7b" in one.text for one in slack.bot_messages(room))


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_an_upload_that_fails_sends_parts_and_begins_nothing_twice(start_lab, method):
    lab = await start_lab(scopes=DEFAULT_SCOPES | {"files:write"})
    slack = lab.slack
    await asked_by(lab, slack.user, "mine 7b")
    slack.faults.error(method, "internal_error", times=50)
    await slack.slash(slack.user, slack.channel, "/vram", "export")
    room = slack.direct_message()
    await slack.wait_for_message(room, containing="exported_at")
    await slack.settle(0.3)
    assert len([one for one in slack.bot_messages(room) if not one.is_reply]) == 1


async def test_what_is_too_long_for_messages_names_the_terminal(start_lab, monkeypatch):
    monkeypatch.setattr("bot.slack.tasks.export_person.MOST_PARTS", 0)
    lab = await start_lab(scopes=frozenset({"app_mentions:read", "chat:write", "commands"}))
    slack = lab.slack
    await asked_by(lab, slack.user, "mine 7b")
    await slack.slash(slack.user, slack.channel, "/vram", "export")
    said = await slack.wait_for_message(slack.direct_message(), containing="privacy export")
    assert slack.user.id in said.text


async def test_forgetting_asks_first_and_deletes_on_the_click(lab):
    slack = lab.slack
    other = slack.add_user("wei")
    await asked_by(lab, slack.user, "mine 7b")
    await asked_by(lab, other, "theirs 13b")
    await slack.slash(slack.user, slack.channel, "/vram", "忘记我")
    question = slack.ephemerals(slack.user, slack.channel)[-1]
    assert stored(lab, slack.user)["answers"]
    kept = stored(lab, other)
    await slack.click(slack.user, question, "forget_person")
    await slack.wait_for(lambda: not stored(lab, slack.user))
    assert stored(lab, other) == kept
    await slack.wait_for(
        lambda: any("不再保存" in one.text for one in slack.ephemerals(slack.user))
    )
    assert stored(lab, slack.user) == {}


async def test_nobody_else_can_click_it(lab):
    """The question is shown to one person alone; a click counts for whoever clicks."""
    slack = lab.slack
    other = slack.add_user("wei")
    await asked_by(lab, other, "theirs 13b")
    await asked_by(lab, slack.user, "mine 7b")
    await slack.slash(slack.user, slack.channel, "/vram", "forget me")
    question = slack.ephemerals(slack.user, slack.channel)[-1]
    (element,) = next(one for one in question.blocks if one["type"] == "actions")["elements"]
    assert slack.user.id not in json.dumps(element)
    await slack.click(slack.user, question, "forget_person")
    await slack.wait_for(lambda: not stored(lab, slack.user))
    assert stored(lab, other)["answers"]
