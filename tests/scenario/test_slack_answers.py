"""The real answers in Slack: in both languages, within Slack's budgets, with their follow-ups."""

import pytest

from bot.rendering.actions import ASK, SHARE
from knowledge.visibility import Place, Viewer

# The FAQ's own arithmetic: 7e9 parameters × 16 bytes = 112 GB; 65.3e9 × 2 bytes > 4 × 32 GB.
QUESTIONS = [
    ("7b fp16 adamw", "112 GB"),
    ("nB 模型训练需要多少显存？", "16"),
    ("can 4×V100 32G train 65B?", "No"),
    ("四张V100 32G能训65B吗", "不能"),
    ("how many bits is tf32?", "19"),
    ("如何查看服务器上的多卡之间的 NVLINK topo?", "nvidia-smi"),
]
HOSTILE = [
    "",
    "   ",
    "😀😀",
    "\u200b\u202e\x07",
    "x" * 39_000,
    "<!channel> <!everyone> 7b",
    "&lt;!here&gt; 7b",
    "'; DROP TABLE answers; -- 7b",
    'NEAR( "7b" OR * )',
    "10**10**10",
    "0 GPUs 7b train",
    "1e30 B fp16",
    "-7b fp16",
    "7b on a Banana9000",
    "__import__('os').system('id')",
    "*bold* _it_ ~no~ `7b` ```x```",
]


@pytest.fixture
async def lab(start_lab):
    return await start_lab(real=True)


async def test_the_faq_is_answered_with_blocks_that_slack_takes(lab):
    slack = lab.slack
    for question, words in QUESTIONS:
        asked = await slack.mention(slack.user, slack.channel, question)
        answer = await slack.wait_for_message(slack.channel, asked.ts)
        assert words in answer.text, question
        assert answer.blocks, question
    assert [call.error for call in slack.calls_to("chat.postMessage")] == [None] * len(QUESTIONS)


async def test_commands_are_answered_in_the_acknowledgement(lab):
    slack = lab.slack
    for question, words in QUESTIONS:
        reply = await slack.slash(slack.user, slack.channel, "/vram", question)
        assert reply.error is None, question
        assert words in reply.message.text, question
    await slack.settle(0.2)
    assert not slack.calls_to("chat.postMessage")


async def test_a_follow_up_in_the_thread_changes_what_was_said(lab):
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "7b fp16 adamw training memory")
    first = await slack.wait_for_message(slack.channel, asked.ts)
    assert "112 GB" in first.text
    await slack.mention(slack.user, slack.channel, "what about 13B?", thread_ts=asked.ts)
    second = await slack.wait_for_message(slack.channel, asked.ts, count=2)
    assert "208 GB" in second.text  # 13e9 × 16 bytes


async def test_another_thread_begins_anew(lab):
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "7b fp16 adamw training memory")
    await slack.wait_for_message(slack.channel, asked.ts)
    other = await slack.mention(slack.user, slack.channel, "what about 13B?")
    answer = await slack.wait_for_message(slack.channel, other.ts)
    assert answer.thread_ts == other.ts


async def test_whatever_is_written_gets_one_harmless_answer(lab):
    slack = lab.slack
    for text in HOSTILE:
        mention = f"<@{slack.bot_user_id}> {text}"
        asked = await slack.user_says(slack.user, slack.channel, mention, raw=True)
        slack.world.pings.clear()
        answer = await slack.wait_for_message(slack.channel, asked.ts, timeout_s=10)
        reply = await slack.slash(slack.user, slack.channel, "/vram", text)
        await slack.settle()
        assert reply.error is None, text
        assert slack.pings == [], text
        assert len(slack.bot_messages(slack.channel, asked.ts)) == 1, text
        assert "Traceback" not in answer.text, text


async def test_past_answers_are_found_in_either_language_by_those_who_may(lab):
    slack = lab.slack
    secret = slack.add_channel("secret", "private")
    for channel, text in ((slack.channel, "7B 推理要多少显存"), (secret, "13B 推理要多少显存")):
        asked = await slack.mention(slack.user, channel, text)
        await slack.wait_for_message(channel, asked.ts)
    found = await slack.slash(slack.user, slack.channel, "/vram", "find 显存")
    assert "7B 推理要多少显存" in found.message.text
    assert "13B 推理要多少显存" not in found.message.text
    assert SHARE not in str(found.message.blocks)


QUESTIONS_BACK = [
    "llama-9-900b fp16 memory",
    "7b on a Banana9000",
    "13B 训练要多久",
    "how long does training 7b take?",
]
MOST_CLICKS = 3


@pytest.mark.parametrize("question", QUESTIONS_BACK)
async def test_each_choice_of_a_question_back_leads_to_an_answer(lab, question):
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, question)
    back = await slack.wait_for_message(slack.channel, asked.ts)
    assert choices(back), back.text
    for number in range(len(choices(back))):
        asked = await slack.mention(slack.user, slack.channel, question)
        turn = await slack.wait_for_message(slack.channel, asked.ts)
        texts = [turn.text]
        button = choices(turn)[number]
        while button is not None:
            await slack.click(slack.user, turn, button["action_id"])
            turn = await slack.wait_for_message(slack.channel, asked.ts, count=len(texts) + 1)
            assert turn.text not in texts, f"{button['value']} is asked back again: {turn.text}"
            texts.append(turn.text)
            button = next(iter(choices(turn)), None)
        assert len(texts) <= 1 + MOST_CLICKS
        assert kind_of(lab, turn) in ("calculation", "faq"), turn.text


async def test_a_private_question_back_is_answered_in_private(lab):
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", "llama-9-900b fp16 memory")
    offered = choices(reply.message)
    assert offered, reply.message.text
    await slack.click(slack.user, reply.message, offered[0]["action_id"])
    await slack.wait_for(lambda: len(slack.ephemerals(slack.user)) == 2)


def kind_of(lab, message):
    """Return the kind of the recorded answer that a message carries."""
    place = Place(message.team_id, message.channel_id, "public")
    answer_id = message.metadata["event_payload"]["answer_id"]
    return lab.store.get(answer_id, Viewer(message.user_id, place)).kind


def choices(message):
    """Return the buttons with which a message asks back."""
    buttons = [b for block in message.blocks for b in block.get("elements", [])]
    return [b for b in buttons if str(b.get("action_id", "")).startswith(ASK)]


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("hepl", "/vram help"),
        ("polcy", "/vram policy follow-ups"),
        ("setings", "/vram settings"),
    ],
)
async def test_a_mention_with_a_mistyped_command_gets_the_nearest_form(start_lab, typed, form):
    lab = await start_lab(real=True)
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, typed)
    reply = await slack.wait_for_message(slack.channel, asked.ts)
    assert f"Did you mean {form}?" in reply.text
    assert reply.text.count("/vram ") == 3  # the form, and two examples


async def test_a_mention_that_is_only_not_understood_gets_no_form(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "research into the history of Rome")
    reply = await slack.wait_for_message(slack.channel, asked.ts)
    assert "Did you mean /vram" not in reply.text
