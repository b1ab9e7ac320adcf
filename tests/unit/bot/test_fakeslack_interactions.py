"""Commands, clicks, forms, Home and shortcuts behave as in Slack, with a real Bolt app behind."""

import asyncio

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.fakeslack import FakeSlack, ImpossibleInSlack, Timing


def plain(text):
    return {"type": "plain_text", "text": text}


def button(action_id, **more):
    return {"type": "button", "text": plain("Press"), "action_id": action_id, **more}


def actions(*elements):
    return {"type": "actions", "elements": list(elements)}


FORM = {
    "type": "modal",
    "callback_id": "form",
    "title": plain("Change a number"),
    "submit": plain("Go"),
    "blocks": [
        {
            "type": "input",
            "block_id": "batch",
            "label": plain("Batch"),
            "element": {"type": "plain_text_input", "action_id": "batch_value"},
        },
        {
            "type": "input",
            "block_id": "dtype",
            "optional": True,
            "label": plain("Format"),
            "element": {
                "type": "static_select",
                "action_id": "dtype_value",
                "options": [{"text": plain("bf16"), "value": "bf16"}],
            },
        },
    ],
}


@pytest.fixture
async def slack():
    async with FakeSlack(timing=Timing(ack_timeout_s=0.5)) as running:
        running.app.commands = {"/vram": False, "/safe": True}
        yield running


@pytest.fixture
async def app(slack):
    """A Bolt app in Socket Mode that a test adds its listeners to."""
    bolt = AsyncApp(client=AsyncWebClient(slack.bot_token, base_url=slack.api_url))
    handler = AsyncSocketModeHandler(bolt, slack.app.app_token, web_client=bolt.client)
    await handler.connect_async()
    await slack.wait_connected()
    yield bolt
    await handler.close_async()


async def posted(slack, app, blocks):
    """Let the app post blocks in #general, and give the message."""
    await app.client.chat_postMessage(channel=slack.channel.id, text="here", blocks=blocks)
    return slack.bot_messages(slack.channel)[-1]


class TestCommands:
    async def test_text_is_raw_unless_the_command_asks_for_escaping(self, slack, app):
        texts = []

        @app.command("/vram")
        @app.command("/safe")
        async def command(ack, command):
            texts.append(command["text"])
            await ack()

        await slack.slash(slack.user, slack.channel, "/vram", "<!channel> & @mei")
        await slack.slash(slack.user, slack.channel, "/safe", "<!channel> & @mei")
        assert texts == [
            "<!channel> & @mei",
            f"&lt;!channel&gt; &amp; <@{slack.user.id}|mei>",
        ]

    async def test_no_answer_in_time_is_what_the_person_sees(self, slack, app):
        @app.command("/vram")
        async def command(ack):
            await asyncio.sleep(1)
            await ack()

        assert (await slack.slash(slack.user, slack.channel, "/vram")).error == "operation_timeout"

    async def test_an_acknowledgement_with_bad_blocks_shows_nothing(self, slack, app):
        @app.command("/vram")
        async def command(ack):
            await ack(blocks=[{"type": "sparkline"}], text="x")

        reply = await slack.slash(slack.user, slack.channel, "/vram")
        assert (reply.error, reply.message) == ("invalid_command_response", None)

    async def test_nobody_uses_commands_where_they_are_not(self, slack, app):
        private = slack.add_channel("lab", "private", members=[])
        with pytest.raises(ImpossibleInSlack):
            await slack.slash(slack.user, private, "/vram", "x")
        with pytest.raises(ImpossibleInSlack):
            await slack.slash(slack.user, slack.channel, "/nothing", "x")

    async def test_a_response_url_works_five_times(self, slack, app):
        urls = []

        @app.command("/vram")
        async def command(ack, command):
            urls.append(command["response_url"])
            await ack()

        await slack.slash(slack.user, slack.channel, "/vram", "x")
        webhook = AsyncWebhookClient(urls[0])
        answers = [await webhook.send(text=f"part {number}") for number in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [404]
        assert answers[5].body == "used_url"
        assert len(slack.ephemerals(slack.user)) == 5

    async def test_a_response_url_lapses(self, slack):
        slack.world.timing = Timing(response_url_lifetime_s=0.0)
        url = slack.world.new_response_url(slack.channel.id, slack.user.id)
        assert (await AsyncWebhookClient(url).send(text="late")).body == "expired_url"

    async def test_a_private_answer_is_shared_in_the_channel(self, slack, app):
        @app.command("/vram")
        async def command(ack):
            await ack(text="14 GB", blocks=[actions(button("share"))])

        @app.action("share")
        async def share(ack, respond):
            await ack()
            await respond(text="14 GB", response_type="in_channel", delete_original=False)

        answer = (await slack.slash(slack.user, slack.channel, "/vram", "7b")).message
        await slack.click(slack.user, answer, "share")
        shared = await slack.wait_for_message(slack.channel)
        assert (shared.text, shared.ephemeral_to) == ("14 GB", None)


class TestClicks:
    async def test_a_click_carries_the_button_and_the_message(self, slack, app):
        clicks = []

        @app.action("wider")
        async def wider(ack, body):
            await ack()
            clicks.append(body)

        message = await posted(slack, app, [actions(button("wider", value="8"))])
        assert (await slack.click(slack.user, message, "wider")).error is None
        body = clicks[0]
        assert body["actions"][0]["value"] == "8"
        assert body["message"]["ts"] == message.ts
        assert body["user"]["id"] == slack.user.id

    async def test_buttons_inside_containers_are_found(self, slack, app):
        pressed = []

        @app.action("inner")
        async def inner(ack):
            await ack()
            pressed.append(True)

        container = {
            "type": "container",
            "title": plain("Working"),
            "is_collapsible": True,
            "child_blocks": [actions(button("inner"))],
        }
        await slack.click(slack.user, await posted(slack, app, [container]), "inner")
        assert pressed

    async def test_feedback_has_two_values(self, slack, app):
        values = []

        @app.action("feedback")
        async def feedback(ack, action):
            await ack()
            values.append(action["value"])

        element = {
            "type": "feedback_buttons",
            "action_id": "feedback",
            "positive_button": {"text": plain("Good"), "value": "good"},
            "negative_button": {"text": plain("Bad"), "value": "bad"},
        }
        message = await posted(slack, app, [{"type": "context_actions", "elements": [element]}])
        await slack.click(slack.user, message, "feedback", "bad")
        assert values == ["bad"]
        with pytest.raises(ImpossibleInSlack):
            await slack.click(slack.user, message, "feedback", "perfect")

    async def test_what_one_cannot_see_one_cannot_click(self, slack, app):
        wei = slack.add_user("wei")
        mine = button("edit", visible_to_user_ids=[slack.user.id])
        message = await posted(slack, app, [actions(mine)])
        with pytest.raises(ImpossibleInSlack, match="does not see edit"):
            await slack.click(wei, message, "edit")
        with pytest.raises(ImpossibleInSlack, match="action id gone"):
            await slack.click(slack.user, message, "gone")


class TestForms:
    @pytest.fixture
    def opened(self, slack, app):
        @app.shortcut("open")
        async def shortcut(ack, client, body):
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)

        async def opening():
            await slack.shortcut(slack.user, "open")
            return await slack.wait_for_modal()

        return opening

    async def test_errors_stay_on_the_form_and_a_good_form_closes(self, slack, app, opened):
        @app.view("form")
        async def submitted(ack, view):
            value = view["state"]["values"]["batch"]["batch_value"]["value"]
            if not value.isdigit():
                await ack(response_action="errors", errors={"batch": "A whole number, please"})
            else:
                await ack()

        form = await opened()
        refused = await slack.submit(slack.user, form, {"batch_value": "many"})
        assert (refused.action, refused.errors) == ("errors", {"batch": "A whole number, please"})
        assert slack.modal() is form
        assert (await slack.submit(slack.user, form, {"batch": "8"})).action == "close"
        assert slack.modal() is None

    async def test_required_fields_and_choices_are_enforced(self, slack, app, opened):
        form = await opened()
        with pytest.raises(ImpossibleInSlack, match="must be filled in"):
            await slack.submit(slack.user, form, {})
        with pytest.raises(ImpossibleInSlack, match="does not offer"):
            await slack.submit(slack.user, form, {"batch": "1", "dtype": "fp5"})
        with pytest.raises(ImpossibleInSlack, match="no field is called"):
            await slack.submit(slack.user, form, {"batch": "1", "colour": "red"})

    async def test_a_trigger_lasts_three_seconds_and_works_once(self, slack, app):
        world = slack.world
        fresh = world.new_trigger(slack.workspace.id, slack.user.id)
        await app.client.views_open(trigger_id=fresh, view=FORM)
        world.timing = Timing(trigger_lifetime_s=-1)
        stale = world.new_trigger(slack.workspace.id, slack.user.id)
        cases = {fresh: "exchanged", stale: "expired", "1.2.3": "invalid"}
        for trigger_id, word in cases.items():
            with pytest.raises(SlackApiError) as caught:
                await app.client.views_open(trigger_id=trigger_id, view=FORM)
            assert caught.value.response["error"] == f"{word}_trigger_id"

    async def test_forms_stack_three_high(self, slack, app, opened):
        @app.view("form")
        async def submitted(ack):
            await ack(response_action="push", view=FORM)

        top = await opened()
        for _ in range(2):
            top = (await slack.submit(slack.user, top, {"batch": "1"})).view
        fourth = await slack.submit(slack.user, top, {"batch": "1"})
        assert (fourth.action, fourth.error) == ("error", "push_limit_reached")

    async def test_two_editors_of_one_home_conflict_by_hash(self, slack, app):
        home = {"type": "home", "blocks": [{"type": "divider"}]}
        first = (await app.client.views_publish(user_id=slack.user.id, view=home))["view"]
        await app.client.views_publish(user_id=slack.user.id, view=home, hash=first["hash"])
        with pytest.raises(SlackApiError) as caught:
            await app.client.views_publish(user_id=slack.user.id, view=home, hash=first["hash"])
        assert caught.value.response["error"] == "hash_conflict"


class TestOther:
    async def test_opening_home_lets_the_app_publish_it(self, slack, app):
        @app.event("app_home_opened")
        async def home(event, client):
            view = {"type": "home", "blocks": [{"type": "header", "text": plain("Hello")}]}
            await client.views_publish(user_id=event["user"], view=view)

        await slack.open_home()
        shown = await slack.wait_for(slack.home)
        assert shown["blocks"][0]["text"]["text"] == "Hello"

    async def test_a_message_shortcut_brings_the_message(self, slack, app):
        texts = []

        @app.shortcut("explain")
        async def explain(ack, body):
            await ack()
            texts.append(body["message"]["text"])

        said = await slack.user_says(slack.user, slack.channel, "7B needs 14 GB & more")
        await slack.shortcut(slack.user, "explain", said)
        assert texts == ["7B needs 14 GB &amp; more"]

    async def test_edits_deletions_bots_and_uninstalling_bring_their_events(self, slack, app):
        kinds = []

        @app.event({"type": "message"})
        async def message(event):
            kinds.append(event.get("subtype") or ("bot" if event.get("bot_id") else "said"))

        @app.event("app_uninstalled")
        async def uninstalled():
            kinds.append("uninstalled")

        said = await slack.user_says(slack.user, slack.channel, "one")
        await slack.settle()
        await slack.edit(said, "two")
        await slack.settle()
        await slack.delete(said)
        await slack.settle()
        await slack.user_says(slack.add_bot("other"), slack.channel, "beep")
        await slack.settle()
        assert kinds == ["said", "message_changed", "message_deleted", "bot"]

    async def test_pings_are_caught_wherever_they_hide(self, slack, app):
        rich = {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "broadcast", "range": "here"},
                        {"type": "text", "text": "<!everyone> is only text here"},
                    ],
                }
            ],
        }
        blocks = [
            {"type": "section", "text": {"type": "mrkdwn", "text": f"<@{slack.user.id}> look"}},
            {"type": "section", "text": plain("<!channel> is only text here")},
            {"type": "markdown", "text": "<!everyone>"},
            rich,
        ]
        await app.client.chat_postMessage(
            channel=slack.channel.id, text="&lt;!here&gt; <!channel>", blocks=blocks
        )
        assert [(ping.target, ping.where) for ping in slack.pings] == [
            ("!channel", "/text"),
            (f"@{slack.user.id}", "/blocks/0/text/text"),
            ("!everyone", "/blocks/2/text"),
            ("!here", "/blocks/3/elements/0/elements/0"),
        ]

    async def test_linked_names_turn_bare_words_into_pings(self, slack, app):
        await app.client.chat_postMessage(
            channel=slack.channel.id, text="@channel", link_names=True
        )
        assert [ping.target for ping in slack.pings] == ["!channel"]

    async def test_an_install_is_approved_and_sent_back_with_a_code(self, slack):
        query = {
            "client_id": slack.app.client_id,
            "redirect_uri": "http://127.0.0.1:1/back",
            "state": "s",
        }
        async with (
            aiohttp.ClientSession() as session,
            session.get(
                f"{slack.url}/oauth/v2/authorize", params=query, allow_redirects=False
            ) as answer,
        ):
            location = answer.headers["Location"]
        assert location.startswith("http://127.0.0.1:1/back?code=code.")
        assert location.endswith("&state=s")

    async def test_a_menu_asks_the_app_for_its_options(self, slack, app):
        @app.options("model")
        async def models(ack, payload):
            names = [name for name in ("llama-2-7b", "qwen") if payload["value"] in name]
            await ack(options=[{"text": plain(name), "value": name} for name in names])

        menu = {"type": "external_select", "action_id": "model", "min_query_length": 1}
        block = {"type": "input", "label": plain("Model"), "element": menu}
        trigger = slack.world.new_trigger(slack.workspace.id, slack.user.id)
        await app.client.views_open(trigger_id=trigger, view=FORM | {"blocks": [block]})
        offered = await slack.suggestions(slack.user, slack.modal(), "model", "lla")
        assert [one["value"] for one in offered] == ["llama-2-7b"]

    async def test_an_answer_to_the_response_url_stands_after_the_acknowledgement(self, slack, app):
        @app.command("/vram")
        async def command(ack, respond):
            await ack("one moment")
            await asyncio.sleep(0.05)  # Bolt sends the acknowledgement up to 10 ms later
            await respond("14 GB")

        await slack.slash(slack.user, slack.channel, "/vram", "7b")
        await slack.wait_for(lambda: len(slack.ephemerals(slack.user)) == 2)
        assert [one.text for one in slack.ephemerals(slack.user)] == ["one moment", "14 GB"]

    async def test_an_attachment_can_ping_too(self, slack, app):
        await app.client.chat_postMessage(
            channel=slack.channel.id, text="x", attachments=[{"text": "<!here>", "fallback": "x"}]
        )
        assert [(one.target, one.where) for one in slack.pings] == [
            ("!here", "/attachments/0/text")
        ]
