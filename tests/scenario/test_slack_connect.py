"""Channels that are shared with another company: its people may ask, and see no more than that."""

import pytest
from curation_steps import published

from bot.slack.arrivals import is_stranger
from knowledge.store.personal import owner_of
from knowledge.visibility import Place, Viewer


@pytest.fixture
async def shared(start_lab):
    """Give a lab with real answers, a shared channel, and somebody of the other company in it."""
    lab = await start_lab(real=True)
    slack = lab.slack
    lab.partner = slack.add_workspace("partner", installed=False)
    lab.guest = slack.add_user("guest", lab.partner)
    lab.room = slack.add_channel("shared", members=[slack.user, lab.guest], ext_shared=True)
    return lab


async def asked_by(lab, user, channel, text):
    asked = await lab.slack.mention(user, channel, text)
    return await lab.slack.wait_for_message(channel, asked.ts, timeout_s=15)


def action_of(message, begins):
    return next(
        element["action_id"]
        for block in message.blocks
        for element in block.get("elements", ())
        if str(element.get("action_id", "")).startswith(begins)
    )


QUESTION = "can 4 V100 32G train 65B?"


async def test_a_stranger_is_answered_in_the_thread(shared):
    answer = await asked_by(shared, shared.guest, shared.room, "7b fp16 adamw")
    assert "112" in answer.text


async def test_no_history_is_shown_there(shared):
    slack = shared.slack
    await asked_by(shared, slack.user, slack.channel, QUESTION)
    answer = await asked_by(shared, shared.guest, shared.room, QUESTION)
    assert slack.channel.id not in str(answer.blocks) + answer.text


async def test_what_was_asked_there_is_found_only_there(shared):
    slack = shared.slack
    await asked_by(shared, shared.guest, shared.room, QUESTION)
    store, workspace = shared.store, slack.workspace.id
    inside = Viewer(slack.user.id, Place(workspace, slack.channel.id, "public"))
    there = Viewer(slack.user.id, Place(workspace, shared.room.id, "external"))
    assert store.search("65B", inside) == []
    (found,) = store.search("65B", there)
    assert (found.place.kind, found.asker) == ("external", shared.guest.id)


async def test_a_members_command_there_finds_that_channels_answers_alone(shared):
    slack = shared.slack
    await asked_by(shared, slack.user, slack.channel, QUESTION)
    reply = await slack.slash(slack.user, shared.room, "/vram", "find 65B")
    said = str(reply.message) + "".join(one.text for one in slack.ephemerals(slack.user))
    assert slack.channel.id not in said
    assert "4 V100" not in said


@pytest.mark.parametrize("value", ["good", "bad"])
async def test_a_stranger_cannot_judge_an_answer(shared, value):
    slack = shared.slack
    answer = await asked_by(shared, slack.user, shared.room, "7b fp16 adamw")
    element = next(
        one
        for block in answer.blocks
        for one in block.get("elements", ())
        if one.get("type") == "feedback_buttons"
    )
    chosen = element["positive_button" if value == "good" else "negative_button"]["value"]
    await slack.click(shared.guest, answer, element["action_id"], chosen)
    refused = await slack.wait_for_ephemeral(shared.guest, shared.room)
    assert "members of the workspace" in refused.text
    (past,) = shared.store.search(
        "7b adamw", Viewer("U", Place(slack.workspace.id, shared.room.id, "external"))
    )
    assert shared.store.verdicts(slack.workspace.id, past.id) == {}


async def test_a_stranger_may_click_what_only_asks(start_lab):
    lab = await start_lab()
    slack = lab.slack
    guest = slack.add_user("guest", slack.add_workspace("partner", installed=False))
    room = slack.add_channel("shared", members=[slack.user, guest], ext_shared=True)
    answer = await asked_by(lab, slack.user, room, "which?")
    await slack.click(guest, answer, action_of(answer, "answer_ask"))
    await slack.wait_for_message(room, answer.thread_ts, count=2)
    assert lab.answerer.asked[-1].place.kind == "external"
    assert lab.answerer.asked[-1].asker == guest.id


async def test_any_other_click_form_or_shortcut_of_a_stranger_is_refused(shared):
    """Whatever is added later: what is not known to ask only, is for members."""
    slack, guest = shared.slack, shared.guest
    answer = await asked_by(shared, slack.user, shared.room, "7b fp16 adamw")
    answer.blocks.append(
        {
            "type": "actions",
            "block_id": "later",
            "elements": [
                {
                    "type": "button",
                    "action_id": "something_added_later",
                    "text": {"type": "plain_text", "text": "Later"},
                    "value": "x",
                }
            ],
        }
    )
    calls = len(slack.calls)
    await slack.click(guest, answer, "something_added_later")
    assert "members of the workspace" in (await slack.wait_for_ephemeral(guest)).text
    for callback in [one.callback_id for one in slack.app.shortcuts] or ["explain_memory"]:
        before = len(slack.ephemerals(guest))
        await slack.shortcut(guest, callback, answer)
        await slack.wait_for(lambda before=before: len(slack.ephemerals(guest)) > before)
    assert not [call for call in slack.calls[calls:] if call.method.startswith("views.")]


async def test_a_private_shared_channel_is_external_without_the_scope_to_look(start_lab):
    scopes = frozenset({"app_mentions:read", "chat:write", "commands"})
    lab = await start_lab(scopes=scopes)
    slack = lab.slack
    room = slack.add_channel("inner-shared", "private", ext_shared=True)
    await slack.slash(slack.user, room, "/vram", "7b")
    await slack.settle()
    assert lab.answerer.asked[-1].place.kind == "external"
    own = slack.add_channel("inner", "private")
    await asked_by(lab, slack.user, own, "7b")
    assert lab.answerer.asked[-1].place.kind == "private"


@pytest.mark.parametrize(
    ("body", "stranger"),
    [
        ({"type": "block_actions", "team": {"id": "T1"}, "user": {"team_id": "T2"}}, True),
        ({"type": "block_actions", "team": {"id": "T1"}, "user": {"team_id": "T1"}}, False),
        ({"type": "block_actions", "team": None, "user": {"team_id": "T1"}}, False),
        (
            {
                "type": "view_submission",
                "team": {"id": "T2"},
                "user": {"team_id": "T2"},
                "view": {"app_installed_team_id": "T1"},
            },
            True,
        ),
        (
            {
                "type": "shortcut",
                "team": {"id": "T1"},
                "enterprise": {"id": "E1"},
                "user": {"team_id": "E1"},
            },
            False,
        ),
        ({"type": "event_callback", "team_id": "T1", "event": {"user_team": "T2"}}, False),
    ],
)
def test_a_stranger_is_told_by_the_workspace_that_installed_the_bot(body, stranger):
    assert is_stranger(body) is stranger


@pytest.mark.curator
@pytest.mark.parametrize("words", ["how do I book a zephyr node?", "zephyr outage tonight?"])
async def test_nothing_that_the_team_wrote_is_told_there(lab, words):
    """Neither as the answer nor among what is nearest; elsewhere the same words find it."""
    slack = lab.slack
    guest = slack.add_user("guest", slack.add_workspace("partner", installed=False))
    room = slack.add_channel("shared", members=[slack.user, guest], ext_shared=True)
    await published(slack, slack.user)
    for user in (guest, slack.user):
        answer = await asked_by(lab, user, room, words)
        assert "zephyr node" not in answer.text.replace(words, "")
        assert "#zephyr" not in str(answer.blocks)
    inside = await asked_by(lab, slack.user, slack.channel, words)
    assert "zephyr" in inside.text


@pytest.mark.parametrize("whose", ["workspace", "user"])
async def test_nobodys_default_cards_are_told_there(shared, whose):
    slack, workspace = shared.slack, shared.slack.workspace.id
    owner = owner_of("workspace") if whose == "workspace" else owner_of("user", slack.user.id)
    cards = {"gpu": "h100-80gb-sxm5", "gpu_count": 64}
    shared.store.prefer(workspace, owner, cards, slack.user.id)
    for user in (shared.guest, slack.user):
        answer = await asked_by(shared, user, shared.room, "can we train 7B?")
        assert "64×" not in answer.text + str(answer.blocks)
    inside = await asked_by(shared, slack.user, slack.channel, "can we train 7B?")
    assert "64×" in inside.text
