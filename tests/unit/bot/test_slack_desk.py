"""The loop stands aside for an answer for a moment, and never for long."""

import asyncio
import threading
import time
from types import SimpleNamespace

import pytest

from bot.settings import Settings
from bot.slack.desk import PATIENCE_S, Desk


@pytest.fixture
def desk():
    made = Desk(
        Settings(),
        SimpleNamespace(never_wait=lambda: None),
        conversations=None,
        answerer=None,
        workspaces=SimpleNamespace(client_of=None),
    )
    yield made
    made.close()


async def test_a_quick_answer_is_there_at_once_and_comes_from_a_thread(desk):
    assert await desk.thought(lambda: threading.current_thread() is threading.main_thread()) is (
        False
    )


async def test_what_fails_fails_for_the_caller(desk):
    with pytest.raises(ZeroDivisionError):
        await desk.thought(lambda: 1 // 0)
    with pytest.raises(TimeoutError):
        await desk.thought(_raise_timeout)


async def test_the_loop_goes_on_while_an_answer_takes_long(desk):
    release = threading.Event()
    slow = asyncio.create_task(desk.thought(release.wait, 10))
    await asyncio.sleep(0)
    assert not slow.done()
    # While one takes long, the loop waits for no other either.
    quick = asyncio.create_task(desk.thought(time.sleep, PATIENCE_S / 2))
    await asyncio.sleep(0)
    assert not quick.done()
    await quick
    release.set()
    assert await slow is True


def _raise_timeout():
    raise TimeoutError
