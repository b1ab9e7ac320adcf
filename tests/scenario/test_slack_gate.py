"""Over HTTP, what asks nothing is let by at once; nobody but Slack gets anything by."""

import hashlib
import hmac
import json
import time

import aiohttp
import pytest


@pytest.fixture
def transport():
    return "http"


def signed(secret, body):
    moment = str(int(time.time()))
    base = f"v0:{moment}:".encode() + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": moment,
        "X-Slack-Signature": f"v0={digest}",
    }


async def status(lab, body, headers):
    async with (
        aiohttp.ClientSession() as session,
        session.post(lab.slack.request_url, data=body, headers=headers) as response,
    ):
        return response.status


def talk(lab):
    event = {"type": "message", "user": "U1", "channel": "C1", "ts": "1.0", "text": "lunch?"}
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


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"event": {}}', b"\xff"])
async def test_whatever_slack_signs_does_no_harm(lab, body):
    await status(lab, body, signed(lab.slack.app.signing_secret, body))
    asked = await lab.slack.mention(lab.slack.user, lab.slack.channel, "7b")
    assert await lab.slack.wait_for_message(lab.slack.channel, asked.ts)


async def test_only_what_is_posted_is_a_delivery(lab):
    async with aiohttp.ClientSession() as session, session.get(lab.slack.request_url) as response:
        assert response.status == 405
