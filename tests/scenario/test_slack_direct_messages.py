"""A direct message is one conversation: people ask under each other there, not in threads."""

import pytest


@pytest.fixture
async def lab(start_lab):
    return await start_lab(real=True)


@pytest.mark.parametrize(
    ("question", "follow_up", "before", "after"),
    [
        # 7e9 × 16 bytes, then 13e9 × 16 bytes.
        ("7b fp16 adamw training memory", "what about 13B?", "112 GB", "208 GB"),
        ("7b fp16 adamw 训练要多少显存", "那 13B 呢", "112 GB", "208 GB"),
        # 7e9 × 2 bytes, then 7e9 × 0.5 bytes.
        ("7b fp16 inference memory", "with int4?", "14 GB", "3.5 GB"),
        ("7b fp16 推理要多少显存", "那 int4 呢", "14 GB", "3.5 GB"),
    ],
)
async def test_a_direct_message_goes_on_from_the_one_before(
    lab, question, follow_up, before, after
):
    slack = lab.slack
    for text, figure in ((question, before), (follow_up, after)):
        asked = await slack.dm(slack.user, text)
        answer = await slack.wait_for_message(slack.direct_message(), asked.ts)
        assert figure in answer.text
        assert answer.thread_ts == asked.ts


@pytest.mark.parametrize("follow_up", ["with LoRA?", "用 LoRA 呢"])
async def test_a_direct_message_may_change_the_method(lab, follow_up):
    slack = lab.slack
    for text in ("llama-2-7b bf16 adamw training memory", follow_up):
        asked = await slack.dm(slack.user, text)
        answer = await slack.wait_for_message(slack.direct_message(), asked.ts)
    assert "LoRA" in answer.text
    assert "7b" in answer.text.lower()


async def test_a_new_question_in_a_direct_message_stands_alone(lab):
    slack = lab.slack
    alone = "70b int4 inference memory"
    asked = await slack.mention(slack.user, slack.channel, alone)
    there = await slack.wait_for_message(slack.channel, asked.ts)
    for text in ("7b fp16 adamw training memory on 8 A100", alone):
        asked = await slack.dm(slack.user, text)
        here = await slack.wait_for_message(slack.direct_message(), asked.ts)
    assert here.text.split("\n")[0] == there.text.split("\n")[0]


async def test_a_thread_in_a_direct_message_keeps_its_own_course(lab):
    slack = lab.slack
    first = await slack.dm(slack.user, "7b fp16 adamw training memory")
    await slack.wait_for_message(slack.direct_message(), first.ts)
    other = await slack.dm(slack.user, "70b int4 inference memory")
    await slack.wait_for_message(slack.direct_message(), other.ts)
    await slack.dm(slack.user, "what about 13B?", thread_ts=first.ts)
    answer = await slack.wait_for_message(slack.direct_message(), first.ts, count=2)
    assert "208 GB" in answer.text  # 13e9 × 16 bytes


async def test_another_persons_direct_message_begins_anew(lab):
    slack = lab.slack
    asked = await slack.dm(slack.user, "7b fp16 adamw training memory")
    await slack.wait_for_message(slack.direct_message(), asked.ts)
    colleague = slack.add_user("colleague")
    asked = await slack.dm(colleague, "what about 13B?")
    answer = await slack.wait_for_message(slack.direct_message(colleague), asked.ts)
    assert "208 GB" not in answer.text


@pytest.mark.parametrize(
    ("thanks", "said"), [("谢谢", "不客气。"), ("thanks, that is great", "You are welcome.")]
)
async def test_thanks_get_one_short_sentence(lab, thanks, said):
    slack = lab.slack
    asked = await slack.dm(slack.user, thanks)
    answer = await slack.wait_for_message(slack.direct_message(), asked.ts)
    assert answer.text == said
