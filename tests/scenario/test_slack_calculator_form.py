"""The calculator form from anywhere, and "Explain the memory maths" on anybody's message."""

import pytest

from bot.fakeslack.errors import ImpossibleInSlack
from bot.rendering.actions import CHANGE
from bot.slack.forms.calculate import CALCULATE, REDRAWS
from bot.slack.shortcuts.calculate import CALLBACK as FORM
from bot.slack.shortcuts.explain import CALLBACK as EXPLAIN


@pytest.fixture
async def real(start_lab):
    return await start_lab(real=True)


async def opened(lab):
    reply = await lab.slack.shortcut(lab.slack.user, FORM)
    assert reply.error is None
    return await lab.slack.wait_for_modal()


def block(view, name):
    return next(one for one in view.payload["blocks"] if one.get("block_id") == name)


def names(view):
    return [one["block_id"] for one in view.payload["blocks"]]


class TestForm:
    async def test_it_asks_in_both_languages(self, real):
        view = await opened(real)
        assert view.payload["callback_id"] == CALCULATE
        assert view.payload["title"]["text"] == "GPU memory · 显存计算"
        assert block(view, "subject")["label"]["text"] == "Model or size · 模型或参数量"
        options = block(view, "calculator")["element"]["options"]
        assert len(options) == 27
        assert options[0]["text"]["text"] == "Training memory · 训练显存"

    async def test_the_answer_comes_as_a_direct_message_by_itself(self, real):
        """65e9 × 16 bytes = 1,040 GB, the FAQ's rule for training with AdamW in 16 bits."""
        slack, view = real.slack, await opened(real)
        done = await slack.submit(slack.user, view, {"subject": "65B", "precision": "mixed_fp16"})
        assert done.action == "close"
        answer = await slack.wait_for_message(
            slack.direct_message(), containing="1,040 GB", timeout_s=15
        )
        assert slack.bot_messages(slack.channel) == []
        # Its buttons work there, and what is said next goes on from it.
        await slack.click(slack.user, answer, CHANGE)
        assert block(await slack.wait_for_modal(), "subject")["element"]["initial_value"] == "65B"
        await slack.dm(slack.user, "13b")
        # 13e9 × 16 bytes.
        await slack.wait_for_message(slack.direct_message(), containing="208 GB", timeout_s=15)

    async def test_the_answer_goes_to_a_chosen_conversation(self, real):
        slack, view = real.slack, await opened(real)
        room = slack.add_channel("elsewhere", "private", with_bot=False)
        values = {"subject": "7B", "language": "zh", "where": room.id}
        await slack.submit(slack.user, view, values)
        shown = await slack.wait_for(lambda: slack.bot_messages(room), 15)
        assert "7B 模型全参数训练" in shown[-1].text
        assert slack.bot_messages(slack.direct_message()) == []

    async def test_a_choice_of_calculator_brings_its_fields(self, real):
        slack, view = real.slack, await opened(real)
        assert "optimizer" in names(view)
        await slack.click_in_view(
            slack.user, view, REDRAWS, "kv_cache", typed={"subject": "llama-3-8b"}
        )
        assert names(view) == [
            "calculator", "subject", "kv_dtype", "micro_batch", "seq", "language", "where",
        ]  # fmt: skip
        assert block(view, "subject")["element"]["initial_value"] == "llama-3-8b"
        # 32 layers × 2 × 8 heads × 128 × 2 bytes = 131,072 bytes a token; × 32,768 = 4.295 GB.
        await slack.submit(slack.user, view, {"seq": "32k", "kv_dtype": "fp16"})
        await slack.wait_for_message(slack.direct_message(), containing="4.295 GB", timeout_s=15)

    async def test_each_field_is_checked(self, real):
        slack, view = real.slack, await opened(real)
        wrong = {"subject": "65 bananas", "gpu": "A1000000", "gpu_count": "two", "seq": "0"}
        done = await slack.submit(slack.user, view, wrong)
        assert set(done.errors) == set(wrong)
        done = await slack.submit(slack.user, view, {**wrong, "language": "zh"})
        assert "整数" in done.errors["gpu_count"]

    async def test_what_is_missing_is_asked_at_its_field(self, real):
        slack, view = real.slack, await opened(real)
        done = await slack.submit(slack.user, view, {})
        assert list(done.errors) == ["subject"]

    async def test_a_mode_is_taken_from_what_is_filled_in_and_contradictions_are_said(self, real):
        slack, view = real.slack, await opened(real)
        await slack.click_in_view(slack.user, view, REDRAWS, "fit")
        both = {"subject": "7B", "gpu": "4090", "optimizer": "adamw", "kv_dtype": "fp8"}
        done = await slack.submit(slack.user, view, both)
        assert list(done.errors) == ["kv_dtype"]
        del both["kv_dtype"]
        assert (await slack.submit(slack.user, view, both)).action == "close"
        answer = await slack.wait_for_message(slack.direct_message(), timeout_s=15)
        assert answer.text.startswith("No: full training of a 7B model")

    async def test_submitted_twice_it_is_answered_once(self, real):
        slack, view = real.slack, await opened(real)
        done = await slack.submit(slack.user, view, {"subject": "7B"})
        await slack.deliver_again(done.delivery)
        await slack.wait_for_message(slack.direct_message(), timeout_s=15)
        await slack.settle(0.3)
        assert len(slack.bot_messages(slack.direct_message())) == 1

    async def test_a_late_trigger_is_said_in_a_direct_message(self, real):
        slack = real.slack
        slack.faults.error("views.open", "expired_trigger_id")
        await slack.shortcut(slack.user, FORM)
        note = await slack.wait_for_message(slack.direct_message())
        assert "click again" in note.text
        assert "再点一次" in note.text

    async def test_a_field_that_does_not_redraw_tells_nothing(self, real):
        slack, view = real.slack, await opened(real)
        with pytest.raises(ImpossibleInSlack):
            await slack.click_in_view(slack.user, view, "value", "adamw")


class TestExplain:
    async def test_anybodys_message_is_answered_to_the_clicker_alone(self, real):
        slack, other = real.slack, real.slack.add_user("li")
        said = await slack.user_says(other, slack.channel, "can 4×V100 32G train 65B?")
        await slack.shortcut(slack.user, EXPLAIN, said)
        shown = await slack.wait_for_ephemeral(slack.user, slack.channel, timeout_s=15)
        assert shown.text.startswith("No:")
        assert slack.ephemerals(other, slack.channel) == []
        assert slack.bot_messages(slack.channel) == []
        working = [one for one in shown.blocks if one["type"] == "container"]
        assert working
        assert not any(one["default_collapsed"] for one in working)

    async def test_it_works_where_the_bot_is_not(self, real):
        slack = real.slack
        room = slack.add_channel("elsewhere", "private", with_bot=False)
        said = await slack.user_says(slack.user, room, "7b fp16 adamw 要多少显存")
        await slack.shortcut(slack.user, EXPLAIN, said)
        shown = await slack.wait_for_ephemeral(slack.user, room, timeout_s=15)
        assert "112 GB" in shown.text

    async def test_a_message_with_nothing_to_read_gets_what_could_be_asked(self, real):
        slack = real.slack
        said = await slack.user_says(slack.user, slack.channel, "lunch at noon, who comes along?")
        await slack.shortcut(slack.user, EXPLAIN, said)
        shown = await slack.wait_for_ephemeral(slack.user, slack.channel, timeout_s=15)
        assert "nothing in this message" in shown.text
        assert "7b fp16 adamw" in shown.text

    async def test_its_words_are_found_from_its_own_channel_alone(self, real):
        slack = real.slack
        said = await slack.user_says(slack.user, slack.channel, "llama-2-7b zebra batch 8 on A100")
        await slack.shortcut(slack.user, EXPLAIN, said)
        await slack.wait_for_ephemeral(slack.user, slack.channel, timeout_s=15)
        elsewhere = slack.add_channel("other")
        found = await slack.slash(slack.user, elsewhere, "/vram", "find zebra")
        assert "batch 8" not in found.message.text

    async def test_a_message_without_words_is_told_so(self, real):
        slack = real.slack
        said = await slack.user_says(slack.user, slack.channel, "x")
        said.text = ""
        await slack.shortcut(slack.user, EXPLAIN, said)
        shown = await slack.wait_for_ephemeral(slack.user, slack.channel)
        assert "nothing in this message" in shown.text

    async def test_a_shortcut_of_a_former_version_says_so(self, real):
        slack = real.slack
        said = await slack.user_says(slack.user, slack.channel, "7b")
        await slack.shortcut(slack.user, "explain_of_yore", said)
        shown = await slack.wait_for_ephemeral(slack.user, slack.channel)
        assert "older version" in shown.text
