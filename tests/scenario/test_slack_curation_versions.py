"""A team's entries in Slack later on: their versions, two curators at once, who may curate."""

import sqlite3

import pytest
from curation_steps import (
    QUESTION,
    WHOLE,
    confirm,
    drafts,
    edit_form,
    listed,
    new_form,
    published,
    versions,
    view_of,
    words_shown,
)

from bot.fakeslack import DEFAULT_SCOPES

pytestmark = pytest.mark.curator


class TestVersions:
    async def test_undo_brings_back_the_former_text_as_a_new_version(self, lab):
        slack, user = lab.slack, lab.slack.user
        await published(slack, user)
        form = await edit_form(slack, user)
        await confirm(slack, user, form, {"body_en": "Ask the desk."})
        await words_shown(slack, user, "is live as version 2")
        slack.world.views.clear()
        message = await listed(slack, user)
        await slack.click(user, message, "entry_history")
        history = await view_of(slack, user, "entry_versions")
        assert f"<@{user.id}>" in str(history.payload["blocks"])
        click = await slack.click_in_view(user, history, "entry_undo_1")
        await slack.deliver_again(click.delivery)
        await words_shown(slack, user, "as version 3")
        await slack.settle(0.2)
        assert [one.action for one in versions(lab)] == ["undo", "publish", "publish"]
        reply = await slack.slash(user, slack.channel, "/vram", QUESTION)
        assert "Ask in #zephyr." in reply.message.text

    async def test_a_withdrawn_entry_is_listed_and_can_be_brought_back(self, lab):
        slack, user = lab.slack, lab.slack.user
        await published(slack, user)
        lab.store.withdraw_entry(slack.workspace.id, "zephyr-booking", user.id)
        message = await listed(slack, user)
        assert "this team: 0" in message.text
        await slack.click(user, message, "entry_history")
        history = await view_of(slack, user, "entry_versions")
        await slack.click_in_view(user, history, "entry_undo_1")
        await words_shown(slack, user, "as version 3")
        reply = await slack.slash(user, slack.channel, "/vram", QUESTION)
        assert "Ask in #zephyr." in reply.message.text

    async def test_an_undo_that_came_too_late_does_nothing(self, lab):
        slack, user = lab.slack, lab.slack.user
        await published(slack, user)
        store, workspace = lab.store, slack.workspace.id
        store.add_version(workspace, versions(lab)[0].entry, 1, "U1")
        message = await listed(slack, user)
        await slack.click(user, message, "entry_history")
        history = await view_of(slack, user, "entry_versions")
        store.add_version(workspace, versions(lab)[0].entry, 2, "U1")
        await slack.click_in_view(user, history, "entry_undo_1")
        await words_shown(slack, user, "Nothing was done")
        assert len(versions(lab)) == 3


class TestConflict:
    async def test_two_curators_who_edit_one_entry_lose_no_text(self, lab):
        slack, mei = lab.slack, lab.slack.user
        li = slack.add_user("li")
        li.is_admin = True
        slack.channel.members.add(li.id)
        await published(slack, mei)
        forms = {user.id: await edit_form(slack, user) for user in (mei, li)}
        await confirm(slack, mei, forms[mei.id], {"body_en": "Mei's text."})
        await words_shown(slack, mei, "is live as version 2")
        await confirm(slack, li, forms[li.id], {"body_en": "Li's text."})
        clash = await view_of(slack, li, "entry_conflict")
        shown = str(clash.payload["blocks"])
        assert "Mei's text." in shown
        assert "Li's text." in shown
        assert f"<@{mei.id}>" in shown
        (kept,) = drafts(lab)
        assert (kept.state, kept.entry.body.en, kept.author) == ("conflict", "Li's text.", li.id)
        assert versions(lab)[0].entry.body.en == "Mei's text."

        await slack.click_in_view(li, clash, "draft_rebase")
        form = await view_of(slack, li)
        await confirm(slack, li, form, {"body_en": "Both texts."})
        await words_shown(slack, li, "is live as version 3")
        assert [one.author for one in versions(lab)] == [li.id, mei.id, mei.id]
        assert versions(lab)[0].entry.body.en == "Both texts."
        assert drafts(lab) == []

    async def test_the_second_may_keep_the_firsts_text(self, lab):
        slack, user = lab.slack, lab.slack.user
        await published(slack, user)
        form = await edit_form(slack, user)
        store, workspace = lab.store, slack.workspace.id
        store.add_version(workspace, versions(lab)[0].entry, 1, "U0OTHER")
        await confirm(slack, user, form, {"body_en": "Late."})
        clash = await view_of(slack, user, "entry_conflict")
        await slack.click_in_view(user, clash, "draft_drop")
        await words_shown(slack, user, "discarded")
        assert drafts(lab) == []
        assert len(versions(lab)) == 2

    async def test_a_conflict_is_told_when_the_form_was_closed_meanwhile(self, lab):
        slack, user = lab.slack, lab.slack.user
        await published(slack, user)
        form = await edit_form(slack, user)
        store, workspace = lab.store, slack.workspace.id
        store.add_version(workspace, versions(lab)[0].entry, 1, "U0OTHER")
        reply = await slack.submit(user, form, {"body_en": "Late."})
        await slack.submit(user, reply.view, {})
        slack.world.views.clear()
        told = await slack.wait_for_message(slack.direct_message(user), containing="as a draft")
        assert "zephyr-booking" in told.text
        assert drafts(lab)[0].entry.body.en == "Late."


class TestCurators:
    async def test_somebody_else_is_told_who_may(self, lab):
        slack = lab.slack
        li = slack.add_user("li")
        for words in ("entries", "unanswered"):
            message = await listed(slack, li, words)
            assert "admins and owners" in message.text
            assert not message.blocks

    async def test_whoever_is_no_curator_any_more_may_only_propose(self, lab, monkeypatch):
        monkeypatch.setattr("bot.slack.curation.curators.KEEP_S", 0.0)
        slack, user = lab.slack, lab.slack.user
        form = await new_form(slack, user)
        user.is_admin = False
        await confirm(slack, user, form, WHOLE)
        await words_shown(slack, user, "not live yet")
        assert versions(lab) == []
        (draft,) = drafts(lab)
        assert (draft.state, draft.author) == ("proposed", user.id)

    @pytest.mark.parametrize("scopes", [DEFAULT_SCOPES, DEFAULT_SCOPES - {"usergroups:read"}])
    async def test_the_members_of_a_named_group_are_curators(self, start_lab, scopes):
        lab = await start_lab(settings={"VRAMBOT_CURATORS": "S0CURATE1,U0SOMEBODY"}, scopes=scopes)
        slack = lab.slack
        li = slack.add_user("li")
        group = slack.add_usergroup(li)
        slack.world.usergroups["S0CURATE1"] = group
        shown = (await listed(slack, li)).text
        if "usergroups:read" in scopes:
            assert "this team: 0" in shown
            assert "people and user groups" in (await listed(slack, slack.user)).text
        else:
            assert "usergroups:read" in shown

    async def test_without_the_scope_to_know_admins_nobody_is_let_in(self, start_lab):
        lab = await start_lab(scopes=DEFAULT_SCOPES - {"users:read"})
        lab.slack.user.is_admin = True
        assert "users:read" in (await listed(lab.slack, lab.slack.user)).text

    async def test_people_of_another_company_curate_nothing(self, lab):
        slack = lab.slack
        other = slack.add_workspace("partner", installed=False)
        guest = slack.add_user("guest", other)
        guest.is_admin = True
        shared = slack.add_channel("shared", members=[slack.user, guest], ext_shared=True)
        asked = await slack.user_says(slack.user, shared, "a thing to save")
        before = len(slack.calls)
        await slack.shortcut(guest, "save_as_answer", asked)
        await slack.settle(0.2)
        assert slack.modal(guest) is None
        assert not [call for call in slack.calls[before:] if call.method == "views.open"]


@pytest.mark.parametrize("value", ["garbage", "", "desk:one:two", "desk:1", "a:1:2:3"])
async def test_a_malformed_way_back_is_refused_once_in_words(lab, value):
    """A button of another version: nothing is tried again, and nothing fails."""
    slack, user = lab.slack, lab.slack.user
    await published(slack, user)
    slack.world.views.clear()
    message = await listed(slack, user)
    await slack.click(user, message, "entry_history")
    history = await view_of(slack, user, "entry_versions")
    for block in history.payload["blocks"]:
        for element in block.get("elements", []):
            if element.get("action_id") == "entry_undo_0":
                element["value"] = value
    await slack.click_in_view(user, history, "entry_undo_0")
    await words_shown(slack, user, "older version")
    await slack.settle(0.2)
    with sqlite3.connect(lab.store.path) as connection:
        tries = "SELECT state, attempts FROM inbox WHERE payload LIKE '%undo%'"
        assert connection.execute(tries).fetchall() == [("done", 1)]
    assert len(versions(lab)) == 1
