"""Commands behave as in Slack, with a real Bolt app behind."""

import asyncio

import pytest
from fakeslack_bolt import actions, button
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.fakeslack import ImpossibleInSlack, Timing


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

    async def test_an_answer_to_the_response_url_stands_after_the_acknowledgement(self, slack, app):
        @app.command("/vram")
        async def command(ack, respond):
            await ack("one moment")
            await asyncio.sleep(0.05)  # Bolt sends the acknowledgement up to 10 ms later
            await respond("14 GB")

        await slack.slash(slack.user, slack.channel, "/vram", "7b")
        await slack.wait_for(lambda: len(slack.ephemerals(slack.user)) == 2)
        assert [one.text for one in slack.ephemerals(slack.user)] == ["one moment", "14 GB"]
