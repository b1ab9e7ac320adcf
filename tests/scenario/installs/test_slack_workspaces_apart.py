"""Several workspaces and organisations: answered apart, removed without a trace."""

import base64
import socket
import sqlite3

from bot.fakeslack import FakeSlack
from bot.settings import Settings
from bot.slack.service import Service
from knowledge.visibility import Place, Viewer


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

    async def test_an_uninstall_is_recorded_however_many_questions_wait(
        self, installs, monkeypatch
    ):
        """Slack sends an event again for some minutes only: this one may not be refused."""
        slack = installs.slack
        await installs.browser.install(slack.workspace)
        channel, user, _ = await installs.ask(slack.workspace)
        monkeypatch.setattr(installs.service.store, "_max_waiting", 0)
        refused = await slack.mention(user, channel, "13b")
        await slack.uninstall(slack.workspace)
        await slack.wait_for(lambda: not installs.rows("installations", slack.workspace))
        await slack.wait_for(lambda: not installs.rows("answers", slack.workspace))
        assert not slack.bot_messages(channel)[1:]
        unheard = [one.payload["event"]["type"] for one in slack.unacknowledged]
        assert "app_uninstalled" not in unheard
        assert refused.ts

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
        # It is tried again, and the try counts: there is an end to it.
        with sqlite3.connect(installs.home / "vrambot.sqlite") as connection:
            waiting = "SELECT workspace, attempts FROM outbox WHERE state = 'waiting'"
            assert connection.execute(waiting).fetchall() == [(slack.workspace.id, 1)]


class TestOneWorkspace:
    """With a token from the environment there is one workspace, whose runner is its own."""

    async def test_a_removal_deletes_what_is_stored(self, lab):
        slack = lab.slack
        asked = await slack.mention(slack.user, slack.channel, "7b")
        await slack.wait_for_message(slack.channel, asked.ts)
        store, workspace = lab.store, slack.workspace.id
        assert store.export_person(workspace, slack.user.id)
        await slack.uninstall()
        await slack.wait_for(lambda: not store.export_person(workspace, slack.user.id))

    async def test_a_token_that_is_exchanged_deletes_nothing(self, lab):
        slack = lab.slack
        asked = await slack.mention(slack.user, slack.channel, "7b")
        await slack.wait_for_message(slack.channel, asked.ts)
        await slack.revoke_tokens()
        await slack.settle()
        stored = lab.store.export_person(slack.workspace.id, slack.user.id)
        assert [row["query"] for row in stored["answers"]] == ["7b"]


async def test_answers_older_than_the_period_are_gone_at_the_next_start(lab):
    slack = lab.slack
    asked = await slack.mention(slack.user, slack.channel, "7b")
    await slack.wait_for_message(slack.channel, asked.ts)
    workspace, user = slack.workspace.id, slack.user.id
    await lab.restart()
    assert lab.store.export_person(workspace, user)["answers"]
    await lab.restart(VRAMBOT_KEEP_ANSWERS_DAYS=1e-7)
    await slack.wait_for(lambda: "answers" not in lab.store.export_person(workspace, user))


async def test_socket_mode_serves_installed_workspaces_too(tmp_path, scripted, browser_at):
    async with FakeSlack() as slack:
        slack.workspace.installed = False
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        settings = {
            **slack.install_environment(),
            "VRAMBOT_HOME": tmp_path,
            "VRAMBOT_PORT": port,
            "VRAMBOT_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "VRAMBOT_ENCRYPTION_KEY": base64.b64encode(b"0" * 32).decode(),
        }
        service = Service(Settings(**settings), scripted)
        await service.start()
        browser = browser_at(f"http://127.0.0.1:{port}")
        assert (await browser.install(slack.workspace))[0] == 200
        asked = await slack.mention(slack.user, slack.channel, "7b")
        await slack.wait_for_message(slack.channel, asked.ts)
        await browser.session.close()
        await service.stop()


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

    async def test_a_workspace_that_loses_access_is_deleted_alone(self, installs):
        slack = installs.slack
        org = slack.add_enterprise("grid")
        places = [slack.add_workspace(name, installed=False, enterprise=org) for name in "ab"]
        await installs.browser.install(org)
        for place in places:
            await installs.ask(place)
        event = {"type": "team_access_revoked", "team_ids": [places[1].id]}
        slack.deliver_event(places[0].id, event)
        await slack.wait_for(lambda: not installs.rows("answers", places[1]))
        assert installs.rows("answers", places[0])
        assert installs.rows("installations", org) == 1

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
