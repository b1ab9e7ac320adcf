"""The page about the fake Slack names only what exists, and its server starts as it says."""

import re
from pathlib import Path

import pytest

import bot.fakeslack
from bot.fakeslack import AddressTaken, FakeSlack

PAGE = Path(__file__).parents[3] / "docs" / "fake-slack.md"
TABLES = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]


def named():
    """The functions and attributes in the first column of the page's tables."""
    names = set()
    for line in TABLES:
        first = line.split(" | ")[0]
        names |= set(re.findall(r"`(\w+)", first))
    return sorted(names)


@pytest.mark.parametrize("name", named())
async def test_what_the_page_names_exists(name):
    slack = FakeSlack()
    options = bot.fakeslack.server.Options.__annotations__
    known = hasattr(slack, name) or name in options or hasattr(bot.fakeslack, name)
    assert known or name in ("host", "port")


@pytest.mark.parametrize("name", re.findall(r"slack\.faults\.(\w+)\(", PAGE.read_text("utf-8")))
def test_the_troubles_on_the_page_exist(name):
    assert callable(getattr(FakeSlack().faults, name))


async def test_a_taken_port_is_said_in_one_sentence():
    async with FakeSlack() as first:
        port = int(first.url.rpartition(":")[2])
        with pytest.raises(AddressTaken, match=rf"^cannot listen on 127\.0\.0\.1:{port}: "):
            await FakeSlack(port=port).start()
