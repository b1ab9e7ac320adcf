"""``/vram find``, "asked before" hints, "changed since" and Recompute: who sees what."""

import json

import pytest

from bot.rendering.actions import AGAIN


def blocks_of(message):
    return json.dumps(message.blocks, ensure_ascii=False)


async def ask(lab, channel, text, user=None):
    slack = lab.slack
    asked = await slack.mention(user or slack.user, channel, text)
    return await slack.wait_for_message(channel, asked.ts)


async def find(lab, words, channel=None, user=None):
    slack = lab.slack
    await slack.settle(0.1)
    reply = await slack.slash(
        user or slack.user, channel or slack.channel, "/vram", f"find {words}"
    )
    return reply.message


def outdate(lab, query="%"):
    with lab.store._connections.write() as connection:
        connection.execute("UPDATE answers SET version = 'former' WHERE query LIKE ?", (query,))


async def test_rows_link_to_the_question_and_show_the_first_line(start_lab):
    lab = await start_lab(real=True)
    await ask(lab, lab.slack.channel, "9b fp16 adamw")
    shown = blocks_of(await find(lab, "adamw"))
    assert "/archives/" in shown
    assert "|9b fp16 adamw>" in shown
    assert "144 GB" in shown  # 16 × 9


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("kind:calculation", {"9b fp16"}),
        ("kind:faq", {"utilisation"}),
        ("类型:知识", {"utilisation"}),
        ("by:me", {"utilisation"}),
        ("我的", {"utilisation"}),
        ("since:7d", {"9b fp16", "utilisation"}),
        ("最近7天", {"9b fp16", "utilisation"}),
        ("by:me kind:calculation", set()),
    ],
)
async def test_filters_in_both_languages(start_lab, words, found):
    lab = await start_lab(real=True)
    slack = lab.slack
    li = slack.add_user("li")
    await ask(lab, slack.channel, "9b fp16 adamw", li)
    await ask(lab, slack.channel, "How do I judge my GPU utilisation?")
    shown = (await find(lab, words)).text
    assert {one for one in ("9b fp16", "utilisation") if one in shown} == found


async def test_the_filter_for_ones_own_does_not_open_private_conversations(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    secret = slack.add_channel("secret", "private")
    await ask(lab, secret, "9b fp16 adamw")
    assert "9b fp16" not in (await find(lab, "by:me")).text
    assert "9b fp16" not in (await find(lab, "adamw by:me since:1d")).text
    assert "9b fp16" in (await find(lab, "by:me", secret)).text


@pytest.mark.parametrize(
    ("words", "said"), [("kind:calcs", "kind:calculation"), ("最近:很久", "/vram find")]
)
async def test_a_wrong_filter_names_forms_that_work(start_lab, words, said):
    lab = await start_lab(real=True)
    assert said in (await find(lab, words)).text


async def test_what_changed_since_is_marked_and_recomputed_in_private(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    await ask(lab, slack.channel, "9b fp16 adamw")
    outdate(lab)
    message = await find(lab, "adamw")
    assert "changed since" in blocks_of(message)
    await slack.click(slack.user, message, AGAIN)
    await slack.wait_for(lambda: len(slack.ephemerals(slack.user)) == 2)
    answer = slack.ephemerals(slack.user)[-1]
    assert "Asked again with today's formulas" in answer.text
    assert "144 GB" in answer.text


async def test_what_did_not_change_has_no_mark_and_no_button(start_lab):
    lab = await start_lab(real=True)
    await ask(lab, lab.slack.channel, "9b fp16 adamw")
    shown = blocks_of(await find(lab, "adamw"))
    assert "changed since" not in shown
    assert AGAIN not in shown


async def test_an_old_answer_without_a_version_is_not_called_changed(start_lab):
    lab = await start_lab(real=True)
    await ask(lab, lab.slack.channel, "9b fp16 adamw")
    with lab.store._connections.write() as connection:
        connection.execute("UPDATE answers SET version = NULL")
    assert "changed since" not in blocks_of(await find(lab, "adamw"))


async def test_a_button_with_the_id_of_a_hidden_answer_tells_nothing(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    secret = slack.add_channel("secret", "private")
    hidden = await ask(lab, secret, "33b fp16 adamw")
    await ask(lab, slack.channel, "9b fp16 adamw")
    outdate(lab)
    message = await find(lab, "adamw")
    for block in message.blocks:
        if "accessory" in block:
            block["accessory"]["value"] = hidden.metadata["event_payload"]["answer_id"]
    await slack.click(slack.user, message, AGAIN)
    await slack.wait_for(lambda: len(slack.ephemerals(slack.user)) == 2)
    assert "33" not in slack.ephemerals(slack.user)[-1].text
    assert "no longer kept" in slack.ephemerals(slack.user)[-1].text


async def test_the_hint_at_a_former_question_is_marked_and_recomputed_in_the_thread(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    await ask(lab, slack.channel, "9b fp16 adamw")
    await slack.settle(0.1)
    outdate(lab)
    second = await ask(lab, slack.channel, "9b fp16 adamw")
    assert "Asked before" in blocks_of(second)
    assert "changed since" in blocks_of(second)
    await slack.click(slack.user, second, f"{AGAIN}_0")
    answer = await slack.wait_for_message(slack.channel, second.thread_ts, containing="Asked again")
    assert answer.thread_ts == second.thread_ts


async def test_hints_show_nothing_of_private_conversations(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    secret = slack.add_channel("secret", "private")
    await ask(lab, secret, "9b fp16 adamw")
    await slack.settle(0.1)
    assert "Asked before" not in blocks_of(await ask(lab, slack.channel, "9b fp16 adamw"))
    await slack.settle(0.1)
    shared = slack.add_channel("partners", ext_shared=True)
    assert "Asked before" not in blocks_of(await ask(lab, shared, "9b fp16 adamw"))
    await slack.settle(0.1)
    again = await ask(lab, secret, "9b fp16 adamw")
    assert "Asked before" in blocks_of(again)


async def test_help_says_when_it_answers_in_this_channel(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", "help")
    assert "only when I am mentioned" in reply.message.text
    assert "/vram policy follow-ups" in reply.message.text
    await slack.slash(slack.user, slack.channel, "/vram", "policy follow-ups")
    await slack.settle(0.2)
    reply = await slack.slash(slack.user, slack.channel, "/vram", "帮助")
    assert "/vram policy mention" in reply.message.text


@pytest.mark.parametrize(
    ("typed", "form"),
    [
        ("hlep", "/vram help"),
        ("setings", "/vram settings"),
        ("fnd lunch rota", "/vram find"),
        ("qwertz uiop", "/vram 7b fp16 adamw"),
        ("随便写点什么东西", "/vram 四张V100 32G能训65B吗"),
    ],
)
async def test_wrong_input_gets_the_nearest_form_and_two_examples_that_work(start_lab, typed, form):
    lab = await start_lab(real=True)
    slack = lab.slack
    reply = await slack.slash(slack.user, slack.channel, "/vram", typed)
    assert form in reply.message.text
    examples = [
        line.partition("/vram ")[2]
        for line in reply.message.text.splitlines()
        if line.strip("- •").startswith("/vram ")
    ]
    assert len(examples) >= 2
    for example in examples[-2:]:
        answer = await slack.slash(slack.user, slack.channel, "/vram", example)
        assert "I don't know" not in answer.message.text
        assert "我不知道" not in answer.message.text


async def test_a_follow_up_is_not_called_asked_before_for_its_words(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    for question in ("9b fp16 adamw", "can 4×V100 32G train 65B?"):
        asked = await slack.mention(slack.user, slack.channel, question)
        await slack.wait_for_message(slack.channel, asked.ts)
        await slack.mention(slack.user, slack.channel, "with LoRA?", asked.ts)
        answer = await slack.wait_for_message(slack.channel, asked.ts, containing="Changed")
        assert "Asked before" not in blocks_of(answer)
        await slack.settle(0.1)


@pytest.mark.parametrize(
    ("typed", "said"), [("查找 9b", "历史"), ("find 9b", "Past answers")], ids=["zh", "en"]
)
async def test_the_list_speaks_the_language_of_the_command(start_lab, typed, said):
    lab = await start_lab(real=True)
    slack = lab.slack
    await ask(lab, slack.channel, "9b fp16 adamw")
    reply = await slack.slash(slack.user, slack.channel, "/vram", typed)
    assert said in reply.message.text


async def test_what_an_answer_offers_or_cites_does_not_find_it(start_lab):
    """Other cards among the ways, entries offered instead and titles at the end: not asked for."""
    lab = await start_lab(real=True)
    channel = lab.slack.channel
    offering = await ask(lab, channel, "can one RTX 4090 train 13B?")
    assert "cards" in offering.text
    await ask(lab, channel, "how much do bananas cost in Hamburg")
    await ask(lab, channel, "can 4×V100 32GB train 65B?")
    for words, only in (("65B", "65B"), ("V100", "V100"), ("Vicuna", "")):
        shown = (await find(lab, words)).text
        assert "bananas" not in shown
        assert "4090" not in shown
        assert only in shown


async def test_an_entry_is_found_by_its_text_and_a_follow_up_by_what_it_took_over(start_lab):
    lab = await start_lab(real=True)
    slack = lab.slack
    await ask(lab, slack.channel, "How do I judge my GPU utilisation?")
    first = await ask(lab, slack.channel, "can one RTX 4090 train llama-2-7b?")
    await slack.mention(slack.user, slack.channel, "with LoRA?", first.thread_ts)
    await slack.wait_for_message(slack.channel, first.thread_ts, count=2)
    assert "utilisation" in (await find(lab, "FLOPS")).text
    assert "with LoRA?" in (await find(lab, "4090 lora")).text
