"""What operators meet: tokens, signatures, health, logs, exit codes, signals."""

import asyncio
import json
import logging
import os
import signal
import sys
import time
from urllib.parse import urlencode

import aiohttp
import pytest
import structlog

from bot.cli.main import run as run_command
from bot.errors import BadSetting
from bot.fakeslack import FakeSlack
from bot.fakeslack.delivery.http import signature
from bot.settings import Settings, load_settings, settings_table
from bot.slack.logs import configure_logs, mask_secrets
from bot.slack.service import Service

only_http = pytest.mark.parametrize("transport", ["http"], indirect=True)
only_socket = pytest.mark.parametrize("transport", ["socket"], indirect=True)


async def post(lab, body: bytes, secret: str | None = None, age_s: int = 0):
    stamp = int(time.time()) - age_s
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": str(stamp),
        "X-Slack-Signature": signature(secret or lab.slack.app.signing_secret, stamp, body),
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(lab.slack.request_url, data=body, headers=headers) as response,
    ):
        return response.status


COMMAND = urlencode({"command": "/vram", "text": "7b", "team_id": "T", "user_id": "U"}).encode()


@only_http
class TestSignatures:
    async def test_a_wrong_signature_is_refused_and_nothing_is_done(self, lab):
        assert await post(lab, COMMAND, secret="0" * 32) == 401
        assert not lab.answerer.asked

    async def test_an_old_request_is_refused(self, lab):
        assert await post(lab, COMMAND, age_s=400) == 401

    async def test_a_request_without_a_signature_is_refused(self, lab):
        async with (
            aiohttp.ClientSession() as session,
            session.post(lab.slack.request_url, data=COMMAND) as response,
        ):
            assert response.status == 401

    async def test_a_changed_body_is_refused(self, lab):
        stamp = int(time.time())
        signed = signature(lab.slack.app.signing_secret, stamp, COMMAND)
        headers = {"X-Slack-Request-Timestamp": str(stamp), "X-Slack-Signature": signed}
        async with (
            aiohttp.ClientSession() as session,
            session.post(lab.slack.request_url, data=COMMAND + b"x", headers=headers) as response,
        ):
            assert response.status == 401

    async def test_a_very_large_body_is_refused_before_it_is_read(self, lab):
        assert await post(lab, b"x" * 1_200_000) == 413

    async def test_a_body_of_unknown_length_is_refused_too(self, lab):
        async def chunks():
            for _ in range(30):
                yield b"x" * 50_000

        headers = {"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "v0=1"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(lab.slack.request_url, data=chunks(), headers=headers) as response,
        ):
            assert response.status == 413

    async def test_bytes_that_are_no_text_are_refused(self, lab):
        assert await post(lab, b"\xff\xfe\x00") == 400

    async def test_that_slack_delivers_less_is_taken_and_logged(self, lab, capfd):
        """``app_rate_limited`` has no event in it, and is sent for whoever runs the app."""
        told = {"type": "app_rate_limited", "minute_rate_limited": 1_518_467_820}
        body = json.dumps({**told, "team_id": lab.slack.workspace.id, "api_app_id": "A1"}).encode()
        assert await post(lab, body) == 200
        assert "events_rate_limited" in "".join(capfd.readouterr())
        assert await post(lab, body, secret="0" * 32) == 401

    async def test_refused_bodies_reach_no_log(self, lab, caplog):
        caplog.set_level(logging.DEBUG, "bot")
        await post(lab, COMMAND + b"&secret=hunter2", secret="0" * 32)
        assert "hunter2" not in caplog.text

    async def test_the_address_is_verified(self, lab):
        body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
        stamp = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": str(stamp),
            "X-Slack-Signature": signature(lab.slack.app.signing_secret, stamp, body),
        }
        async with (
            aiohttp.ClientSession() as session,
            session.post(lab.slack.request_url, data=body, headers=headers) as response,
        ):
            assert response.status == 200
            assert "abc" in await response.text()


async def health(lab, path):
    url = f"http://127.0.0.1:{lab.service.http.port}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.json()


async def test_it_says_that_it_is_healthy_and_ready(lab):
    assert (await health(lab, "/health"))[0] == 200
    status, checks = await health(lab, "/ready")
    assert status == 200
    assert checks["ready"]
    assert checks["workers"]


@only_socket
async def test_it_is_not_ready_while_slack_is_away_and_comes_back(lab):
    slack = lab.slack
    slack.faults.slow("apps.connections.open", 1.0)
    await slack.dispatcher.hub.drop()
    await slack.wait_for(lambda: not lab.service.readiness()["connected"])
    assert (await health(lab, "/ready"))[0] == 503
    assert (await health(lab, "/health"))[0] == 200
    await slack.dispatcher.hub.wait_connected(timeout_s=30)
    asked = await slack.mention(slack.user, slack.channel, "7b")
    await slack.wait_for_message(slack.channel, asked.ts)


@only_socket
async def test_a_refresh_of_the_connection_loses_nothing(lab):
    slack = lab.slack
    await slack.dispatcher.hub.disconnect("refresh_requested")
    for number in range(3):
        asked = await slack.mention(slack.user, slack.channel, f"{number}b")
        await slack.wait_for_message(slack.channel, asked.ts, timeout_s=10)


async def test_auth_test_is_called_once_for_all_requests(lab):
    slack = lab.slack
    for number in range(5):
        await slack.slash(slack.user, slack.channel, "/vram", f"{number}b")
    assert len(slack.calls_to("auth.test")) == 1


async def test_a_token_that_dies_ends_the_service_and_keeps_the_answer(lab):
    slack = lab.slack
    await slack.revoke_tokens()
    await slack.mention(slack.user, slack.channel, "7b")
    with pytest.raises(BadSetting) as caught:
        async with asyncio.timeout(5):
            await lab.service.run_until_stopped()
    assert caught.value.values["name"] == "SLACK_BOT_TOKEN"
    assert lab.store.next_due_s("outbox") is not None


def settings_of(slack, tmp_path, **changes):
    return Settings(
        **{**slack.environment(), "VRAMBOT_HOME": tmp_path, "VRAMBOT_PORT": 0, **changes}
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("SLACK_BOT_TOKEN", "xoxb-wrong"), ("SLACK_APP_TOKEN", "xapp-wrong")],
)
async def test_a_refused_token_is_named_at_the_start(tmp_path, name, value):
    async with FakeSlack() as slack:
        service = Service(settings_of(slack, tmp_path, **{name: value}), Answers())
        with pytest.raises(BadSetting) as caught:
            await service.start()
        await service.stop()
    assert caught.value.key == "token_refused"
    assert caught.value.values["name"] == name


class Answers:
    def answer(self, question):
        return None


async def test_a_refused_token_ends_the_process_with_one_line_and_a_code(tmp_path):
    async with FakeSlack() as slack:
        environment = {
            **os.environ,
            **slack.environment(),
            "SLACK_BOT_TOKEN": "xoxb-wrong",
            "VRAMBOT_HOME": str(tmp_path),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "serve", env=environment, stderr=asyncio.subprocess.PIPE
        )
        _, shown = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 3
    (line,) = shown.decode().splitlines()
    assert "SLACK_BOT_TOKEN" in line
    assert "xoxb-wrong" not in line


async def test_an_unreachable_slack_is_named(tmp_path):
    async with FakeSlack() as slack:
        settings = settings_of(slack, tmp_path, SLACK_API_URL="http://127.0.0.1:9/api")
        service = Service(settings, Answers())
        with pytest.raises(BadSetting) as caught:
            await service.start()
        await service.stop()
    assert caught.value.key == "slack_unreachable"


@only_http
async def test_a_port_in_use_is_named(lab, tmp_path):
    settings = settings_of(lab.slack, tmp_path, VRAMBOT_PORT=lab.service.http.port)
    settings = settings.model_copy(update={"slack_app_token": None})
    service = Service(settings, Answers())
    with pytest.raises(BadSetting) as caught:
        await service.start()
    await service.stop()
    assert caught.value.key == "port_taken"


@pytest.mark.parametrize(
    ("environment", "code", "words"),
    [
        ({}, 3, "SLACK_APP_TOKEN"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, 3, "SLACK_BOT_TOKEN is not set"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, 3, "SLACK_SIGNING_SECRET"),
        ({"SLACK_BOT_TOKEN": "xapp-1", "SLACK_APP_TOKEN": "xapp-1"}, 3, "another kind"),
        ({"VRAMBOT_PORT": "eighty"}, 3, "VRAMBOT_PORT"),
        ({"SLACK_API_URL": "slack.example"}, 3, "SLACK_API_URL"),
    ],
)
def test_serve_ends_with_one_line_and_a_code(monkeypatch, capsys, environment, code, words):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert run_command(["serve"]) == code
    shown = capsys.readouterr().err
    assert words in shown
    assert shown.count("\n") == 1
    assert "Traceback" not in shown


def test_a_damaged_store_ends_serve_with_one_line_and_its_code(monkeypatch, capsys, own_home):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    own_home.mkdir()
    (own_home / "vrambot.sqlite").write_bytes(b"garbage " * 600)
    assert run_command(["serve"]) == 4
    assert "move it aside" in capsys.readouterr().err.splitlines()[-1]
    assert (own_home / "vrambot.sqlite").read_bytes() == b"garbage " * 600


async def test_a_signal_stops_the_process_cleanly(tmp_path):
    async with FakeSlack() as slack:
        environment = {
            **os.environ,
            **slack.environment(),
            "VRAMBOT_HOME": str(tmp_path),
            "VRAMBOT_PORT": "0",
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "serve", env=environment, stderr=asyncio.subprocess.PIPE
        )
        await slack.dispatcher.hub.wait_connected(timeout_s=60)
        process.send_signal(signal.SIGTERM)
        _, log = await asyncio.wait_for(process.communicate(), 20)
        assert process.returncode == 0
        assert b"stopped" in log
        for secret in (slack.bot_token, slack.app.app_token, slack.app.signing_secret):
            assert secret.encode() not in log


def test_no_secret_shows_in_a_repr_or_a_log_line(monkeypatch, capsys):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1-secret")
    settings = load_settings()
    assert "xoxb-1-secret" not in repr(settings)
    line = {"event": "x", "url": "https://hooks.slack.com/commands/T/1/abc", "t": "xoxb-1-secret"}
    masked = mask_secrets(None, "", line)
    assert masked == {"event": "x", "url": "(secret)", "t": "(secret)"}
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        configure_logs(settings)
        logging.getLogger("other").warning("token %s", "xapp-1-secret")
    finally:
        root.handlers[:], level = before
        root.setLevel(level)
    assert "xapp-1-secret" not in capsys.readouterr().err


def test_every_setting_has_a_name_and_a_help_text():
    rows = settings_table()
    assert {name for name, _, _ in rows} >= {"SLACK_BOT_TOKEN", "VRAMBOT_HOME", "VRAMBOT_PORT"}
    assert all(name.isupper() and len(text) > 10 for name, _, text in rows)


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("SLACK_APP_TOKEN", "")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "s")
    assert load_settings().transport == "http"


@pytest.mark.parametrize("form", ["text", "json"])
async def test_a_question_inside_an_exception_reaches_no_log(start_lab, form, capfd):
    """Neither from an exception's message nor from that of its cause; type and place are told."""

    class Quoting(Answers):
        def answer(self, question):
            if question.place.workspace == "warm-up":
                return super().answer(question)
            try:
                return int(question.text)
            except ValueError as error:
                raise LookupError(f"not read: {question.text}") from error

    root = logging.getLogger()
    before = root.handlers[:], root.level
    lab = await start_lab(Quoting(), settings={"VRAMBOT_LOG_FORMAT": form})
    try:
        configure_logs(lab.service.settings)
        await lab.slack.mention(lab.slack.user, lab.slack.channel, "Zeppelin-65B")
        reply = await lab.slack.slash(lab.slack.user, lab.slack.channel, "/vram", "Zeppelin-65B")
        assert reply.message is not None
        logging.getLogger("other").error("failed", exc_info=ValueError("Zeppelin-65B"))
        await lab.slack.settle(0.5)
    finally:
        root.handlers[:], level = before
        root.setLevel(level)
        structlog.reset_defaults()
    written = capfd.readouterr().err
    assert "answer_failed" in written
    assert "LookupError" in written
    assert "ValueError" in written
    assert "in answer" in written
    assert "Zeppelin" not in written
