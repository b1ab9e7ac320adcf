"""A mention that is delivered twice at once goes to Bolt once, if that recorded it."""

import asyncio
import hashlib
import hmac
import json
import time

import pytest
from slack_bolt.response import BoltResponse
from starlette.requests import Request

from bot.slack.gate import Gate

SECRET = "a secret"
MENTION = {"user": "U1", "channel": "C1", "ts": "1.0", "text": "<@U0> 7b"}


class Bolt:
    """Takes its time, then answers with the statuses given; a 200 records the message."""

    def __init__(self, desk, statuses):
        self.desk = desk
        self.statuses = list(statuses)
        self.dispatched = 0

    async def async_dispatch(self, request):
        self.dispatched += 1
        await asyncio.sleep(0.02)
        status = self.statuses.pop(0)
        event = request.body["event"]
        if status == 200:
            self.desk.recorded.add(("T1", f"message:{event['channel']}:{event['ts']}"))
        return BoltResponse(status=status)


class Desk:
    """Knows what was recorded, and learns nothing of channels."""

    def __init__(self):
        self.recorded = set()

    def is_repeat(self, workspace, keys):
        return any((workspace, key) in self.recorded for key in keys)


async def deliver(gate, event):
    body = json.dumps({"team_id": "T1", "event": event}).encode()
    moment = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256)
    headers = {
        "content-type": "application/json",
        "x-slack-request-timestamp": moment,
        "x-slack-signature": f"v0={digest.hexdigest()}",
    }
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/slack/events",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    return (await gate.answer(Request(scope), body)).status_code


async def both_at_once(statuses, second):
    desk = Desk()
    bolt = Bolt(desk, statuses)
    gate = Gate(desk, bolt, SECRET)
    first = {"type": "app_mention", **MENTION}
    found = await asyncio.gather(deliver(gate, first), deliver(gate, second))
    return found, bolt.dispatched


@pytest.mark.parametrize(
    ("statuses", "expected", "dispatched"),
    [
        # The first recorded it: the second needs nothing more.
        ([200], [200, 200], 1),
        # The first could not: the second tries by itself, and is not acknowledged in its stead.
        ([500, 200], [500, 200], 2),
        ([500, 500], [500, 500], 2),
    ],
)
async def test_one_of_two_deliveries_waits_for_the_other(statuses, expected, dispatched):
    assert await both_at_once(statuses, {"type": "app_mention", **MENTION}) == (
        expected,
        dispatched,
    )


async def test_another_message_does_not_wait():
    other = {"type": "app_mention", **MENTION, "ts": "2.0"}
    assert await both_at_once([200, 200], other) == ([200, 200], 2)
