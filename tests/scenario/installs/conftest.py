"""A fake Slack where nothing is installed yet, a service that waits for installs, a browser."""

import base64
import re
import socket
import sqlite3
from html import unescape

import aiohttp
import pytest

from bot.fakeslack import FakeSlack
from bot.settings import Settings
from bot.slack.service import Service

KEY = base64.b64encode(b"0" * 32).decode()


class Browser:
    """Somebody's browser: it keeps cookies and follows links."""

    def __init__(self, address):
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=address)
        self.address = address
        self.session = aiohttp.ClientSession(cookie_jar=jar)

    async def get(self, url):
        async with self.session.get(url, allow_redirects=False) as answer:
            return answer.status, await answer.text(), answer.headers

    async def begin(self):
        """Open the install page; give the address of Slack's consent page."""
        status, page, headers = await self.get(f"{self.address}/slack/install")
        assert status == 200, page
        return unescape(re.search(r'href="([^"]+)"', page)[1]), headers

    async def consent(self, url, place, decision="allow"):
        """Decide on Slack's page; give the address that Slack sends the browser back to."""
        form = {"decision": decision, "install_to": place.id}
        async with self.session.post(url, data=form, allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()
            return answer.headers["Location"]

    async def install(self, place, decision="allow"):
        url, _ = await self.begin()
        return await self.get(await self.consent(url, place, decision))


@pytest.fixture
async def installs(tmp_path, scripted):
    """Give a fake Slack where nothing is installed yet, a service over HTTP, and a browser."""
    async with FakeSlack() as slack:
        slack.workspace.installed = False
        found = Installs(slack, scripted, tmp_path)
        await found.start()
        yield found
        await found.stop()


class Installs:
    def __init__(self, slack, answerer, home):
        self.slack, self.answerer, self.home = slack, answerer, home

    async def start(self, **changes):
        slack = self.slack
        environment = slack.install_environment()
        environment.pop("SLACK_APP_TOKEN", None)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        settings = {
            **environment,
            "VRAMBOT_HOME": self.home,
            "VRAMBOT_PORT": port,
            "VRAMBOT_ENCRYPTION_KEY": KEY,
            "VRAMBOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "VRAMBOT_ACK_BUDGET_MS": 1_500,
            **changes,
        }
        self.service = Service(Settings(**settings), self.answerer)
        await self.service.start()
        address = f"http://127.0.0.1:{port}"
        slack.request_url = f"{address}/slack/events"
        self.browser = Browser(address)

    async def stop(self):
        await self.browser.session.close()
        await self.service.stop()

    async def ask(self, workspace, text="7b"):
        """Mention the bot in a workspace's channel; give the channel and the answer."""
        slack = self.slack
        user = slack.add_user("asker", workspace)
        channel = slack.add_channel("general", members=[user], workspace=workspace)
        asked = await slack.mention(user, channel, text)
        return channel, user, await slack.wait_for_message(channel, asked.ts, timeout_s=10)

    def rows(self, table, workspace):
        with sqlite3.connect(self.home / "vrambot.sqlite") as connection:
            sql = f"SELECT count(*) FROM {table} WHERE workspace = ?"
            return connection.execute(sql, (workspace.id,)).fetchone()[0]


@pytest.fixture
def browser_at():
    """Give what opens a browser for an address of the bot."""
    return Browser
