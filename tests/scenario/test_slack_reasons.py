"""Feedback: good is thanked, bad asks for a reason, which is kept beside the verdict."""

import contextlib
import json
import sqlite3

from bot.rendering.actions import FEEDBACK
from bot.slack.forms.reason import REASON


async def answered(lab, text="what is 7b?"):
    question = await lab.slack.mention(lab.slack.user, lab.slack.channel, text)
    return await lab.slack.wait_for_message(lab.slack.channel, question.ts)


def answer_id(message):
    return message.metadata["event_payload"]["answer_id"]


def verdicts(lab, message):
    return lab.store.verdicts(lab.slack.workspace.id, answer_id(message))


async def test_good_is_kept_and_thanked(lab):
    slack, message = lab.slack, await answered(lab)
    await slack.click(slack.user, message, FEEDBACK, f"good:{answer_id(message)}")
    note = await slack.wait_for_ephemeral(slack.user, slack.channel)
    assert note.text == "Thank you, noted."
    assert verdicts(lab, message) == {slack.user.id: ("good", "")}
    assert slack.modal() is None


async def test_bad_is_kept_at_once_and_asks_for_the_reason(lab):
    slack, message = lab.slack, await answered(lab)
    await slack.click(slack.user, message, FEEDBACK, f"bad:{answer_id(message)}")
    assert verdicts(lab, message) == {slack.user.id: ("bad", "")}
    view = await slack.wait_for_modal()
    assert view.payload["callback_id"] == REASON
    done = await slack.submit(slack.user, view, {"reason": "misread", "words": "I meant 70b"})
    assert done.action == "update"
    assert verdicts(lab, message) == {slack.user.id: ("bad", "misread: I meant 70b")}
    assert slack.ephemerals(slack.user, slack.channel) == []


async def test_in_chinese_and_without_words(lab):
    slack, message = lab.slack, await answered(lab, "7b 显存?")
    await slack.click(slack.user, message, FEEDBACK, f"bad:{answer_id(message)}")
    view = await slack.wait_for_modal()
    assert view.payload["title"]["text"] == "哪里不好？"
    await slack.submit(slack.user, view, {"reason": "unclear"})
    assert verdicts(lab, message) == {slack.user.id: ("bad", "unclear")}


async def test_sent_twice_the_reason_is_kept_once(lab):
    slack, message = lab.slack, await answered(lab)
    await slack.click(slack.user, message, FEEDBACK, f"bad:{answer_id(message)}")
    view = await slack.wait_for_modal()
    done = await slack.submit(slack.user, view, {"reason": "other", "words": "x"})
    await slack.deliver_again(done.delivery)
    assert verdicts(lab, message) == {slack.user.id: ("bad", "other: x")}


async def test_a_second_click_does_not_lose_the_reason_but_good_does(lab):
    slack, message = lab.slack, await answered(lab)
    await slack.click(slack.user, message, FEEDBACK, f"bad:{answer_id(message)}")
    await slack.submit(slack.user, await slack.wait_for_modal(), {"reason": "missing"})
    await slack.click(slack.user, message, FEEDBACK, f"bad:{answer_id(message)}")
    assert verdicts(lab, message)[slack.user.id] == ("bad", "missing")
    await slack.click(slack.user, message, FEEDBACK, f"good:{answer_id(message)}")
    assert verdicts(lab, message)[slack.user.id] == ("good", "")


async def test_an_answer_that_is_gone_meanwhile_is_said(lab):
    slack, message = lab.slack, await answered(lab)
    await slack.click(slack.user, message, FEEDBACK, f"bad:{answer_id(message)}")
    view = await slack.wait_for_modal()
    with contextlib.closing(sqlite3.connect(lab.home / "vrambot.sqlite")) as database, database:
        database.execute("DELETE FROM answers")
    done = await slack.submit(slack.user, view, {"reason": "other"})
    assert "no longer kept" in done.view.payload["blocks"][0]["text"]["text"]
    await slack.click(slack.user, message, FEEDBACK, f"bad:{answer_id(message)}")
    assert "no longer kept" in (await slack.wait_for_ephemeral(slack.user)).text


async def test_the_form_cannot_be_turned_on_another_channels_answer(lab):
    """A private channel's answer is judged from there alone, whatever a form carries."""
    slack = lab.slack
    room = slack.add_channel("inner", "private")
    question = await slack.mention(slack.user, room, "secret 7b?")
    hidden = await slack.wait_for_message(room, question.ts)
    message = await answered(lab)
    await slack.click(slack.user, message, FEEDBACK, f"bad:{answer_id(message)}")
    view = await slack.wait_for_modal()
    sealed = json.loads(view.payload["private_metadata"])
    carried = {"answer": answer_id(hidden), "channel": room.id}
    view.payload["private_metadata"] = json.dumps({**sealed, "carried": json.dumps(carried)})
    done = await slack.submit(slack.user, view, {"reason": "other"})
    assert "open it again" in done.view.payload["blocks"][0]["text"]["text"]
    assert verdicts(lab, hidden) == {}


async def test_without_the_form_in_time_the_verdict_is_kept_and_thanked(lab):
    slack, message = lab.slack, await answered(lab)
    slack.faults.error("views.open", "expired_trigger_id")
    await slack.click(slack.user, message, FEEDBACK, f"bad:{answer_id(message)}")
    assert (await slack.wait_for_ephemeral(slack.user)).text == "Thank you, noted."
    assert verdicts(lab, message) == {slack.user.id: ("bad", "")}
