"""Lets the tests of this folder import the helpers beside them."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
async def slack():
    """A fake Slack whose app has two commands: one takes text as typed, one escaped."""
    from bot.fakeslack import FakeSlack, Timing

    async with FakeSlack(timing=Timing(ack_timeout_s=0.5)) as running:
        running.app.commands = {"/vram": False, "/safe": True}
        yield running


@pytest.fixture
async def app(slack):
    """A Bolt app in Socket Mode that a test adds its listeners to."""
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

    bolt = AsyncApp(client=AsyncWebClient(slack.bot_token, base_url=slack.api_url))
    handler = AsyncSocketModeHandler(bolt, slack.app.app_token, web_client=bolt.client)
    await handler.connect_async()
    await slack.wait_connected()
    yield bolt
    await handler.close_async()
