"""An install in a browser: the way through it, sealed tokens, the settings that it needs."""

import asyncio
import base64
import os
import signal
import socket
import sys
from urllib.parse import parse_qs, quote, urlsplit

import aiohttp
import pytest

from bot.errors import BadSetting
from bot.fakeslack import FakeSlack
from bot.settings import Settings
from bot.slack.install.setup import check_install
from bot.slack.install.vault import Vault
from bot.slack.service import Service

KEY = base64.b64encode(b"0" * 32).decode()
OTHER_KEY = base64.b64encode(b"1" * 32).decode()


async def ready(browser):
    """Return whether the bot serves already."""
    try:
        return (await browser.get(f"{browser.address}/ready"))[0] == 200
    except aiohttp.ClientError:
        return False


class TestTheBrowsersWay:
    async def test_an_install_ends_with_a_page_in_both_languages(self, installs):
        status, page, _ = await installs.browser.install(installs.slack.workspace)
        assert status == 200
        assert "vrambot is installed in lab" in page
        assert "已安装到 lab" in page

    async def test_the_cookie_is_for_this_host_and_no_script(self, installs):
        _, headers = await installs.browser.begin()
        cookie = headers["Set-Cookie"]
        assert cookie.startswith("__Host-vrambot-install=")
        for flag in ("Secure", "HttpOnly", "SameSite=lax", "Path=/", "Max-Age=600"):
            assert flag.lower() in cookie.lower()
        assert "domain" not in cookie.lower()

    async def test_pages_load_nothing_and_pass_no_address_on(self, installs):
        _, headers = await installs.browser.begin()
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in headers["Content-Security-Policy"]

    async def test_slack_is_asked_for_the_scopes_of_the_manifest(self, installs):
        url, _ = await installs.browser.begin()
        asked = parse_qs(urlsplit(url).query)
        assert {"app_mentions:read", "chat:write", "commands"} <= set(asked["scope"][0].split(","))
        assert "user_scope" not in asked or asked["user_scope"] == [""]

    async def test_a_state_works_once(self, installs):
        browser = installs.browser
        url, _ = await browser.begin()
        back = await browser.consent(url, installs.slack.workspace)
        assert (await browser.get(back))[0] == 200
        status, page, _ = await browser.get(back)
        assert status == 400
        assert "/slack/install" in page

    async def test_another_browser_cannot_finish_an_install(self, installs, browser_at):
        browser, other = installs.browser, browser_at(installs.browser.address)
        url, _ = await browser.begin()
        back = await browser.consent(url, installs.slack.workspace)
        assert (await other.get(back))[0] == 400
        await other.begin()
        assert (await other.get(back))[0] == 400
        # The right browser still can.
        assert (await browser.get(back))[0] == 200
        await other.session.close()

    async def test_a_state_lapses(self, installs, monkeypatch):
        monkeypatch.setattr("bot.slack.install.oauth.STATE_LASTS_S", -1.0)
        status, _, _ = await installs.browser.install(installs.slack.workspace)
        assert status == 400

    async def test_opening_the_page_stores_nothing(self, installs):
        size = (installs.home / "vrambot.sqlite").stat().st_size
        for _ in range(50):
            await installs.browser.begin()
        assert (installs.home / "vrambot.sqlite").stat().st_size == size

    async def test_a_state_of_another_key_is_refused(self, installs):
        browser = installs.browser
        url, _ = await browser.begin()
        back = await browser.consent(url, installs.slack.workspace)
        forged = Vault(OTHER_KEY).stamp("0" * 64)
        own = quote(parse_qs(urlsplit(back).query)["state"][0], safe="")
        assert own in back
        assert (await browser.get(back.replace(own, quote(forged))))[0] == 400

    @pytest.mark.parametrize("query", ["", "?code=c", "?state=s", "?code=c&state=s"])
    async def test_made_up_returns_are_refused(self, installs, query):
        address = installs.browser.address
        status, _, _ = await installs.browser.get(f"{address}/slack/oauth_redirect{query}")
        assert status == 400
        assert installs.slack.calls_to("oauth.v2.access") == []

    async def test_a_refused_consent_stores_nothing(self, installs):
        status, page, _ = await installs.browser.install(installs.slack.workspace, "deny")
        assert status == 400
        assert "cancelled" in page
        assert installs.rows("installations", installs.slack.workspace) == 0

    async def test_a_code_that_slack_refuses_stores_nothing(self, installs):
        installs.slack.faults.error("oauth.v2.access", "invalid_code")
        status, _, _ = await installs.browser.install(installs.slack.workspace)
        assert status == 400
        assert installs.rows("installations", installs.slack.workspace) == 0

    async def test_token_rotation_is_refused_in_plain_words(self, installs):
        installs.slack.app.rotates_tokens = True
        status, page, _ = await installs.browser.install(installs.slack.workspace)
        assert status == 400
        assert "token rotation" in page

    async def test_a_name_is_shown_as_text(self, installs):
        place = installs.slack.add_workspace("<script>alert(1)</script>", installed=False)
        _, page, _ = await installs.browser.install(place)
        assert "<script>" not in page
        assert "&lt;script&gt;" in page


class TestTokens:
    async def test_no_token_and_no_secret_is_in_any_file(self, installs):
        await installs.browser.install(installs.slack.workspace)
        await installs.ask(installs.slack.workspace)
        token = installs.slack.workspace.bot_token.encode()
        for file in installs.home.iterdir():
            content = file.read_bytes()
            assert token not in content, file.name
            assert installs.slack.app.client_secret.encode() not in content

    async def test_no_secret_of_an_install_reaches_the_log(self, tmp_path, browser_at):
        async with FakeSlack() as slack:
            slack.workspace.installed = False
            with socket.create_server(("127.0.0.1", 0)) as taken:
                port = taken.getsockname()[1]
            address = slack.request_url = f"http://127.0.0.1:{port}"
            slack.request_url += "/slack/events"
            environment = {
                **os.environ,
                **slack.install_environment(),
                "VRAMBOT_HOME": str(tmp_path),
                "VRAMBOT_PORT": str(port),
                "VRAMBOT_PUBLIC_URL": address,
                "VRAMBOT_ENCRYPTION_KEY": KEY,
                "VRAMBOT_LOG_LEVEL": "debug",
            }
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "serve",
                env=environment,
                stderr=asyncio.subprocess.PIPE,
            )
            browser = browser_at(address)
            await slack.wait_for(lambda: ready(browser), timeout_s=60)
            await browser.install(slack.workspace)
            slack.faults.error("oauth.v2.access", "invalid_code")
            await browser.install(slack.workspace)
            asked = await slack.mention(slack.user, slack.channel, "7b")
            await slack.wait_for_message(slack.channel, asked.ts, timeout_s=20)
            await browser.session.close()
            process.send_signal(signal.SIGTERM)
            _, log = await asyncio.wait_for(process.communicate(), 30)
        assert b"installed" in log
        assert b"install_refused" in log
        secrets = [slack.workspace.bot_token, slack.app.client_secret, slack.app.signing_secret]
        assert [one for one in (*secrets, KEY, "code.") if one.encode() in log] == []

    async def test_a_key_can_be_replaced(self, installs):
        await installs.browser.install(installs.slack.workspace)
        await installs.stop()
        await installs.start(VRAMBOT_ENCRYPTION_KEY=f"{OTHER_KEY},{KEY}")
        await installs.stop()
        # Everything was sealed anew at that start: the old key is not needed any more.
        await installs.start(VRAMBOT_ENCRYPTION_KEY=OTHER_KEY)
        _, _, answer = await installs.ask(installs.slack.workspace)
        assert "You said: 7b" in answer.text

    async def test_without_the_right_key_the_workspace_is_not_served_and_others_are(self, installs):
        await installs.browser.install(installs.slack.workspace)
        await installs.stop()
        await installs.start(VRAMBOT_ENCRYPTION_KEY=OTHER_KEY)
        other = installs.slack.add_workspace("other", installed=False)
        await installs.browser.install(other)
        _, _, answer = await installs.ask(other)
        assert "You said" in answer.text
        slack = installs.slack
        asked = await slack.mention(slack.user, slack.channel, "7b")
        await slack.settle()
        assert slack.bot_messages(slack.channel, asked.ts) == []

    def test_a_sealed_token_opens_for_its_workspace_only(self):
        vault = Vault(KEY)
        sealed = vault.seal("xoxb-1", "T1")
        assert vault.open(sealed, "T1") == "xoxb-1"
        with pytest.raises(BadSetting):
            vault.open(sealed, "T2")

    @pytest.mark.parametrize("keys", ["", "short", "nicht base64 ü", f"{KEY},short", ","])
    def test_an_unusable_key_is_refused_without_being_quoted(self, keys):
        with pytest.raises(BadSetting) as caught:
            Vault(keys)
        assert caught.value.key == "key_malformed"
        assert "short" not in str(caught.value.values)


class TestSettings:
    @pytest.mark.parametrize(
        ("missing", "key"),
        [
            ("SLACK_CLIENT_SECRET", "install_setting_missing"),
            ("VRAMBOT_PUBLIC_URL", "install_setting_missing"),
            ("VRAMBOT_ENCRYPTION_KEY", "key_missing"),
            ("SLACK_SIGNING_SECRET", "no_transport"),
        ],
    )
    async def test_each_missing_setting_is_named(self, tmp_path, scripted, missing, key):
        given = {
            "SLACK_CLIENT_ID": "1.2",
            "SLACK_CLIENT_SECRET": "secret",
            "SLACK_SIGNING_SECRET": "secret",
            "VRAMBOT_PUBLIC_URL": "https://vram.example",
            "VRAMBOT_ENCRYPTION_KEY": KEY,
            "VRAMBOT_HOME": tmp_path,
            "VRAMBOT_PORT": 0,
        }
        given.pop(missing)
        service = Service(Settings(**given), scripted)
        with pytest.raises(BadSetting) as caught:
            await service.start()
        await service.stop()
        assert caught.value.key == key
        assert caught.value.values.get("name", missing) == missing

    def test_one_workspace_and_many_exclude_each_other(self):
        with pytest.raises(BadSetting) as caught:
            check_install(Settings(SLACK_BOT_TOKEN="xoxb-1", SLACK_CLIENT_ID="1.2"))
        assert caught.value.key == "one_or_many"

    def test_a_public_address_without_tls_is_refused(self):
        with pytest.raises(ValueError, match="https://"):
            Settings(VRAMBOT_PUBLIC_URL="http://vram.example")
