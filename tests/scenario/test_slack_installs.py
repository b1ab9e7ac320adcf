"""Several workspaces: installed in a browser, asked in, kept apart, removed without a trace."""

import base64
import os
import re
import socket
import sqlite3
from html import unescape
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from bot.errors import BadSetting
from bot.fakeslack import FakeSlack
from bot.settings import Settings
from bot.slack.install.setup import check_install
from bot.slack.install.vault import Vault
from bot.slack.service import Service
from knowledge.visibility import Place, Viewer

KEY = base64.b64encode(b"0" * 32).decode()
OTHER_KEY = base64.b64encode(b"1" * 32).decode()


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

    async def test_another_browser_cannot_finish_an_install(self, installs):
        browser, other = installs.browser, Browser(installs.browser.address)
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


class TestWorkspaces:
    async def test_two_workspaces_are_each_answered_with_their_own_token(self, installs):
        slack = installs.slack
        other = slack.add_workspace("other", installed=False)
        for place in (slack.workspace, other):
            assert (await installs.browser.install(place))[0] == 200
        for place in (slack.workspace, other):
            await installs.ask(place)
            assert slack.calls_to("chat.postMessage")[-1].token == place.bot_token

    async def test_auth_test_is_called_at_an_install_and_never_for_a_request(self, installs):
        await installs.browser.install(installs.slack.workspace)
        for number in range(3):
            await installs.ask(installs.slack.workspace, f"{number}b")
        assert len(installs.slack.calls_to("auth.test")) == 1

    async def test_a_workspace_that_did_not_install_is_not_served(self, installs):
        slack = installs.slack
        await installs.browser.install(slack.workspace)
        stranger = slack.add_workspace("stranger")
        user = slack.add_user("who", stranger)
        channel = slack.add_channel("general", members=[user], workspace=stranger)
        await slack.mention(user, channel, "7b")
        await slack.settle()
        assert slack.calls_to("chat.postMessage") == []
        assert installs.answerer.asked == []

    async def test_nothing_of_one_workspace_is_found_in_another(self, installs):
        slack = installs.slack
        other = slack.add_workspace("other", installed=False)
        for place in (slack.workspace, other):
            await installs.browser.install(place)
            await installs.ask(place, f"the secret of {place.name}")
        user = slack.add_user("curious", other)
        channel = slack.add_channel("random", members=[user], workspace=other)
        for words in ("secret", "secret of lab"):
            reply = await slack.slash(user, channel, "/vram", f"find {words}")
            assert "the secret of lab" not in str(reply.message)
        store = installs.service.store
        viewer = Viewer(user.id, Place(other.id, channel.id, "public"))
        assert [past.query for past in store.search("secret", viewer)] == ["the secret of other"]


class TestRemoval:
    async def test_an_uninstall_deletes_all_of_one_workspace_and_nothing_of_others(self, installs):
        slack = installs.slack
        other = slack.add_workspace("other", installed=False)
        for place in (slack.workspace, other):
            await installs.browser.install(place)
            await installs.ask(place)
        kept = {table: installs.rows(table, other) for table in ("installations", "answers")}
        await slack.uninstall(slack.workspace)
        await slack.wait_for(lambda: not installs.rows("installations", slack.workspace))
        for table in ("answers", "inbox", "outbox", "seen", "threads", "feedback"):
            await slack.wait_for(lambda table=table: not installs.rows(table, slack.workspace))
        assert {table: installs.rows(table, other) for table in kept} == kept
        assert slack.unacknowledged == []
        _, _, answer = await installs.ask(other, "13b")
        assert "13b" in answer.text

    async def test_a_revoked_bot_token_deletes_too(self, installs):
        slack = installs.slack
        await installs.browser.install(slack.workspace)
        await installs.ask(slack.workspace)
        await slack.revoke_tokens()
        await slack.wait_for(lambda: not installs.rows("installations", slack.workspace))
        assert installs.rows("answers", slack.workspace) == 0

    async def test_peoples_revoked_tokens_delete_nothing(self, installs):
        slack = installs.slack
        await installs.browser.install(slack.workspace)
        slack.deliver_event(
            slack.workspace.id, {"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}}
        )
        await slack.settle()
        assert installs.rows("installations", slack.workspace) == 1

    async def test_an_uninstall_that_arrives_after_a_new_install_deletes_nothing(self, installs):
        slack = installs.slack
        await installs.browser.install(slack.workspace)
        await installs.ask(slack.workspace)
        slack.deliver_event(slack.workspace.id, {"type": "app_uninstalled"})
        await slack.settle()
        assert installs.rows("installations", slack.workspace) == 1
        assert installs.rows("answers", slack.workspace) == 1

    async def test_it_can_be_installed_again(self, installs):
        slack = installs.slack
        await installs.browser.install(slack.workspace)
        await slack.uninstall()
        await slack.wait_for(lambda: not installs.rows("installations", slack.workspace))
        await installs.browser.install(slack.workspace)
        _, _, answer = await installs.ask(slack.workspace)
        assert "You said" in answer.text

    async def test_a_refused_token_stops_no_other_workspace(self, installs):
        slack = installs.slack
        other = slack.add_workspace("other", installed=False)
        for place in (slack.workspace, other):
            await installs.browser.install(place)
        slack.faults.error("chat.postMessage", "token_revoked")
        await slack.mention(slack.user, slack.channel, "7b")
        await slack.wait_for(lambda: slack.calls_to("chat.postMessage"))
        _, _, answer = await installs.ask(other)
        assert "You said" in answer.text
        assert installs.service.readiness()["accepting"]


class TestOrganisations:
    async def test_an_org_wide_install_serves_all_of_its_workspaces(self, installs):
        slack = installs.slack
        org = slack.add_enterprise("grid")
        places = [slack.add_workspace(name, installed=False, enterprise=org) for name in "ab"]
        assert (await installs.browser.install(org))[0] == 200
        for place in places:
            channel, user, answer = await installs.ask(place)
            assert "You said" in answer.text
            reply = await slack.slash(user, channel, "/vram", "13b")
            assert "13b" in reply.message.text
            await slack.open_home(user)
            await slack.wait_for(lambda user=user: slack.home(user))
        assert {question.place.workspace for question in installs.answerer.asked} == {
            place.id for place in places
        }

    async def test_a_click_in_an_org_wide_install_is_answered(self, installs):
        slack = installs.slack
        org = slack.add_enterprise("grid")
        place = slack.add_workspace("a", installed=False, enterprise=org)
        await installs.browser.install(org)
        channel, user, answer = await installs.ask(place, "which?")
        action = next(
            element["action_id"]
            for block in answer.blocks
            if block["type"] == "actions"
            for element in block["elements"]
        )
        await slack.click(user, answer, action)
        await slack.wait_for_message(channel, answer.thread_ts, count=2)

    async def test_removing_it_deletes_all_of_its_workspaces(self, installs):
        slack = installs.slack
        org = slack.add_enterprise("grid")
        places = [slack.add_workspace(name, installed=False, enterprise=org) for name in "ab"]
        await installs.browser.install(org)
        for place in places:
            await installs.ask(place)
        await slack.uninstall(org)
        await slack.wait_for(lambda: not any(installs.rows("answers", one) for one in places))
        assert installs.rows("installations", org) == 0


def test_the_environment_of_tests_has_no_install_settings():
    assert not {"SLACK_CLIENT_ID", "VRAMBOT_ENCRYPTION_KEY"} & os.environ.keys()
