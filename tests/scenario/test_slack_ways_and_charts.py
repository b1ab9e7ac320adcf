"""What would work as cards that calculate it; the memory as a chart, or as a picture of one."""

import struct

import pytest

from bot.fakeslack.limits.blocks import NEWER_BLOCKS
from bot.fakeslack.walk import interactive
from bot.rendering.actions import TRY

QUESTION = "can 4×V100 32G train 65B?"


@pytest.fixture
async def real(start_lab):
    return await start_lab(real=True)


async def asked(lab, text=QUESTION):
    question = await lab.slack.mention(lab.slack.user, lab.slack.channel, text)
    return await lab.slack.wait_for_message(lab.slack.channel, question.ts, timeout_s=15)


def of_type(message, kind):
    return [block for block in message.blocks if block["type"] == kind]


def ways(message):
    return [one for _, one in interactive(message.blocks) if one["action_id"].startswith(TRY)]


async def replies(lab, message, count):
    return await lab.slack.wait_for_message(
        lab.slack.channel, message.thread_ts, count=count, timeout_s=15
    )


class TestWays:
    async def test_each_is_a_card_with_one_button_and_one_is_primary(self, real):
        (carousel,) = of_type(await asked(real), "carousel")
        buttons = [button for card in carousel["elements"] for button in card["actions"]]
        assert len(buttons) == len(carousel["elements"]) >= 2
        assert [one.get("style") for one in buttons].count("primary") == 1
        assert all(one["accessibility_label"] for one in buttons)

    async def test_a_click_calculates_that_way_in_the_thread(self, real):
        answer = await asked(real)
        (carousel,) = of_type(answer, "carousel")
        promised = carousel["elements"][0]["body"]["text"].split(" GB")[0]
        await real.slack.click(real.slack.user, answer, ways(answer)[0]["action_id"])
        new = await replies(real, answer, 2)
        headline, *rest = new.text.splitlines()
        assert not headline.startswith("No")
        assert promised in new.text
        assert any("Before: No:" in line for line in rest)

    async def test_clicked_again_it_is_not_posted_again(self, real):
        slack, answer = real.slack, await asked(real)
        action = ways(answer)[0]["action_id"]
        await slack.click(slack.user, answer, action)
        await replies(real, answer, 2)
        await slack.click(slack.add_user("li"), answer, action)
        await slack.click(slack.user, answer, action)
        note = await slack.wait_for_ephemeral(slack.user, slack.channel)
        assert "calculated here before" in note.text
        await slack.settle(0.2)
        assert len(slack.bot_messages(slack.channel, answer.thread_ts)) == 2

    async def test_of_a_private_answer_it_stays_private(self, real):
        slack = real.slack
        reply = await slack.slash(slack.user, slack.channel, "/vram", QUESTION)
        button = ways(reply.message)[0]
        await slack.click(slack.user, reply.message, button["action_id"])
        shown = await slack.wait_for(
            lambda: [m for m in slack.ephemerals(slack.user) if m.ts != reply.message.ts], 15
        )
        assert "Before: No:" in shown[-1].text
        assert slack.bot_messages(slack.channel) == []

    async def test_where_cards_are_refused_they_are_sections_with_buttons(self, start_lab):
        lab = await start_lab(real=True, profile="plain")
        answer = await asked(lab)
        assert not {block["type"] for block in answer.blocks} & NEWER_BLOCKS
        assert len(ways(answer)) >= 2
        await lab.slack.click(lab.slack.user, answer, ways(answer)[1]["action_id"])
        await lab.slack.wait_for_message(
            lab.slack.channel, answer.thread_ts, containing="Before: No:", timeout_s=15
        )

    @pytest.mark.parametrize("value", ["", "x", "gone:0", "{id}:99", "{id}:-1", "{id}:²"])
    async def test_a_button_of_another_version_gets_a_polite_sentence(self, real, value):
        slack, answer = real.slack, await asked(real)
        button = ways(answer)[0]
        own = button["value"].rpartition(":")[0]
        button["value"] = value.format(id=own)
        await slack.click(slack.user, answer, button["action_id"])
        note = await slack.wait_for_ephemeral(slack.user, slack.channel)
        assert "ask again" in note.text


class TestChart:
    async def test_parts_stand_beside_the_capacity(self, real):
        """Llama-2-7B in fp16 is 13.48 GB; an A100 80GB reports 81,920 MiB = 85.9 GB."""
        answer = await asked(real, "can one A100 80GB serve llama-2-7b in fp16?")
        (block,) = of_type(answer, "data_visualization")
        (series,) = block["chart"]["series"]
        values = {one["label"]: one["value"] for one in series["data"]}
        assert values["Weights"] == 13.48
        assert values["Card capacity"] == 85.9

    @pytest.mark.parametrize(
        ("question", "owner"),
        [(QUESTION, "Capacity, 4 cards"), ("4×V100 32G能训65B吗", "4 张卡的容量")],
        ids=["en", "zh"],
    )
    async def test_under_the_rules_parts_the_capacity_is_the_rules(self, real, question, owner):
        """The rule counts a card by the GB in its name: 4 × 32 GB = 128 GB, as the headline."""
        answer = await asked(real, question)
        (block,) = of_type(answer, "data_visualization")
        (series,) = block["chart"]["series"]
        values = {one["label"]: one["value"] for one in series["data"]}
        assert values[owner] == 128
        assert "128 GB" in answer.text.splitlines()[0]

    async def test_refused_the_answer_comes_without_it_and_a_picture_follows(self, start_lab):
        pytest.importorskip("vl_convert")
        lab = await start_lab(real=True)
        slack = lab.slack
        slack.world.refused_blocks = frozenset({"data_visualization"})
        answer = await asked(lab)
        assert of_type(answer, "carousel")
        assert not of_type(answer, "data_visualization")
        file = await slack.wait_for(lambda: next(iter(slack.world.files.values()), None), 15)
        await slack.wait_for(lambda: file.shared, 15)
        assert file.content.startswith(b"\x89PNG")
        width, height = struct.unpack(">II", file.content[16:24])
        assert width > 800
        assert height > 200
        assert file.alt_text.startswith("Memory of 4 cards by component: ")
        assert "the capacity is 128 GB" in file.alt_text
        shared = slack.bot_messages(slack.channel, answer.thread_ts)[-1]
        assert shared.files

    async def test_refused_once_it_is_not_tried_with_the_next_answer(self, real):
        slack = real.slack
        slack.world.refused_blocks = frozenset({"data_visualization"})
        await asked(real)
        before = len(slack.calls_to("chat.postMessage"))
        await asked(real, "can one A100 80GB serve llama-2-7b in fp16?")
        assert len(slack.calls_to("chat.postMessage")) == before + 1

    async def test_without_the_scope_there_is_no_picture_and_no_more_tries(self, start_lab):
        pytest.importorskip("vl_convert")
        scopes = frozenset({"app_mentions:read", "chat:write", "commands", "channels:history"})
        lab = await start_lab(real=True, scopes=scopes)
        slack = lab.slack
        slack.world.refused_blocks = frozenset({"data_visualization"})
        await asked(lab)
        await slack.wait_for(lambda: slack.calls_to("files.getUploadURLExternal"), 15)
        await asked(lab, "can one A100 80GB serve llama-2-7b in fp16?")
        await slack.settle(0.5)
        assert len(slack.calls_to("files.getUploadURLExternal")) == 1

    async def test_a_private_answer_gets_no_picture(self, real):
        slack = real.slack
        slack.world.refused_blocks = frozenset({"data_visualization"})
        await slack.slash(slack.user, slack.channel, "/vram", QUESTION)
        await slack.settle(0.5)
        assert slack.world.files == {}

    async def test_an_answer_that_is_accepted_takes_one_call(self, real):
        await asked(real)
        assert len(real.slack.calls_to("chat.postMessage")) == 1
