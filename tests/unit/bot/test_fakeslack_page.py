"""The fake Slack's web page: what it shows is readable and escaped, what it sends takes effect."""

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.fakeslack import FakeSlack, Timing
from bot.fakeslack.page.markup import markdown_html, mrkdwn_html
from bot.fakeslack.run import trial_slack


@pytest.fixture
async def slack():
    async with FakeSlack(timing=Timing(ack_timeout_s=0.05, retry_delays_s=())) as running:
        yield running


@pytest.fixture
async def browser(slack):
    async with aiohttp.ClientSession(slack.url) as session:
        yield session


async def shown(browser, path="/"):
    async with browser.get(path) as answer:
        assert answer.status == 200
        return await answer.text()


async def act(browser, path, **body):
    async with browser.post(path, json=body) as answer:
        assert answer.status == 200, await answer.text()
        return (await answer.json())["error"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*bold* _italic_ ~gone~", "<strong>bold</strong> <em>italic</em> <s>gone</s>"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("`16n` &lt;b&gt; <b>", "<code>16n</code> &lt;b&gt; &lt;b&gt;"),
        ("```\na < b\n```", "<pre>a &lt; b</pre>"),
        (
            "<https://example.org/?a=1&amp;b=2|a link>",
            '<a href="https://example.org/?a=1&amp;b=2" target="_blank" '
            'rel="noopener noreferrer">a link</a>',
        ),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        (
            "<@U1> <!channel>",
            '<span class="mention">@mei</span> <span class="mention">@channel</span>',
        ),
        ("&gt; quoted\nnot", "<blockquote>quoted</blockquote>not"),
        ("显存 *112 GB*", "显存 <strong>112 GB</strong>"),
    ],
)
def test_mrkdwn_reads_as_in_slack(text, expected):
    assert mrkdwn_html(text, {"U1": "mei"}) == expected


def test_markdown_shows_html_instead_of_obeying_it():
    assert "<script>" not in markdown_html("<script>alert(1)</script>")
    assert "<td>1</td>" in markdown_html("| a |\n|---|\n| 1 |")


async def test_the_page_shows_people_places_and_escaped_messages(slack, browser):
    await slack.user_says(slack.user, slack.channel, "<img src=x onerror=alert(1)> 能训练吗")
    page = await shown(browser)
    assert "# general" in page
    assert "mei" in page
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt; 能训练吗" in page


async def test_blocks_are_drawn(slack, browser):
    client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
    plain = {"type": "plain_text", "text": "<Headline>"}
    working = {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_preformatted",
                "elements": [{"type": "text", "text": "M = 2 * n\n  < 14 GB"}],
            }
        ],
    }
    row = [{"type": "raw_text", "text": "weights"}, {"type": "raw_number", "value": 14.5}]
    button = {"type": "button", "text": plain, "action_id": "press"}
    blocks = [
        {"type": "header", "text": plain},
        {"type": "table", "rows": [row, row]},
        {
            "type": "container",
            "title": plain,
            "is_collapsible": True,
            "child_blocks": [working, {"type": "actions", "elements": [button]}],
        },
    ]
    await client.chat_postMessage(channel=slack.channel.id, text="fallback & text", blocks=blocks)
    page = await shown(browser)
    for expected in (
        "<h3>&lt;Headline&gt;</h3>",
        '<td class="right">14.5</td>',
        "<summary><strong>&lt;Headline&gt;</strong></summary>",
        "<pre>M = 2 * n\n  &lt; 14 GB</pre>",
        'data-action="press"',
        "fallback &amp; text",
    ):
        assert expected in page


async def test_posting_and_commands_from_the_page(slack, browser):
    user, channel = slack.user.id, slack.channel.id
    assert await act(browser, "/page/say", user=user, channel=channel, text="@vrambot hi") is None
    said = slack.messages(slack.channel)[0]
    assert said.text == f"<@{slack.bot_user_id}> hi"
    reply = {"user": user, "channel": channel, "text": "more", "thread_ts": said.ts}
    assert await act(browser, "/page/say", **reply) is None
    assert [one.text for one in slack.messages(slack.channel, said.ts)][1:] == ["more"]
    error = await act(browser, "/page/say", user=user, channel=channel, text="/vram 7b")
    assert error == "/vram failed with the error http_service_error", "no bot is connected"
    in_thread = reply | {"text": "/vram 7b"}
    assert "do not work in threads" in await act(browser, "/page/say", **in_thread)


async def test_one_sees_only_what_one_may(slack, browser):
    wei = slack.add_user("wei")
    lab = slack.add_channel("lab", "private")
    await slack.user_says(slack.user, lab, "a secret")
    assert "a secret" in await shown(browser, f"/?as={slack.user.id}&place={lab.id}")
    assert "a secret" not in await shown(browser, f"/?as={wei.id}&place={lab.id}")


async def test_an_open_form_is_shown_with_its_errors(slack, browser):
    client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
    field = {
        "type": "input",
        "block_id": "batch",
        "label": {"type": "plain_text", "text": "Batch"},
        "element": {"type": "plain_text_input", "action_id": "value"},
    }
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Change"},
        "submit": {"type": "plain_text", "text": "Go"},
        "blocks": [field],
    }
    trigger = slack.world.new_trigger(slack.workspace.id, slack.user.id)
    await client.views_open(trigger_id=trigger, view=view)
    slack.modal().errors = {"batch": "A whole number, please"}
    page = await shown(browser)
    assert 'name="batch"' in page
    assert '<div class="error">A whole number, please</div>' in page


async def test_other_web_pages_cannot_act(slack, browser):
    form = {"user": slack.user.id, "channel": slack.channel.id, "text": "forged"}
    async with browser.post("/page/say", data=form) as answer:
        assert answer.status == 415
    assert slack.messages(slack.channel) == []


async def test_a_trial_keeps_its_tokens_from_one_start_to_the_next():
    first, second = trial_slack("127.0.0.1", 0), trial_slack("127.0.0.1", 0)
    async with first, second:
        environments = [one.environment() for one in (first, second)]
        for environment in environments:
            assert environment.pop("SLACK_API_URL").startswith("http://127.0.0.1:")
        assert environments[0] == environments[1]


async def test_a_choice_in_a_form_is_told_with_what_is_typed_beside_it(slack, browser):
    """Two fields may share an action id: the page names them by their blocks, as Slack does."""
    client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
    words = {"type": "plain_text", "text": "Choose"}
    blocks = [
        {
            "type": "input",
            "block_id": "what",
            "dispatch_action": True,
            "label": words,
            "element": {
                "type": "static_select",
                "action_id": "value",
                "options": [{"text": words, "value": "fit"}],
            },
        },
        {
            "type": "input",
            "block_id": "size",
            "label": words,
            "element": {"type": "plain_text_input", "action_id": "value"},
        },
        {
            "type": "input",
            "block_id": "where",
            "label": words,
            "element": {"type": "conversations_select", "action_id": "value"},
        },
    ]
    view = {"type": "modal", "title": words, "submit": words, "blocks": blocks}
    trigger = slack.world.new_trigger(slack.workspace.id, slack.user.id)
    await client.views_open(trigger_id=trigger, view=view)
    page = await shown(browser)
    assert '<select name="what" data-action="value">' in page
    assert f'<option value="{slack.channel.id}">general</option>' in page
    body = {
        "user": slack.user.id,
        "view_id": slack.modal().id,
        "action_id": "value",
        "value": "fit",
        "typed": {"size": "7B"},
    }
    await browser.post("/page/click", json=body)
    told = slack.deliveries[-1].payload["view"]["state"]["values"]
    assert told["size"]["value"]["value"] == "7B"
    assert told["what"]["value"]["selected_option"]["value"] == "fit"


async def test_an_uploaded_picture_is_shown_with_its_words(slack, browser):
    client = AsyncWebClient(slack.bot_token, base_url=slack.api_url)
    picture = b"\x89PNG and more"
    place = await client.files_getUploadURLExternal(
        filename="memory.png", length=len(picture), alt_txt="Weights 14 GB"
    )
    async with browser.post(place["upload_url"], data=picture) as answer:
        assert answer.status == 200
    await client.files_completeUploadExternal(
        files=[{"id": place["file_id"], "title": "Memory"}], channel_id=slack.channel.id
    )
    page = await shown(browser)
    assert 'alt="Weights 14 GB"' in page
    async with browser.get(f"/page/file/{place['file_id']}") as answer:
        assert await answer.read() == picture
