"""An answer to ``/vram`` shows its working in short; a click shows the whole to whoever clicked."""

import pytest

from bot.rendering.actions import SHARE, WORKING

LONG = {"en": "7b fp16 adamw", "zh": "7b fp16 adamw 训练要多少显存"}
# 16 × 7 = 112 GB (FAQ 5): the rule's one step, which is shown whole.
RULE = "M = n × (b_w + b_g + b_o)"
# The last step of the estimate, to which all others lead.
LAST = "M_1 = M_peak + M_cuda + M_r"
# A step on the way there.
FIRST = "M_w = n_t × b_w / k"


@pytest.fixture
async def real_lab(start_lab):
    return await start_lab(real=True)


def shown(message):
    return str(message.blocks)


def lines_of(message):
    texts = [block for block in message.blocks if block["type"] in ("section", "rich_text")]
    return str(texts).count("\\n")


@pytest.mark.parametrize(
    ("language", "button"), [("en", "Show the working"), ("zh", "查看推导")], ids=["en", "zh"]
)
async def test_the_acknowledgement_has_formula_and_result_and_a_button(real_lab, language, button):
    slack = real_lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", LONG[language])
    assert RULE in shown(reply.message)
    assert LAST in shown(reply.message)
    assert FIRST not in shown(reply.message)
    assert button in shown(reply.message)
    assert lines_of(reply.message) < 15


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_click_shows_the_whole_to_whoever_clicked(real_lab, language):
    slack = real_lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", LONG[language])
    await slack.settle(0.2)
    before = len(slack.calls)
    await slack.click(slack.user, reply.message, WORKING)
    await slack.wait_for(lambda: len(slack.ephemerals(slack.user)) == 2)
    working = slack.ephemerals(slack.user)[-1]
    assert FIRST in shown(working)
    assert LAST in shown(working)
    containers = [block for block in working.blocks if block["type"] == "container"]
    assert [block["default_collapsed"] for block in containers] == [False, False]
    # By the response_url of the click: no method of the Web API.
    assert [call.method for call in slack.calls[before:]] == ["response_url"]
    assert not slack.bot_messages(slack.channel)


async def test_where_containers_are_refused_the_whole_comes_as_ordinary_blocks(start_lab):
    lab = await start_lab(real=True, profile="plain")
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", LONG["en"])
    await slack.click(slack.user, reply.message, WORKING)
    await slack.wait_for(lambda: len(slack.ephemerals(slack.user)) == 2)
    working = slack.ephemerals(slack.user)[-1]
    assert FIRST in shown(working)
    assert WORKING not in shown(working)


async def test_a_mention_whose_containers_are_refused_is_short_too(start_lab):
    lab = await start_lab(real=True, profile="plain")
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, LONG["en"])
    answer = await slack.wait_for_message(slack.channel, asked.ts)
    assert LAST in shown(answer)
    assert FIRST not in shown(answer)
    li = slack.add_user("li")
    await slack.click(li, answer, WORKING)
    await slack.wait_for(lambda: slack.ephemerals(li))
    assert FIRST in shown(slack.ephemerals(li)[-1])
    assert not slack.ephemerals(slack.user)


async def test_the_working_of_an_answer_that_may_not_be_seen_is_not_shown(real_lab):
    """The button's value is somebody else's: an answer from a private channel."""
    slack = real_lab.slack
    secret = slack.add_channel("secret", "private")
    asked = await slack.mention(slack.user, secret, "llama-2-7b 训练显存")
    hidden = await slack.wait_for_message(secret, asked.ts)
    hidden_id = hidden.metadata["event_payload"]["answer_id"]
    reply = await slack.slash(slack.user, slack.channel, "/vram", LONG["en"])
    for block in reply.message.blocks:
        for element in block.get("elements", []):
            if element.get("action_id") == WORKING:
                element["value"] = hidden_id
    await slack.click(slack.user, reply.message, WORKING)
    await slack.wait_for(lambda: len(slack.ephemerals(slack.user)) == 2)
    note = slack.ephemerals(slack.user)[-1]
    assert FIRST not in note.text + shown(note)
    assert "no longer" in note.text


async def test_a_shared_answer_still_folds_its_working(real_lab):
    slack = real_lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", LONG["en"])
    await slack.settle(0.2)
    await slack.click(slack.user, reply.message, SHARE)
    await slack.wait_for(lambda: slack.bot_messages(slack.channel))
    shared = slack.bot_messages(slack.channel)[-1]
    assert [b["default_collapsed"] for b in shared.blocks if b["type"] == "container"] == [
        True,
        True,
    ]
