"""The Home tab: one's own questions, what one saved, and the defaults that answers then use."""

import json

import pytest

from bot.fakeslack import DEFAULT_SCOPES
from bot.rendering.actions import AGAIN_HERE, DEFAULTS, FIND_HERE, SAVE, UNSAVE
from knowledge.store.personal import owner_of


def home_text(slack, user=None):
    return json.dumps(slack.home(user), ensure_ascii=False)


async def open_home(slack, user=None):
    await slack.open_home(user)
    await slack.settle(0.1)
    await slack.wait_for(lambda: slack.home(user))


def home_of(slack, user=None):
    user = user or slack.user
    return next(
        view
        for view in slack.world.views.values()
        if view.kind == "home" and view.user_id == user.id
    )


async def ask(lab, channel, text, user=None):
    slack = lab.slack
    asked = await slack.mention(user or slack.user, channel, text)
    return await slack.wait_for_message(channel, asked.ts)


async def test_it_lists_the_own_questions_private_ones_too_and_nobody_elses(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    li = slack.add_user("li")
    secret = slack.add_channel("secret", "private", [slack.user, li])
    await ask(lab, slack.channel, "9b fp16 adamw")
    await ask(lab, secret, "13b fp16 adamw")
    await ask(lab, secret, "33b fp16 adamw", li)
    await open_home(slack)
    await slack.wait_for(lambda: "13b fp16" in home_text(slack))
    assert "9b fp16 adamw" in home_text(slack)
    assert "33b fp16 adamw" not in home_text(slack)
    await open_home(slack, li)
    assert "33b fp16 adamw" in home_text(slack, li)
    assert "13b fp16 adamw" not in home_text(slack, li)


async def test_an_answer_is_saved_and_removed(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    li = slack.add_user("li")
    slack.channel.members.add(li.id)
    answer = await ask(lab, slack.channel, "9b fp16 adamw")
    await slack.click(li, answer, SAVE)
    note = await slack.wait_for_ephemeral(li)
    assert "Saved" in note.text
    await open_home(slack, li)
    assert "9b fp16 adamw" in home_text(slack, li)
    await slack.click_in_view(li, home_of(slack, li), UNSAVE)
    await slack.wait_for(lambda: "9b fp16 adamw" not in home_text(slack, li))


async def test_a_saved_answer_of_a_private_conversation_shows_a_link_and_no_word(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    li = slack.add_user("li")
    secret = slack.add_channel("secret", "private", [slack.user, li])
    answer = await ask(lab, secret, "13b fp16 adamw")
    await slack.click(li, answer, SAVE)
    await slack.wait_for_ephemeral(li, secret)
    await open_home(slack, li)
    assert "13b fp16 adamw" not in home_text(slack, li)
    assert "not public" in home_text(slack, li)
    assert "/archives/" in home_text(slack, li)


async def test_an_answer_cannot_be_saved_from_a_channel_that_it_was_not_given_in(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    secret = slack.add_channel("secret", "private")
    hidden = await ask(lab, secret, "13b fp16 adamw")
    open_ = await ask(lab, slack.channel, "9b fp16 adamw")
    hidden_id = hidden.metadata["event_payload"]["answer_id"]
    for block in open_.blocks:
        for element in block.get("elements", []):
            if element.get("action_id") == SAVE:
                element["value"] = hidden_id
    await slack.click(slack.user, open_, SAVE)
    await slack.wait_for_ephemeral(slack.user)
    assert lab.store.saved(slack.workspace.id, slack.user.id) == []


async def defaults(lab, user=None, **values):
    slack = lab.slack
    user = user or slack.user
    await open_home(slack, user)
    await slack.click_in_view(user, home_of(slack, user), DEFAULTS)
    form = slack.modal(user)
    reply = await slack.submit(user, form, values)
    await slack.settle(0.2)
    return reply


async def test_default_cards_fill_in_where_a_question_names_none_and_say_so(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    await defaults(lab, gpu="h100", gpu_count="8")
    await slack.wait_for(lambda: "8×H100 80GB SXM5" in home_text(slack))
    answer = await ask(lab, slack.channel, "max batch for llama-2-7b training at 2k?")
    assert "your default 8×H100 80GB SXM5" in str(answer.blocks)
    named = await ask(lab, slack.channel, "max batch for llama-2-7b training at 2k on A100 80GB?")
    assert "your default" not in named.text
    assert "H100" not in named.text


async def test_what_the_conversation_named_is_not_overruled(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    await defaults(lab, gpu="h100", gpu_count="8")
    asked = await slack.mention(slack.user, slack.channel, "can 4×V100 32G train 65B?")
    await slack.wait_for_message(slack.channel, asked.ts)
    await slack.mention(slack.user, slack.channel, "with LoRA?", asked.ts)
    answer = await slack.wait_for_message(slack.channel, asked.ts, containing="Changed")
    assert "your default" not in answer.text


async def test_a_question_that_needs_no_card_takes_none(start_lab):
    lab = await start_lab(real=True)
    await defaults(lab, gpu="h100", gpu_count="8")
    answer = await ask(lab, lab.slack.channel, "9b fp16 adamw")
    assert "your default" not in answer.text


async def test_an_unknown_card_and_a_bad_number_are_said_at_their_fields(start_lab):
    lab = await start_lab(real=True)
    reply = await defaults(lab, gpu="h1000", gpu_count="8")
    assert reply.action == "errors"
    assert "H100" in reply.errors["gpu"]


async def test_the_language_is_that_of_the_tab_and_of_bare_numbers_only(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    await defaults(lab, language="zh")
    await slack.wait_for(lambda: "我最近的问题" in home_text(slack))
    answer = await ask(lab, slack.channel, "12345")
    assert any("\u4e00" <= char <= "\u9fff" for char in answer.text)
    answer = await ask(lab, slack.channel, "how do I judge my GPU utilisation?")
    assert not any("\u4e00" <= char <= "\u9fff" for char in answer.text.partition("\n")[0])


@pytest.mark.parametrize("admin", [True, False])
async def test_only_an_admin_sets_the_teams_cards_and_sees_health(start_lab, admin):
    lab = await start_lab(real=True)
    slack = lab.slack
    slack.user.is_admin = admin
    await defaults(lab, gpu="A100 80GB", gpu_count="4", team=["team"])
    store = lab.store
    kept = store.preferences(slack.workspace.id, owner_of("workspace"))
    assert bool(kept) is admin
    await open_home(slack)
    assert ("Health" in home_text(slack)) is admin
    li = slack.add_user("li")
    answer = await ask(lab, slack.channel, "max batch for llama-2-7b training at 2k?", li)
    assert ("your default 4×A100" in answer.text) is admin


async def test_without_the_scope_to_know_nobody_counts_as_admin(start_lab):
    lab = await start_lab(real=True, scopes=DEFAULT_SCOPES - {"users:read"})
    slack = lab.slack
    slack.user.is_admin = True
    await open_home(slack)
    assert "Health" not in home_text(slack)


async def search(lab, user=None, **values):
    slack = lab.slack
    user = user or slack.user
    await open_home(slack, user)
    await slack.click_in_view(user, home_of(slack, user), FIND_HERE)
    return await slack.submit(user, slack.modal(user), values)


async def test_the_search_shows_public_and_own_answers_and_nobody_elses_private_ones(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    li = slack.add_user("li")
    secret = slack.add_channel("secret", "private", [slack.user, li])
    await ask(lab, slack.channel, "9b fp16 adamw", li)
    await ask(lab, secret, "13b fp16 adamw")
    await ask(lab, secret, "33b fp16 adamw", li)
    reply = await search(lab, words="adamw")
    shown = json.dumps(reply.view.payload)
    assert reply.action == "update"
    assert "9b fp16" in shown
    assert "13b fp16" in shown
    assert "33b fp16" not in shown
    shown = json.dumps((await search(lab, words="adamw", whose="mine")).view.payload)
    assert "13b fp16" in shown
    assert "9b fp16" not in shown
    shown = json.dumps((await search(lab, words="adamw", kind="faq")).view.payload)
    assert "9b fp16" not in shown


async def test_an_empty_search_says_what_is_missing(start_lab):
    lab = await start_lab(real=True)
    reply = await search(lab)
    assert reply.action == "errors"
    assert list(reply.errors) == ["words"]


async def test_the_tab_is_published_on_a_visit_with_the_hash_of_what_was_seen(lab):
    slack = lab.slack
    await open_home(slack)
    await slack.wait_for(lambda: slack.home())
    await slack.open_home()
    await slack.settle(0.2)
    calls = [call for call in slack.calls if call.method == "views.publish"]
    assert len(calls) == 2
    assert calls[1].args["hash"]
    assert all(call.ok for call in calls)


async def test_a_tab_that_changed_meanwhile_is_gathered_anew(lab):
    slack = lab.slack
    await open_home(slack)
    slack.faults.error("views.publish", "hash_conflict")
    await slack.open_home()
    await slack.settle(0.3)
    calls = [call for call in slack.calls if call.method == "views.publish"]
    assert [call.error for call in calls] == [None, "hash_conflict", None]


async def test_the_messages_tab_writes_to_nobody(lab):
    slack = lab.slack
    await slack.open_home(tab="messages")
    await slack.settle(0.2)
    assert not slack.bot_messages(slack.direct_message())
    assert slack.world.statuses == []


async def test_prompts_come_in_the_language_that_was_chosen_once_a_day(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    await defaults(lab, language="zh")
    for _ in range(2):
        await slack.open_home(tab="messages")
    await slack.wait_for(lambda: slack.world.statuses)
    await slack.settle(0.2)
    (prompts,) = slack.world.statuses
    assert len(prompts["value"]) == 4
    assert "四张 V100" in prompts["value"][0]["title"]
    assert not slack.bot_messages(slack.direct_message())


async def test_a_changed_answer_is_marked_and_recomputed_in_place(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    await ask(lab, slack.channel, "9b fp16 adamw")
    with lab.store._connections.write() as connection:
        connection.execute("UPDATE answers SET version = 'another'")
    await open_home(slack)
    assert "changed since" in home_text(slack)
    await slack.click_in_view(slack.user, home_of(slack), AGAIN_HERE)
    modal = slack.modal(slack.user)
    assert "Asked again with today's formulas" in json.dumps(modal.payload)


async def test_the_defaults_are_opened_from_the_settings_too(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", "settings")
    await slack.click(slack.user, reply.message, DEFAULTS)
    await slack.submit(slack.user, slack.modal(), {"gpu": "4090", "gpu_count": "2"})
    await slack.wait_for(lambda: "2×RTX 4090" in home_text(slack).replace("GeForce ", ""))


async def test_a_click_that_came_too_late_says_so(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", "settings")
    slack.faults.error("views.open", "expired_trigger_id")
    await slack.click(slack.user, reply.message, DEFAULTS)
    await slack.wait_for(lambda: len(slack.ephemerals(slack.user)) == 2)


async def test_recomputing_on_the_tab_has_the_same_limit(start_lab):
    lab = await start_lab(real=True, settings={"VRAMBOT_USER_PER_MINUTE": 2})
    slack = lab.slack
    await ask(lab, slack.channel, "9b fp16 adamw")
    with lab.store._connections.write() as connection:
        connection.execute("UPDATE answers SET version = 'another'")
    await open_home(slack)
    for _ in range(2):
        await slack.click_in_view(slack.user, home_of(slack), AGAIN_HERE)
    assert "a lot of questions" in json.dumps(slack.modal(slack.user).payload)


async def test_nobody_recomputes_what_they_may_not_see(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    li = slack.add_user("li")
    slack.channel.members.add(li.id)
    secret = slack.add_channel("secret", "private")
    hidden = await ask(lab, secret, "33b fp16 adamw")
    await ask(lab, slack.channel, "9b fp16 adamw", li)
    with lab.store._connections.write() as connection:
        connection.execute("UPDATE answers SET version = 'another'")
    await open_home(slack, li)
    view = home_of(slack, li)
    for block in view.payload["blocks"]:
        if block.get("accessory", {}).get("action_id") == AGAIN_HERE:
            block["accessory"]["value"] = hidden.metadata["event_payload"]["answer_id"]
    await slack.click_in_view(li, view, AGAIN_HERE)
    assert "33" not in json.dumps(slack.modal(li).payload["blocks"])


@pytest.mark.parametrize(
    ("locale", "shown", "hidden"),
    [
        ("zh-CN", "我最近的问题", "My recent questions"),
        ("en-GB", "My recent questions", "用中文和英文回答"),
    ],
)
async def test_before_the_first_question_it_speaks_the_language_of_their_slack(
    start_lab, locale, shown, hidden
):
    lab = await start_lab(real=True)
    slack = lab.slack
    wang = slack.add_user("wang", locale=locale)
    await open_home(slack, wang)
    assert shown in home_text(slack, wang)
    assert hidden not in home_text(slack, wang)
    await slack.click_in_view(wang, home_of(slack, wang), DEFAULTS)
    assert ("我的默认值" in json.dumps(slack.modal(wang).payload, ensure_ascii=False)) is (
        locale == "zh-CN"
    )


async def test_where_nothing_tells_it_speaks_both(start_lab):
    lab = await start_lab(real=True, scopes=DEFAULT_SCOPES - {"users:read"})
    await open_home(lab.slack)
    assert "用中文和英文回答" in home_text(lab.slack)
    assert "answers questions about" in home_text(lab.slack)
    assert [call.method for call in lab.slack.calls if call.method == "users.info"] == []


async def test_a_button_of_a_former_version_on_the_tab_says_so(lab):
    slack, user = lab.slack, lab.slack.user
    await slack.open_home()
    await slack.wait_for(lambda: slack.home())
    view = next(one for one in slack.world.views.values() if one.kind == "home")
    row = next(block for block in view.payload["blocks"] if block["type"] == "actions")
    row["elements"][0]["action_id"] = "of_a_former_version"
    await slack.click_in_view(user, view, "of_a_former_version")
    modal = await slack.wait_for_modal(user)
    assert "older version" in str(modal.payload["blocks"])
