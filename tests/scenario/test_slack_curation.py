"""A team's entries written in Slack: by curators, checked, previewed, published once, undone."""

import pytest
from curation_steps import (
    EN,
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

from bot.fakeslack import Timing
from knowledge.store import Item, open_store

pytestmark = pytest.mark.curator


class TestWriting:
    async def test_an_entry_is_found_as_soon_as_it_is_published(self, lab):
        slack, user = lab.slack, lab.slack.user
        before = await slack.slash(user, slack.channel, "/vram", QUESTION)
        assert "Ask in" not in before.message.text
        await published(slack, user)
        after = await slack.slash(user, slack.channel, "/vram", "reserve a zephyr slot")
        assert "Ask in #zephyr." in after.message.text
        chinese = await slack.slash(user, slack.channel, "/vram", "申请 zephyr 机器")
        assert "在 #zephyr 里问。" in chinese.message.text
        (version,) = versions(lab)
        assert (version.author, version.action, version.number) == (user.id, "publish", 1)
        entry = version.entry
        assert entry.tags == ("zephyr", "booking")
        assert entry.sources[0].locator == "https://wiki.example.com/zephyr"
        assert len(entry.ask.en) == len(EN)

    async def test_another_process_on_the_same_store_finds_it_too(self, lab):
        await published(lab.slack, lab.slack.user)
        from bot.answering import Answerer
        from bot.question import Question
        from knowledge.team import TeamKnowledge
        from knowledge.visibility import Place

        other = open_store(lab.store.path)
        answerer = Answerer(knowledge=TeamKnowledge(other))
        here = Place(lab.slack.workspace.id, "C1", "public")
        assert answerer.answer(Question(QUESTION, place=here)).entry_version == 1
        elsewhere = Place("T0OTHER", "C1", "public")
        assert answerer.answer(Question(QUESTION, place=elsewhere)).kind == "unknown"
        other.close()

    @pytest.mark.parametrize(
        ("field", "text", "said"),
        [
            ("ask_en", "only one way", "has 1"),
            ("body_zh", "", "the body is missing in Chinese"),
            ("title_zh", "No Chinese", "no Chinese character"),
            ("body_en", "这是中文的答案，不是英文", "is written in Chinese"),
            ("sources", "", "a source is missing"),
            ("sources", "x | https://nowhere", "neither an http(s) address"),
            ("entry_id", "Not An Id", "lower-case words"),
            ("entry_id", "tf32-bits", "is a built-in entry"),
            ("body_en", "```\nopen", "is not closed"),
            ("body_en", "a\n<!-- zh -->\nb", "language marker"),
            ("ask_en", "\n".join([*EN, "tf32 bits"]), "is also in tf32-bits"),
        ],
    )
    async def test_each_field_says_what_is_wrong_with_it(self, lab, field, text, said):
        slack, user = lab.slack, lab.slack.user
        form = await new_form(slack, user)
        reply = await slack.submit(user, form, {**WHOLE, field: text})
        assert reply.action == "errors"
        assert said in reply.errors[field]
        assert set(reply.errors) == {field}
        assert versions(lab) == []

    async def test_an_incomplete_text_may_be_kept_for_later(self, lab):
        slack, user = lab.slack, lab.slack.user
        form = await new_form(slack, user)
        values = {"title_en": "Half a thought", "options": ["later"]}
        assert (await slack.submit(user, form, values)).action == "update"
        (draft,) = drafts(lab)
        assert (draft.entry.title.en, draft.entry.id) == ("Half a thought", "half-a-thought")
        message = await listed(slack, user)
        await slack.click(user, message, "draft_review")
        again = await view_of(slack, user)
        assert "The Chinese text is still to be written." in str(again.payload["blocks"])
        await confirm(slack, user, again, {**WHOLE, "entry_id": "whole-thought"})
        await words_shown(slack, user, "is live as version 1")
        assert drafts(lab) == []

    async def test_the_preview_shows_both_languages_as_answers_do(self, lab):
        slack, user = lab.slack, lab.slack.user
        form = await new_form(slack, user)
        preview = (await slack.submit(user, form, WHOLE)).view
        shown = str(preview.payload["blocks"])
        for words in (
            "*How do I book a zephyr node?*",
            "*怎么预订 zephyr 节点？*",
            "在 #zephyr 里问。",
        ):
            assert words in shown
        assert preview.payload["submit"]["text"] == "Publish"
        assert preview.previous_id == form.id
        assert versions(lab) == []

    async def test_a_preview_submitted_twice_publishes_once(self, lab):
        slack, user = lab.slack, lab.slack.user
        form = await new_form(slack, user)
        preview = (await slack.submit(user, form, WHOLE)).view
        reply = await slack.submit(user, preview, {})
        await slack.deliver_again(reply.delivery)
        await words_shown(slack, user, "is live as version 1")
        await slack.settle(0.2)
        assert len(versions(lab)) == 1

    async def test_going_back_and_editing_publishes_the_last_text(self, lab):
        slack, user = lab.slack, lab.slack.user
        form = await new_form(slack, user)
        preview = (await slack.submit(user, form, WHOLE)).view
        await slack.close_modal(user, preview)
        await confirm(slack, user, form, {**WHOLE, "body_en": "Second thoughts."})
        await words_shown(slack, user, "is live as version 1")
        (version,) = versions(lab)
        assert version.entry.body.en == "Second thoughts."

    async def test_a_text_that_was_left_at_its_preview_is_found_again_by_its_author(self, lab):
        slack, user = lab.slack, lab.slack.user
        li = slack.add_user("li")
        li.is_admin = True
        form = await new_form(slack, user)
        await slack.submit(user, form, WHOLE)
        slack.world.views.clear()
        assert "drafts that wait: 0" in (await listed(slack, li)).text
        message = await listed(slack, user)
        assert "being written" in str(message.blocks)
        await slack.click(user, message, "draft_review")
        await confirm(slack, user, await view_of(slack, user), {})
        await words_shown(slack, user, "is live as version 1")
        assert "drafts that wait: 0" in (await listed(slack, user)).text

    async def test_a_restart_between_confirming_and_publishing_loses_nothing(
        self, lab, monkeypatch
    ):
        slack, user = lab.slack, lab.slack.user
        form = await new_form(slack, user)
        preview = (await slack.submit(user, form, WHOLE)).view
        # The process goes down before the worker gets to it.
        monkeypatch.setattr("bot.slack.curation.changing.ACK_AHEAD_S", 60.0)
        await slack.submit(user, preview, {})
        monkeypatch.setattr("bot.slack.curation.changing.ACK_AHEAD_S", 0.0)
        await lab.restart(VRAMBOT_DRAIN_S=0)
        await words_shown(slack, user, "is live as version 1")
        assert len(versions(lab)) == 1

    async def test_a_lapsed_trigger_is_said(self, lab):
        slack, user = lab.slack, lab.slack.user
        message = await listed(slack, user)
        slack.world.timing = Timing(trigger_lifetime_s=-1)
        before = len(slack.ephemerals(user))
        await slack.click(user, message, "entry_new")
        await slack.wait_for(lambda: len(slack.ephemerals(user)) > before)
        assert slack.modal(user) is None

    async def test_a_full_inbox_is_said(self, start_lab):
        lab = await start_lab(settings={"VRAMBOT_MAX_WAITING": 1, "VRAMBOT_WORKERS": 1})
        slack, user = lab.slack, lab.slack.user
        user.is_admin = True
        message = await listed(slack, user)
        store, workspace = lab.store, slack.workspace.id
        store.accept(Item(workspace, "blocks", {"task": "none"}), ["k"], held_s=5.0)
        before = len(slack.ephemerals(user))
        await slack.click(user, message, "entry_new")
        await slack.wait_for(lambda: len(slack.ephemerals(user)) > before)
        assert "Too many questions" in slack.ephemerals(user)[-1].text
        store.answered(Item(workspace, "blocks", {}))

    async def test_the_calculator_is_chosen_from_those_that_exist(self, lab):
        slack, user = lab.slack, lab.slack.user
        form = await new_form(slack, user)
        with pytest.raises(Exception, match="does not offer"):
            await slack.submit(user, form, {**WHOLE, "calculator": "warp_drive"})
        await confirm(slack, user, form, {**WHOLE, "calculator": "kv_cache"})
        await words_shown(slack, user, "is live")
        assert versions(lab)[0].entry.calculator == "kv_cache"

    async def test_a_form_of_a_former_version_says_so(self, lab):
        slack, user = lab.slack, lab.slack.user
        form = await new_form(slack, user)
        form.payload["private_metadata"] = '{"of": "a former version"}'
        reply = await slack.submit(user, form, WHOLE)
        assert reply.action == "update"
        assert "older version" in str(reply.view.payload["blocks"])

    async def test_nothing_in_a_text_pings(self, lab):
        slack, user = lab.slack, lab.slack.user
        bad = "<!channel> <@U0VICTIM1> & <https://evil.example.com|click>"
        await published(
            slack,
            user,
            title_en=f"How do I book a zephyr node? {bad}",
            body_en=f"Ask. {bad}\n\n```\n{bad}\n```",
            tags=bad,
            sources=f"{bad} | x",
        )
        await listed(slack, user)
        asked = await slack.mention(user, slack.channel, "reserve a zephyr slot")
        answer = await slack.wait_for_message(slack.channel, asked.ts)
        assert "<!channel>" not in answer.text
        assert not [ping for ping in slack.world.pings if ping.target != f"@{user.id}"]


class TestBuiltIn:
    async def test_a_built_in_entry_can_be_replaced_and_comes_back(self, lab):
        slack, user = lab.slack, lab.slack.user
        form = await edit_form(slack, user, "tf32-bits")
        assert "own text for the built-in entry" in str(form.payload["blocks"])
        await confirm(slack, user, form, {"body_en": "Our lab says 19."})
        await words_shown(slack, user, "is live as version 1")
        slack.world.views.clear()
        reply = await slack.slash(user, slack.channel, "/vram", "what is tf32")
        assert "Our lab says 19." in reply.message.text
        message = await listed(slack, user, "entries tf32")
        await slack.click(user, message, "entry_history")
        history = await view_of(slack, user, "entry_versions")
        await slack.click_in_view(user, history, "entry_undo_0")
        await words_shown(slack, user, "is withdrawn")
        reply = await slack.slash(user, slack.channel, "/vram", "what is tf32")
        assert "19 bits" in reply.message.text

    async def test_a_new_entry_replaces_a_built_in_one_only_when_that_is_ticked(self, lab):
        slack, user = lab.slack, lab.slack.user
        form = await new_form(slack, user)
        values = {**WHOLE, "entry_id": "tf32-bits"}
        assert "entry_id" in (await slack.submit(user, form, values)).errors
        await confirm(slack, user, form, {**values, "options": ["replaces"]})
        await words_shown(slack, user, "is live as version 1")

    async def test_a_text_longer_than_slacks_fields_is_edited_as_a_file(self, lab):
        slack, user = lab.slack, lab.slack.user
        await published(slack, user)
        (version,) = versions(lab)
        long = version.entry.model_copy(
            update={"body": version.entry.body.model_copy(update={"en": "x" * 3_001})}
        )
        lab.store.add_version(slack.workspace.id, long, 1, "terminal", "import")
        message = await listed(slack, user)
        await slack.click(user, message, "entry_edit")
        await words_shown(slack, user, "vrambot kb import")
