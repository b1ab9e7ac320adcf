"""What could not be answered: listed for curators as far as they may see it, written, dismissed."""

import pytest
from curation_steps import WHOLE, confirm, listed, view_of, words_shown

pytestmark = pytest.mark.curator


CHEESE = "what is the best cheese for a fondue"


async def ask(slack, text, channel=None, user=None):
    channel = channel or slack.channel
    asked = await slack.mention(user or slack.user, channel, text)
    await slack.wait_for_message(channel, asked.ts)


class TestTheList:
    async def test_like_questions_are_one_row_with_a_count(self, lab):
        slack = lab.slack
        await ask(slack, CHEESE)
        await ask(slack, "What is the best cheese for a fondue?")
        await ask(slack, "who won the cup final yesterday")
        message = await listed(slack, slack.user, "unanswered")
        assert message.ephemeral_to == slack.user.id
        shown = str(message.blocks)
        assert "Open questions: 2" in message.text
        assert "asked 2 times" in shown
        assert shown.index("cup final") < shown.index("fondue")

    async def test_it_speaks_chinese_to_who_does(self, lab):
        slack = lab.slack
        await ask(slack, CHEESE)
        message = await listed(slack, slack.user, "未回答")
        assert "共 1 个未解决的问题" in message.text
        await slack.click(slack.user, message, "question_answer_0")
        form = await view_of(slack, slack.user)
        assert form.payload["title"]["text"] == "写一个条目"

    @pytest.mark.parametrize("kind", ["private", "mpim"])
    async def test_a_private_question_is_listed_only_where_it_was_asked(self, lab, kind):
        slack = lab.slack
        inner = slack.add_channel("inner", kind)
        await ask(slack, CHEESE, inner)
        assert "Nothing is open" in (await listed(slack, slack.user, "unanswered")).text
        there = await listed(slack, slack.user, "unanswered", inner)
        assert "fondue" in str(there.blocks)

    async def test_from_a_shared_channel_nothing_else_is_listed(self, lab):
        slack = lab.slack
        await ask(slack, CHEESE)
        shared = slack.add_channel("partners", ext_shared=True)
        assert "Nothing is open" in (await listed(slack, slack.user, "unanswered", shared)).text

    async def test_what_was_answered_badly_is_listed(self, lab):
        slack = lab.slack
        asked = await slack.mention(slack.user, slack.channel, "what is tf32")
        answer = await slack.wait_for_message(slack.channel, asked.ts)
        answer_id = answer.metadata["event_payload"]["answer_id"]
        lab.store.feedback(answer_id, slack.user.id, "bad", workspace=slack.workspace.id)
        message = await listed(slack, slack.user, "unanswered")
        assert "1 answered badly" in str(message.blocks)

    async def test_a_question_with_markup_is_shown_as_text(self, lab):
        slack = lab.slack
        await slack.slash(
            slack.user, slack.channel, "/vram", "*cheese* <!channel> <@U0VICTIM1> & co"
        )
        await slack.settle()
        message = await listed(slack, slack.user, "unanswered")
        assert "&lt;!channel&gt;" in str(message.blocks) or "@channel" in str(message.blocks)
        assert "<!channel>" not in str(message.blocks)

    async def test_a_long_list_fits_into_a_message(self, lab):
        slack, store = lab.slack, lab.store
        await ask(slack, CHEESE)
        (first,) = store.unanswered(slack.workspace.id)
        from dataclasses import replace

        words = ["alpha", "bravo", "canvas", "delta", "echo", "foxtrot", "golf", "hotel"]
        for number, (one, two) in enumerate([(a, b) for a in words for b in words if a < b]):
            store.record(replace(first, id=f"a{number}", query=f"{one} {two} {'x' * 3_000}"))
        message = await listed(slack, slack.user, "unanswered")
        assert "shown: 10" in message.text
        assert len(message.blocks) == 21


class TestActing:
    async def test_an_entry_written_for_a_question_takes_it_off_the_list(self, lab):
        slack, user = lab.slack, lab.slack.user
        await ask(slack, "how do I get into the zephyr lab")
        message = await listed(slack, user, "unanswered")
        await slack.click(user, message, "question_answer_0")
        form = await view_of(slack, user)
        filled = str(form.payload["blocks"])
        assert filled.count("how do I get into the zephyr lab") == 2
        await confirm(slack, user, form, WHOLE)
        await words_shown(slack, user, "is live as version 1")
        assert "Nothing is open" in (await listed(slack, user, "unanswered")).text

    async def test_a_dismissed_question_does_not_come_back(self, lab):
        slack, user = lab.slack, lab.slack.user
        await ask(slack, CHEESE)
        message = await listed(slack, user, "unanswered")
        before = len(slack.ephemerals(user))
        await slack.click(user, message, "question_dismiss_0")
        await slack.wait_for(lambda: len(slack.ephemerals(user)) > before)
        assert "Dismissed" in slack.ephemerals(user)[-1].text
        await ask(slack, CHEESE + "!")
        assert "Nothing is open" in (await listed(slack, user, "unanswered")).text

    @pytest.mark.parametrize("button", ["question_answer_0", "question_dismiss_0"])
    async def test_the_click_of_somebody_who_is_no_curator_any_more_does_nothing(
        self, lab, button, monkeypatch
    ):
        monkeypatch.setattr("bot.slack.curation.curators.KEEP_S", 0.0)
        slack, user = lab.slack, lab.slack.user
        await ask(slack, CHEESE)
        message = await listed(slack, user, "unanswered")
        user.is_admin = False
        before = len(slack.ephemerals(user))
        await slack.click(user, message, button)
        if "answer" in button:
            await words_shown(slack, user, "Only curators")
        else:
            await slack.wait_for(lambda: len(slack.ephemerals(user)) > before)
            assert "Only curators" in slack.ephemerals(user)[-1].text
        user.is_admin = True
        assert "Open questions: 1" in (await listed(slack, user, "unanswered")).text
