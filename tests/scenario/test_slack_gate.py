"""Over HTTP, what asks nothing is let by at once; nobody but Slack gets anything by."""

import asyncio
import gzip
import hashlib
import hmac
import json
import time
from urllib.parse import quote

import aiohttp
import pytest

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def transport():
    return "http"


def signed(secret, body):
    moment = str(int(time.time()))
    base = f"v0:{moment}:".encode() + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {
        **JSON,
        "X-Slack-Request-Timestamp": moment,
        "X-Slack-Signature": f"v0={digest}",
    }


async def status(lab, body, headers):
    async with (
        aiohttp.ClientSession() as session,
        session.post(lab.slack.request_url, data=body, headers=headers) as response,
    ):
        return response.status


def talk(lab, **changes):
    event = {"type": "message", "user": "U1", "channel": "C1", "ts": "1.0", "text": "lunch?"}
    event |= changes
    body = {"type": "event_callback", "team_id": lab.slack.workspace.id, "event_id": "E1"}
    return json.dumps({**body, "event": event}).encode()


async def test_talk_is_acknowledged_when_slack_signed_it(lab):
    body = talk(lab)
    good = signed(lab.slack.app.signing_secret, body)
    assert await status(lab, body, good) == 200


@pytest.mark.parametrize(
    "change",
    [
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": ""},
        {"X-Slack-Request-Timestamp": "1"},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "1" * 5_000},
    ],
)
async def test_talk_that_slack_did_not_sign_is_refused(lab, change):
    body = talk(lab)
    headers = {**signed(lab.slack.app.signing_secret, body), **change}
    assert await status(lab, body, headers) in (401, 403)


DEEP = b'{"a":' * 20_000 + b"1" + b"}" * 20_000
UNREADABLE = [
    *(b"{", b"[]", b"[1]", b"abc", b"1", b"null", b"\xff", DEEP, b"[" * 20_000 + b"]" * 20_000),
    b'{"event": ' + b"9" * 5_000 + b"}",
    b'{"authorizations": 1}',
]
ODD = [
    *(b"", b"{}", b'{"event": {}}', b'{"type": "event_callback", "event": []}'),
    b'{"type": "event_callback", "event": {"type": []}}',
    b'{"type": "event_callback", "event": {"type": "message"}}',
    b'{"type": "event_callback", "event": {"type": {}, "user": 1, "channel": [], "ts": null}}',
    b'{"type": "event_callback", "team_id": "T", "event": {"type": "app_mention"}}',
    b'{"type": "block_actions", "actions": 1}',
    b'{"type": 1, "user": 2, "team": 3}',
    b'{"type": "view_submission", "view": {"callback_id": 1}}',
]


@pytest.mark.parametrize("body", [*UNREADABLE, *ODD])
async def test_whatever_slack_signs_does_no_harm(lab, body):
    assert await status(lab, body, signed(lab.slack.app.signing_secret, body)) < 500
    asked = await lab.slack.mention(lab.slack.user, lab.slack.channel, "7b")
    assert await lab.slack.wait_for_message(lab.slack.channel, asked.ts)


@pytest.mark.parametrize("change", [{"text": "7b \ud800"}, {"text": 1}, {"user": []}, {"ts": 1}])
async def test_a_signed_mention_of_another_shape_does_no_harm(lab, change):
    body = talk(lab, type="app_mention", **change)
    assert await status(lab, body, signed(lab.slack.app.signing_secret, body)) < 500


@pytest.mark.parametrize("body", UNREADABLE)
async def test_what_is_signed_and_cannot_be_read_is_refused(lab, body):
    assert await status(lab, body, signed(lab.slack.app.signing_secret, body)) == 400


@pytest.mark.parametrize("payload", [b"%7Bx", b"", b"1", b"%5B1%5D", quote(DEEP).encode()])
async def test_a_form_whose_payload_cannot_be_read_is_refused(lab, payload):
    body = b"payload=" + payload
    headers = signed(lab.slack.app.signing_secret, body) | FORM
    assert await status(lab, body, headers) == 400
    assert await status(lab, body, FORM) == 401


@pytest.mark.parametrize("body", [*UNREADABLE, *ODD])
async def test_nothing_is_read_of_what_slack_did_not_sign(lab, body):
    assert await status(lab, body, JSON) == 401
    assert await status(lab, body, signed("0" * 32, body)) == 401


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_what_cannot_be_decompressed_is_refused(lab, encoding):
    body = talk(lab)
    headers = signed(lab.slack.app.signing_secret, body) | {"Content-Encoding": encoding}
    assert await status(lab, body, headers) == 400
    assert await status(lab, body, JSON | {"Content-Encoding": encoding}) == 401


async def test_a_few_bytes_that_unpack_to_very_many_are_refused(lab):
    headers = signed(lab.slack.app.signing_secret, b"") | {"Content-Encoding": "gzip"}
    assert await status(lab, gzip.compress(b"x" * 50_000_000), headers) == 413


async def half_sent(lab, **headers):
    """Send a request whose body stays away; return all that comes until the connection closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.service.http.port)
    lines = {"Host": "bot", "Content-Length": "100", "Content-Type": "application/json", **headers}
    told = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"POST /slack/events HTTP/1.1\r\n{told}\r\n{{".encode())
    try:
        return await asyncio.wait_for(reader.read(), 20.0)
    finally:
        writer.close()


async def test_a_body_that_stays_away_is_not_waited_for(lab, monkeypatch):
    monkeypatch.setattr("bot.slack.gate.BODY_S", 0.1)
    answer = await half_sent(lab, **signed(lab.slack.app.signing_secret, b"{}"))
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_without_a_signature_no_body_is_waited_for(lab, monkeypatch):
    monkeypatch.setattr("bot.slack.gate.BODY_S", 600.0)
    assert (await half_sent(lab)).startswith(b"HTTP/1.1 401 ")


async def test_a_body_in_broken_chunks_is_refused(lab):
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.service.http.port)
    lines = {**signed(lab.slack.app.signing_secret, b""), "Host": "bot"}
    told = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    start = f"POST /slack/events HTTP/1.1\r\nTransfer-Encoding: chunked\r\n{told}\r\n"
    writer.write(start.encode())
    await writer.drain()
    writer.write(b"nothing\r\n")
    assert (await asyncio.wait_for(reader.read(), 20.0)).split()[1] == b"400"
    writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /health HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n\r\n",
        b"GET /nowhere HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n\r\n",
        b"POST /slack/events HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n\r\n",
        b"PUT /slack/events HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n\r\n",
        b"nothing of the kind\r\n\r\n",
        b"GET /health HTTP/1.1\r\nno header\r\n\r\n",
    ],
)
async def test_no_answer_names_the_software_that_serves(lab, sent):
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.service.http.port)
    writer.write(sent)
    answer = await asyncio.wait_for(reader.read(), 20.0)
    writer.close()
    assert answer.startswith(b"HTTP/1.")
    assert b"server:" not in answer.lower()
    assert b"aiohttp" not in answer.lower()


async def test_only_what_is_posted_is_a_delivery(lab):
    async with aiohttp.ClientSession() as session, session.get(lab.slack.request_url) as response:
        assert response.status == 405
