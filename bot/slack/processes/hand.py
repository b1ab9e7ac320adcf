"""One answering process, as the service sees it: given one question at a time."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.slack.processes.wire import Frames, frame

PACKAGES = Path(__file__).parents[3]
HANDED_ON = ("PATH", "HOME", "LANG", "LC_", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "PYTHON")
"""How the names begin of the variables that a process gets: any other may be a secret."""


class HandLost(Exception):
    """The process ended, or took too long and was ended; ``reason`` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Hand(asyncio.Protocol):
    """A process and the socket to it. ``on_lost`` is called once, when the socket is closed."""

    OPTIONS = ("-P",)
    """Of Python: nothing is imported from the folder that the service was started in."""

    def __init__(self, on_lost: Callable[[Hand], None]) -> None:
        self._on_lost = on_lost
        self._frames = Frames()
        self._waiting: asyncio.Future[Any] | None = None
        self._transport: asyncio.WriteTransport | None = None
        self.process: subprocess.Popen[bytes] | None = None

    @classmethod
    async def start(cls, on_lost: Callable[[Hand], None]) -> Hand:
        """Start a process. From the loop's own thread: it ends with the thread that started it."""
        ours, theirs = socket.socketpair()
        hand = cls(on_lost)
        command = [sys.executable, *cls.OPTIONS, "-m", "bot.slack.processes.child"]
        try:
            hand.process = subprocess.Popen(
                [*command, str(theirs.fileno()), str(os.getpid())],
                env=environment(),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        await asyncio.get_running_loop().create_unix_connection(lambda: hand, sock=ours)
        return hand

    @property
    def alive(self) -> bool:
        """Whether it can be given a question."""
        return self._transport is not None and not self._transport.is_closing()

    async def exchange(self, message: object, within_s: float) -> Any:
        """Send a message and return what comes back; raises ``HandLost``.

        A process that has not answered in time, or that nobody waits for any more, is killed.
        """
        waiting = self.expect()
        try:
            assert self._transport is not None
            self._transport.write(frame(message))
            async with asyncio.timeout(within_s):
                return await waiting
        except TimeoutError:
            self.kill()
            raise HandLost("no answer in time") from None
        except asyncio.CancelledError:
            self.kill()
            raise
        finally:
            self._waiting = None

    def expect(self) -> asyncio.Future[Any]:
        """Return where the next message will be."""
        self._waiting = asyncio.get_running_loop().create_future()
        if not self.alive:
            self._waiting.set_exception(HandLost("gone"))
        return self._waiting

    def close(self) -> None:
        """Let the process end by itself: it has nothing to do any more."""
        if self._transport is not None:
            self._transport.close()

    def kill(self) -> None:
        """End the process at once, whatever it does."""
        if self.process is not None:
            self.process.kill()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to the process."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Hand on what the process sent."""
        for message in self._frames.feed(data):
            if self._waiting is not None and not self._waiting.done():
                self._waiting.set_result(message)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits, and the crew."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(HandLost("ended"))
        self._on_lost(self)


def environment() -> dict[str, str]:
    """Return the environment of a process: what Python itself needs, and no setting or secret."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(HANDED_ON)}
    paths = [str(PACKAGES), *filter(None, [kept.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths)}
