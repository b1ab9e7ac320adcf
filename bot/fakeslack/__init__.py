"""A strict fake Slack for tests and local trials: a real HTTP and WebSocket server on loopback."""

from bot.fakeslack.app import DEFAULT_EVENTS, DEFAULT_SCOPES, Timing
from bot.fakeslack.delivery.http import signature
from bot.fakeslack.delivery.records import Delivery, Outcome
from bot.fakeslack.errors import AddressTaken, FakeSlackError, ImpossibleInSlack
from bot.fakeslack.faults import Faults
from bot.fakeslack.interactions import Reply
from bot.fakeslack.limits import check_blocks, check_view
from bot.fakeslack.modals import ViewReply
from bot.fakeslack.pings import Ping
from bot.fakeslack.records import Call, Channel, Enterprise, Message, User, View, Workspace
from bot.fakeslack.run import run_fake_slack
from bot.fakeslack.server import FakeSlack

__all__ = [
    "DEFAULT_EVENTS",
    "DEFAULT_SCOPES",
    "AddressTaken",
    "Call",
    "Channel",
    "Delivery",
    "Enterprise",
    "FakeSlack",
    "FakeSlackError",
    "Faults",
    "ImpossibleInSlack",
    "Message",
    "Outcome",
    "Ping",
    "Reply",
    "Timing",
    "User",
    "View",
    "ViewReply",
    "Workspace",
    "check_blocks",
    "check_view",
    "run_fake_slack",
    "signature",
]
