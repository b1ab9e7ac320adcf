"""A mention that is delivered twice at once is recorded once, if the first could be."""

import asyncio
import hashlib
import hmac
import json
import time

import pytest

from bot.slack.gate import Gate
from bot.slack.hearing import Hearing
from bot.slack.identity import Identity
from bot.slack.limits import Limits
from bot.slack.places import Places
from knowledge.store.errors import InboxFull

SECRET = "a secret"
MENTION = {"user": "U1", "channel": "C1", "ts": "1.0", "text": "<@U0> 7b"}


class Desk:
    """Takes its time to record a question, and fails where it is told to."""

    def __init__(self, outcomes):
        self.outcomes = list(outcomes)
        self.recorded = set()
        self.tried = 0
        self.places = Places(None)
        self.limits = Limits(0, 0)

    def identity_of(self, workspace):
        return Identity("T1", "U0", "B0", "")

    def is_repeat(self, workspace, keys):
        return any((workspace, key) in self.recorded for key in keys)

    async def accept(self, item, keys):
        self.tried += 1
        await asyncio.sleep(0.02)
        if self.outcomes.pop(0) == "full":
            raise InboxFull(1)
        self.recorded.update((item.workspace, key) for key in keys)
        return True


class Bolt:
    """Is never asked: what is a message is for the gate."""

    async def async_dispatch(self, request):
        raise AssertionError("a message went to Bolt")


async def deliver(gate, event):
    body = json.dumps({"type": "event_callback", "team_id": "T1", "event": event}).encode()
    moment = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256)
    headers = {
        "content-type": "application/json",
        "x-slack-request-timestamp": moment,
        "x-slack-signature": f"v0={digest.hexdigest()}",
    }
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    return await gate.status(raw, body)


async def both_at_once(outcomes, second):
    desk = Desk(outcomes)
    gate = Gate(Hearing(desk), Bolt(), SECRET)
    first = {"type": "app_mention", **MENTION}
    found = await asyncio.gather(deliver(gate, first), deliver(gate, second))
    return found, desk.tried


@pytest.mark.parametrize(
    ("outcomes", "expected", "tried"),
    [
        # The first recorded it: the second needs nothing more.
        (["recorded"], [200, 200], 1),
        # The first could not: the second tries by itself, and is not acknowledged in its stead.
        (["full", "recorded"], [500, 200], 2),
        (["full", "full"], [500, 500], 2),
    ],
)
async def test_one_of_two_deliveries_waits_for_the_other(outcomes, expected, tried):
    assert await both_at_once(outcomes, {"type": "app_mention", **MENTION}) == (expected, tried)


async def test_another_message_does_not_wait():
    other = {"type": "app_mention", **MENTION, "ts": "2.0"}
    assert await both_at_once(["recorded", "recorded"], other) == ([200, 200], 2)
