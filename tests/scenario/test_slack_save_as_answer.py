"""Save as answer: a thread becomes the beginning of an entry, reviewed before it is live."""

import pytest
from curation_steps import WHOLE, confirm, listed, view_of, words_shown

from bot.fakeslack import DEFAULT_SCOPES, Timing

SAVE = "save_as_answer"


pytestmark = pytest.mark.curator


async def thread_in(slack, channel, *replies, root="How do I reset a zephyr node?"):
    first = await slack.user_says(slack.user, channel, root)
    for user, text in replies:
        await slack.user_says(user, channel, text, first.ts)
    return first


def value_of(view, name):
    (block,) = [one for one in view.payload["blocks"] if one.get("block_id") == name]
    return block["element"].get("initial_value", "")


class TestGathering:
    async def test_the_thread_is_in_the_form_with_its_authors_linked(self, lab):
        slack = lab.slack
        li = slack.add_user("li")
        first = await thread_in(slack, slack.channel, (li, "Run `zephyr reset`."))
        await slack.shortcut(slack.user, SAVE, first)
        form = await view_of(slack, slack.user)
        body = value_of(form, "body_en")
        assert "Run `zephyr reset`." in body
        for user in (slack.user, li):
            assert f"**[{user.name}](" in body
            assert f"/team/{user.id})" in body
        assert value_of(form, "title_en") == "How do I reset a zephyr node?"
        assert value_of(form, "ask_en") == "How do I reset a zephyr node?"
        assert value_of(form, "body_zh") == ""
        assert "Slack thread, by mei, li | " in value_of(form, "sources")

    async def test_a_chinese_thread_fills_the_chinese_fields(self, lab):
        slack = lab.slack
        first = await thread_in(slack, slack.channel, root="zephyr 的节点怎么重启？")
        await slack.shortcut(slack.user, SAVE, first)
        form = await view_of(slack, slack.user)
        assert value_of(form, "title_zh") == "zephyr 的节点怎么重启？"
        assert value_of(form, "title_en") == ""
        assert form.payload["title"]["text"] == "写一个条目"

    async def test_a_reply_gives_the_same_thread(self, lab):
        slack = lab.slack
        first = await thread_in(slack, slack.channel)
        reply = await slack.user_says(slack.user, slack.channel, "Like this.", first.ts)
        await slack.shortcut(slack.user, SAVE, reply)
        form = await view_of(slack, slack.user)
        assert value_of(form, "title_en") == "How do I reset a zephyr node?"
        assert "Like this." in value_of(form, "body_en")

    async def test_a_thread_of_500_messages_is_paged_and_cut_with_a_note(self, lab):
        slack = lab.slack
        replies = [(slack.user, f"reply number {number}") for number in range(499)]
        first = await thread_in(slack, slack.channel, *replies)
        await slack.settle()
        await slack.shortcut(slack.user, SAVE, first)
        form = await view_of(slack, slack.user)
        pages = [call for call in slack.calls if call.method == "conversations.replies"]
        assert len(pages) == 3
        body = value_of(form, "body_en")
        assert len(body) <= 3_000
        assert "reply number 0" in body
        assert "of 500 messages are here" in str(form.payload["blocks"])

    async def test_without_the_scope_the_message_alone_is_taken_and_that_is_said(self, start_lab):
        lab = await start_lab(
            scopes=DEFAULT_SCOPES - {"channels:history"}, events=frozenset({"app_mention"})
        )
        slack = lab.slack
        first = await thread_in(slack, slack.channel, (slack.user, "Not to be read."))
        await slack.shortcut(slack.user, SAVE, first)
        form = await view_of(slack, slack.user)
        assert "channels:history" in str(form.payload["blocks"])
        assert "Not to be read." not in value_of(form, "body_en")
        assert "How do I reset" in value_of(form, "body_en")

    async def test_an_app_that_gets_little_of_a_thread_says_so(self, lab):
        slack = lab.slack
        slack.limit_history()
        replies = [(slack.user, f"reply number {number}") for number in range(40)]
        first = await thread_in(slack, slack.channel, *replies)
        await slack.settle()
        await slack.shortcut(slack.user, SAVE, first)
        form = await view_of(slack, slack.user)
        assert "only the beginning of this thread" in str(form.payload["blocks"])
        assert "reply number 13" in value_of(form, "body_en")
        assert "reply number 14" not in value_of(form, "body_en")

    async def test_a_channel_that_is_gone_leaves_the_message(self, lab):
        slack = lab.slack
        first = await thread_in(slack, slack.channel)
        await slack.settle()
        slack.faults.error("conversations.replies", "channel_not_found")
        await slack.shortcut(slack.user, SAVE, first)
        form = await view_of(slack, slack.user)
        assert "could not be read" in str(form.payload["blocks"])
        assert "How do I reset" in value_of(form, "body_en")

    async def test_a_lapsed_trigger_is_said(self, lab):
        slack = lab.slack
        first = await thread_in(slack, slack.channel)
        slack.world.timing = Timing(trigger_lifetime_s=-1)
        await slack.shortcut(slack.user, SAVE, first)
        await slack.wait_for_ephemeral(slack.user)
        assert slack.modal() is None

    async def test_a_private_thread_is_pointed_out(self, lab):
        slack = lab.slack
        inner = slack.add_channel("inner", "private")
        first = await thread_in(slack, inner)
        await slack.shortcut(slack.user, SAVE, first)
        form = await view_of(slack, slack.user)
        assert "everybody in the workspace can find it" in str(form.payload["blocks"])

    @pytest.mark.parametrize(
        "text",
        [
            "<!channel> look",
            "```code that is not closed",
            "x" * 9_000,
            "<!-- zh -->",
            "[x](javascript:alert)",
            "\u202e\x00 odd",
            "```\n" + "y\n" * 3_000,
        ],
    )
    async def test_any_text_makes_a_form(self, lab, text):
        slack = lab.slack
        first = await slack.user_says(slack.user, slack.channel, text, raw=True)
        await slack.shortcut(slack.user, SAVE, first)
        form = await view_of(slack, slack.user)
        assert "<!channel>" not in str(form.payload)
        assert value_of(form, "body_en").count("```") % 2 == 0


class TestReview:
    async def test_a_proposal_is_reviewed_and_confirmed_before_it_is_live(self, lab):
        slack, mei = lab.slack, lab.slack.user
        li = slack.add_user("li")
        first = await thread_in(slack, slack.channel, (li, "Ask me."))
        await slack.shortcut(li, SAVE, first)
        form = await view_of(slack, li)
        preview = await confirm(slack, li, form, {**WHOLE, "body_en": "Li's proposal."})
        assert preview.payload["blocks"]
        await words_shown(slack, li, "not live yet")
        store, workspace = lab.store, slack.workspace.id
        assert store.entry_versions(workspace, "zephyr-booking") == []
        answer = await slack.slash(mei, slack.channel, "/vram", "reserve a zephyr slot")
        assert "Li's proposal." not in answer.message.text

        message = await listed(slack, mei)
        assert f"<@{li.id}>" in str(message.blocks)
        await slack.click(mei, message, "draft_review")
        form = await view_of(slack, mei)
        assert value_of(form, "body_en") == "Li's proposal."
        await confirm(slack, mei, form, {})
        await words_shown(slack, mei, "is live as version 1")
        (version,) = store.entry_versions(workspace, "zephyr-booking")
        assert version.author == mei.id
        assert store.drafts(workspace) == []

    async def test_two_curators_who_review_one_proposal_lose_no_text(self, lab):
        slack, mei = lab.slack, lab.slack.user
        ada = slack.add_user("ada")
        ada.is_admin = True
        first = await thread_in(slack, slack.channel)
        await slack.shortcut(mei, SAVE, first)
        form = await view_of(slack, mei)
        await slack.submit(mei, form, {**WHOLE, "options": ["later"]})
        slack.world.views.clear()
        forms = {}
        for user in (mei, ada):
            message = await listed(slack, user)
            await slack.click(user, message, "draft_review")
            forms[user.id] = await view_of(slack, user)
        await confirm(slack, mei, forms[mei.id], {"body_en": "Mei's."})
        await words_shown(slack, mei, "is live as version 1")
        reply = await slack.submit(ada, forms[ada.id], {"body_en": "Ada's."})
        assert "already" in reply.errors["entry_id"]
        assert await slack.submit(ada, forms[ada.id], {"body_en": "Ada's.", "options": ["later"]})
        store, workspace = lab.store, slack.workspace.id
        assert [one.entry.body.en for one in store.drafts(workspace)] == ["Ada's."]

    async def test_a_proposal_can_be_discarded(self, lab):
        slack, user = lab.slack, lab.slack.user
        first = await thread_in(slack, slack.channel)
        await slack.shortcut(user, SAVE, first)
        form = await view_of(slack, user)
        await slack.submit(user, form, {"options": ["later"]})
        message = await listed(slack, user)
        before = len(slack.ephemerals(user))
        await slack.click(user, message, "draft_drop")
        await slack.wait_for(lambda: len(slack.ephemerals(user)) > before)
        assert lab.store.drafts(slack.workspace.id) == []
