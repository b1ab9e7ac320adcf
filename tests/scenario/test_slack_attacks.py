"""What somebody could try: buttons and forms that carry what they should not, words that ping.

Slack signs what it delivers and keeps what a form carries, so that none of this comes from an
ordinary client; it is looked at all the same.
"""

import json

import pytest
from curation_steps import WHOLE, drafts, new_form, view_of

from bot.rendering.actions import AGAIN, ASK, CHANGE, SAVE, SHARE
from bot.slack.commands.orders import SET_POLICY
from bot.slack.forms.change import CHANGE as CHANGE_FORM
from knowledge.store import Item

SECRET = "can our unannounced 65B fit 4×V100 32G?"
PING = "<!channel> <@U012AB3CD> [x](!channel) can 4×V100 32G train 65B?"
BUSY = "Too many questions"


@pytest.fixture
async def real(start_lab):
    """A service with its own answers."""
    return await start_lab(real=True)


async def answered(slack, user, channel, text):
    asked = await slack.mention(user, channel, text)
    return await slack.wait_for_message(channel, asked.ts)


def everything_shown(slack, user):
    """Return all that a person can see of the bot: messages, notes, modals, the Home tab."""
    seen = [message.as_json() for message in slack.ephemerals(user)]
    seen += [view.payload for view in slack.world.views.values() if view.user_id == user.id]
    return json.dumps([seen, slack.home(user)], ensure_ascii=False)


def button_of(message, action_id):
    rows = [block for block in message.blocks if block["type"] == "actions"]
    return next(
        one for row in rows for one in row["elements"] if one["action_id"].startswith(action_id)
    )


@pytest.mark.parametrize("action_id", [CHANGE, SAVE, SHARE, AGAIN])
async def test_a_button_with_the_id_of_a_private_answer_shows_nothing(real, action_id):
    slack = real.slack
    li, mallory = slack.add_user("li"), slack.add_user("mallory")
    hidden = slack.add_channel("hidden", "private", [li])
    room = slack.add_channel("room", "public", [li, mallory])
    await answered(slack, li, hidden, SECRET)
    reply = await slack.slash(mallory, room, "/vram", "9b fp16 adamw")
    message = reply.message
    pressed = button_of(message, SAVE)
    pressed |= {"action_id": action_id, "value": id_of(real, SECRET)}
    before = len(slack.messages(room))
    await slack.click(mallory, message, action_id)
    await slack.settle(0.3)
    assert "unannounced" not in everything_shown(slack, mallory)
    assert all("unannounced" not in str(one.as_json()) for one in slack.messages(room)[before:])
    assert not real.store.saved(slack.workspace.id, mallory.id)


async def test_a_form_that_carries_the_id_of_a_private_answer_is_refused(real):
    slack = real.slack
    li, mallory = slack.add_user("li"), slack.add_user("mallory")
    hidden = slack.add_channel("hidden", "private", [li])
    room = slack.add_channel("room", "public", [li, mallory])
    await answered(slack, li, hidden, SECRET)
    message = await answered(slack, mallory, room, "9b fp16 adamw")
    await slack.click(mallory, message, CHANGE)
    form = await view_of(slack, mallory, CHANGE_FORM)
    sealed = json.loads(form.payload["private_metadata"])
    turned = {**json.loads(sealed["carried"]), "answer": id_of(real, SECRET), "channel": hidden.id}
    form.payload["private_metadata"] = json.dumps({**sealed, "carried": json.dumps(turned)})
    reply = await slack.submit(mallory, form, {"subject": "13B"})
    assert reply.action == "update"
    assert "unannounced" not in json.dumps(reply.view.payload)
    await slack.settle(0.2)
    assert len(slack.bot_messages(room)) <= 1


async def test_a_form_that_carries_another_persons_draft_writes_nothing_over(lab):
    slack = lab.slack
    mallory = slack.add_user("mallory")
    for one in (slack.user, mallory):
        one.is_admin = True
    mine = await new_form(slack, slack.user)
    assert (await slack.submit(slack.user, mine, WHOLE)).action == "push"
    carried = mine.payload["private_metadata"]
    slack.world.views.clear()
    other = await new_form(slack, mallory)
    other.payload["private_metadata"] = carried
    reply = await slack.submit(mallory, other, {**WHOLE, "body_en": "Nothing of the kind."})
    assert reply.action == "update"
    (kept,) = drafts(lab, "open")
    assert kept.author == slack.user.id
    assert "Nothing of the kind" not in kept.entry.body.en


async def test_words_that_ping_stay_words_wherever_they_are_shown_again(real):
    """In the answer, as a hint, in a look-up, shared, on the Home tab, in the curators' list."""
    slack, user = real.slack, real.slack.user
    user.is_admin = True
    await answered(slack, user, slack.channel, PING)
    await answered(slack, user, slack.channel, "can 4×V100 32G train 65B?")
    found = await slack.slash(user, slack.channel, "/vram", "find 65B V100")
    assert "&lt;!channel&gt;" in json.dumps(found.message.blocks)
    told = await slack.slash(user, slack.channel, "/vram", PING)
    await slack.click(user, told.message, SHARE)
    await slack.slash(user, slack.channel, "/vram", f"zorgle {PING}")
    await slack.slash(user, slack.channel, "/vram", "unanswered")
    await slack.slash(user, slack.channel, "/vram", f"entries {PING[:40]}")
    await slack.slash(user, slack.channel, "/vram", f"policy {PING[:20]}")
    await slack.open_home(user)
    await slack.wait_for(lambda: slack.home(user))
    await slack.settle(0.5)
    own = f"@{user.id}"
    assert [ping for ping in slack.pings if ping.target != own] == []
    assert "<!" not in json.dumps(slack.home(user))


async def test_a_share_that_was_done_is_said_and_not_done_again(real):
    slack, user = real.slack, real.slack.user
    told = await slack.slash(user, slack.channel, "/vram", "9b fp16 adamw")
    await slack.settle(0.2)
    for _ in range(2):
        await slack.click(user, told.message, SHARE)
    await slack.wait_for(lambda: "already" in slack.ephemerals(user)[-1].text)
    assert len(slack.bot_messages(slack.channel)) == 1


class TestAFullInbox:
    """A click that cannot be recorded is said so, and never half done."""

    @pytest.fixture
    async def full(self, start_lab):
        async def fill():
            store = lab.store
            store.accept(Item(lab.slack.workspace.id, "blocks", {"task": "none"}), ["k"], 5.0)

        lab = await start_lab(settings={"VRAMBOT_MAX_WAITING": 1, "VRAMBOT_WORKERS": 1})
        lab.fill = fill
        yield lab
        lab.store.answered(Item(lab.slack.workspace.id, "blocks", {}))

    @pytest.mark.parametrize(
        ("typed", "action_id"), [("policy", f"{SET_POLICY}_1"), ("forget me", "forget_person")]
    )
    async def test_an_order_by_a_button(self, full, typed, action_id):
        slack, user = full.slack, full.slack.user
        reply = await slack.slash(user, slack.channel, "/vram", typed)
        await full.fill()
        before = len(slack.ephemerals(user))
        await slack.click(user, reply.message, action_id)
        await slack.wait_for(lambda: len(slack.ephemerals(user)) > before)
        assert BUSY in slack.ephemerals(user)[-1].text

    async def test_recompute(self, full):
        slack, user = full.slack, full.slack.user
        message = await answered(slack, user, slack.channel, "7b?")
        await slack.settle(0.1)
        pressed = button_of(message, ASK)
        pressed |= {"action_id": AGAIN, "value": "a" * 24}
        await full.fill()
        await slack.click(user, message, AGAIN)
        note = await slack.wait_for_ephemeral(user)
        assert BUSY in note.text


async def test_no_command_calls_the_web_api_without_limit(start_lab):
    """What is free makes no call; an export, which uploads a file, counts as a question does."""
    lab = await start_lab(settings={"VRAMBOT_USER_PER_MINUTE": 2})
    slack, user = lab.slack, lab.slack.user

    async def vram(words):
        reply = await slack.slash(user, slack.channel, "/vram", words)
        return "" if reply.message is None else reply.message.text

    for _ in range(2):
        assert "minute" not in await vram("export")
    await slack.settle(0.3)
    calls = len(slack.calls)
    for _ in range(3):
        assert "minute" in await vram("export")
        for free in ("unanswered", "entries", "settings", "policy"):
            assert "minute" not in await vram(free)
    await slack.settle(0.2)
    made = [call.method for call in slack.calls[calls:] if call.method != "response_url"]
    assert made == ["users.info"]  # once, whether a curator asks; then it is known


def id_of(lab, query):
    with lab.store._connections.read() as connection:
        sql = "SELECT id FROM answers WHERE query = ?"
        return connection.execute(sql, (query,)).fetchone()[0]
