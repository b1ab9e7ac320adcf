"""Change a number: a click opens a form, its submission is answered in the thread, once."""

import contextlib
import json
import sqlite3

import pytest

from bot.fakeslack import Timing
from bot.rendering.actions import CHANGE
from bot.slack.forms.change import CHANGE as FORM
from bot.slack.forms.seal import Seal, secret_of


async def asked(lab, text="7b fp16 adamw", room=None):
    """Ask in a channel and give the answer."""
    room = room or lab.slack.channel
    question = await lab.slack.mention(lab.slack.user, room, text)
    return await lab.slack.wait_for_message(room, question.ts, timeout_s=15)


async def opened(lab, message, user=None):
    user = user or lab.slack.user
    reply = await lab.slack.click(user, message, CHANGE)
    assert reply.error is None
    return await lab.slack.wait_for_modal(user)


def field(view, name):
    return next(one for one in view.payload["blocks"] if one.get("block_id") == name)


async def replies(lab, message, count):
    return await lab.slack.wait_for_message(
        lab.slack.channel, message.thread_ts or message.ts, count=count, timeout_s=15
    )


@pytest.fixture
async def real(start_lab):
    return await start_lab(real=True)


async def test_the_form_is_filled_in_with_what_the_answer_rests_on(real):
    view = await opened(real, await asked(real))
    assert view.payload["callback_id"] == FORM
    assert view.payload["title"]["text"] == "Change a number"
    assert field(view, "subject")["element"]["initial_value"] == "7B"
    assert field(view, "optimizer")["element"]["initial_option"]["value"] == "adamw"
    assert field(view, "precision")["element"]["initial_option"]["value"] == "mixed_fp16"
    assert field(view, "seq")["element"]["initial_value"] == "2048"
    assert "112 GB" in view.payload["blocks"][0]["text"]["text"]


async def test_the_new_answer_follows_with_old_new_and_difference(real):
    """16 bytes a parameter, by the FAQ: 7e9 × 16 = 112 GB, 13e9 × 16 = 208 GB, 96 GB more."""
    answer = await asked(real)
    view = await opened(real, answer)
    done = await real.slack.submit(real.slack.user, view, {"subject": "13B"})
    assert done.action == "close"
    new = await replies(real, answer, 2)
    assert "208 GB" in new.text.splitlines()[0]
    assert "112 GB" in new.text
    assert "+96 GB" in new.text
    # A follow-up in words goes on from the changed numbers: 13e9 × 4 × 4 + 1.3e9 = 209.3 GB.
    await real.slack.mention(real.slack.user, real.slack.channel, "fp32", answer.thread_ts)
    last = await replies(real, answer, 3)
    assert "13B" in last.text.splitlines()[0]


async def test_a_change_in_chinese(real):
    answer = await asked(real, "7b fp16 adamw 训练显存")
    view = await opened(real, answer)
    assert view.payload["title"]["text"] == "改一个数字"
    done = await real.slack.submit(real.slack.user, view, {"seq": "很长"})
    assert "整数" in done.errors["seq"]
    assert (await real.slack.submit(real.slack.user, view, {"subject": "13B"})).action == "close"
    assert "208 GB" in (await replies(real, answer, 2)).text


async def test_each_field_is_checked_and_the_nearest_form_offered(real):
    view = await opened(real, await asked(real, "llama-2-7b training on 8 A100"))
    wrong = {
        "subject": "llama-2-7",
        "gpu": "A1000000",
        "gpu_count": "8 cards",
        "seq": "-4",
        "gpu_memory_bytes": "lots",
        "tp": "0",
    }
    done = await real.slack.submit(real.slack.user, view, wrong)
    assert done.action == "errors"
    assert set(done.errors) == set(wrong)
    assert "Llama-2-7B" in done.errors["subject"]
    assert "A100" in done.errors["gpu"]
    assert done.errors["gpu_count"].endswith("It could be: 8")
    assert "80GB" in done.errors["gpu_memory_bytes"]
    assert len(real.slack.bot_messages(real.slack.channel)) == 1


async def test_numbers_that_do_not_go_together_are_refused_at_their_field(real):
    view = await opened(real, await asked(real, "llama-2-7b training on 8 A100 80GB"))
    done = await real.slack.submit(real.slack.user, view, {"tp": "3"})
    assert done.action == "errors"
    assert set(done.errors) <= {"tp", "gpu_count"}


async def test_nothing_changed_is_said_and_not_answered(real):
    view = await opened(real, await asked(real))
    done = await real.slack.submit(real.slack.user, view, {})
    assert "Nothing is changed" in done.errors["subject"]


async def test_the_same_form_submitted_twice_gives_one_answer(real):
    answer = await asked(real)
    view = await opened(real, answer)
    done = await real.slack.submit(real.slack.user, view, {"subject": "13B"})
    again = await real.slack.deliver_again(done.delivery)
    assert again.acknowledged
    await replies(real, answer, 2)
    await real.slack.settle(0.3)
    assert len(real.slack.bot_messages(real.slack.channel, answer.thread_ts)) == 2


async def test_a_submission_is_answered_after_a_crash(real):
    answer = await asked(real)
    view = await opened(real, answer)
    done = await real.slack.submit(real.slack.user, view, {"subject": "13B"})
    assert done.action == "close"
    await real.restart()
    assert "208 GB" in (await replies(real, answer, 2)).text


async def test_anyone_who_sees_a_public_answer_may_change_it(real):
    other = real.slack.add_user("li")
    answer = await asked(real)
    view = await opened(real, answer, other)
    await real.slack.submit(other, view, {"subject": "13B"})
    assert "208 GB" in (await replies(real, answer, 2)).text


async def test_a_private_answer_stays_private(real):
    slack = real.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", "7b fp16 adamw")
    view = await opened(real, reply.message)
    done = await slack.submit(slack.user, view, {"subject": "13B"})
    assert done.action == "close"
    shown = await slack.wait_for(
        lambda: [m for m in slack.ephemerals(slack.user, slack.channel) if "208 GB" in m.text], 15
    )
    assert "+96 GB" in shown[-1].text
    assert slack.bot_messages(slack.channel) == []
    # and goes on from there: the private follow-up has its own button.
    view = await opened(real, shown[-1])
    assert field(view, "subject")["element"]["initial_value"] == "13B"


async def test_a_private_answer_whose_url_has_lapsed_is_shown_privately_all_the_same(real):
    slack = real.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", "7b fp16 adamw")
    view = await opened(real, reply.message)
    for url in slack.world.response_urls.values():
        url.uses_left = 0
    await slack.submit(slack.user, view, {"subject": "13B"})
    shown = await slack.wait_for(
        lambda: [m for m in slack.ephemerals(slack.user, slack.channel) if "208 GB" in m.text], 15
    )
    assert shown
    assert slack.bot_messages(slack.channel) == []


async def test_where_the_bot_is_not_a_member_the_lapsed_answer_comes_as_a_direct_message(real):
    slack = real.slack
    room = slack.add_channel("elsewhere", "private", with_bot=False)
    reply = await slack.slash(slack.user, room, "/vram", "7b fp16 adamw")
    view = await opened(real, reply.message)
    for url in slack.world.response_urls.values():
        url.uses_left = 0
    await slack.submit(slack.user, view, {"subject": "13B"})
    shown = await slack.wait_for_message(slack.direct_message(), containing="208 GB", timeout_s=15)
    # Its buttons work there, though it was asked in a channel.
    view = await opened(real, shown)
    await slack.submit(slack.user, view, {"subject": "7B"})
    await slack.wait_for_message(
        slack.direct_message(), shown.ts, containing="−96 GB", timeout_s=15
    )


async def test_a_late_trigger_is_told_to_click_again(real):
    """A trigger lasts three seconds; this one had lapsed before the click arrived."""
    slack = real.slack
    answer = await asked(real)
    slack.world.timing = Timing(trigger_lifetime_s=-1)
    await slack.click(slack.user, answer, CHANGE)
    assert slack.calls_to("views.open")[-1].error == "expired_trigger_id"
    note = await slack.wait_for_ephemeral(slack.user, slack.channel)
    assert "click again" in note.text
    slack.world.timing = Timing()
    view = await opened(real, answer)
    assert view.payload["callback_id"] == FORM


async def test_an_answer_that_is_gone_is_said_on_click_and_on_submit(real):
    slack = real.slack
    answer = await asked(real)
    view = await opened(real, answer)
    with contextlib.closing(sqlite3.connect(real.home / "vrambot.sqlite")) as database, database:
        database.execute("DELETE FROM answers")
    done = await slack.submit(slack.user, view, {"subject": "13B"})
    assert done.action == "update"
    assert "no longer kept" in done.view.payload["blocks"][0]["text"]["text"]
    await slack.click(slack.user, answer, CHANGE)
    assert "no longer kept" in (await slack.wait_for_ephemeral(slack.user, slack.channel)).text


@pytest.mark.parametrize("fate", ["archived", "left", "deleted"])
async def test_a_channel_that_is_gone_costs_nobody_the_answer(real, fate):
    """The follow-up cannot be posted: whoever asked gets it by the click's ``response_url``."""
    slack = real.slack
    answer = await asked(real)
    view = await opened(real, answer)
    if fate == "archived":
        slack.archive(slack.channel)
    elif fate == "left":
        slack.channel.members.discard(slack.bot_user_id)
    else:
        slack.faults.error("chat.postMessage", "channel_not_found")
    await slack.submit(slack.user, view, {"subject": "13B"})
    shown = await slack.wait_for(
        lambda: [m for m in slack.ephemerals(slack.user, slack.channel) if "208 GB" in m.text], 15
    )
    assert shown


async def test_a_slow_slack_does_not_keep_the_click_waiting(real):
    """Slack shows an error after three seconds; the form is given up before."""
    slack = real.slack
    answer = await asked(real)
    slack.faults.slow("views.open", 2.6)
    reply = await slack.click(slack.user, answer, CHANGE)
    assert reply.error is None
    assert "click again" in (await slack.wait_for_ephemeral(slack.user, slack.channel)).text


async def test_a_private_form_without_an_address_shows_nothing_to_anybody(real):
    slack = real.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", "7b fp16 adamw")
    view = await opened(real, reply.message)
    seal, place = Seal(secret_of(real.service.settings)), (slack.workspace.id, slack.user.id)
    carried = json.loads(seal.opened(view.payload, *place))
    view.payload["private_metadata"] = json.dumps({**carried, "url": None})
    view.payload = seal.sealed(view.payload, *place)
    done = await slack.submit(slack.user, view, {"subject": "13B"})
    assert done.action == "update"
    await slack.settle(0.2)
    assert slack.bot_messages(slack.channel) == []


async def test_questions_over_the_limit_are_refused_in_the_form(start_lab):
    lab = await start_lab(real=True, settings={"VRAMBOT_USER_PER_MINUTE": 1})
    view = await opened(lab, await asked(lab))
    done = await lab.slack.submit(lab.slack.user, view, {"subject": "13B"})
    assert done.action == "errors"
    assert "minute" in done.errors["subject"]


async def test_a_form_of_a_former_version_says_so(real):
    view = await opened(real, await asked(real))
    view.payload["callback_id"] = "form_of_yore"
    done = await real.slack.submit(real.slack.user, view, {"subject": "13B"})
    assert done.action == "update"
    assert "older version" in done.view.payload["blocks"][0]["text"]["text"]


async def test_a_form_with_metadata_of_a_former_version_says_so(real):
    view = await opened(real, await asked(real))
    view.payload["private_metadata"] = '{"reply": 1}'
    done = await real.slack.submit(real.slack.user, view, {"subject": "13B"})
    assert "older version" in done.view.payload["blocks"][0]["text"]["text"]
