"""What goes over the socket between the service and a process that answers.

Each message is its length in four bytes, then its pickle. Both ends are the same program on the
same machine, and nothing else has the socket.
"""

from __future__ import annotations

import pickle
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.settings import LogFormat, LogLevel

LENGTH_BYTES = 4
READY = "ready"


@dataclass(frozen=True, slots=True)
class Begin:
    """The first message to a process: all that it is told of the settings."""

    database: Path
    log_level: LogLevel
    log_format: LogFormat


@dataclass(frozen=True, slots=True)
class Failed:
    """What comes back instead of an answer: the kind of error, whose words are in the log alone."""

    error: str


def frame(message: object) -> bytes:
    """Return a message as it is sent."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def receive(connection: socket.socket) -> Any:
    """Return the next message of a blocking socket; raises ``EOFError`` when it is closed."""
    length = int.from_bytes(_exactly(connection, LENGTH_BYTES), "big")
    return pickle.loads(_exactly(connection, length))


class Frames:
    """Takes bytes as they come and gives the messages that are whole."""

    def __init__(self) -> None:
        self._gathered = bytearray()

    def feed(self, data: bytes) -> list[Any]:
        """Return the messages that are whole with these bytes."""
        self._gathered += data
        found = []
        while (end := self._end()) is not None:
            found.append(pickle.loads(memoryview(self._gathered)[LENGTH_BYTES:end].tobytes()))
            del self._gathered[:end]
        return found

    def _end(self) -> int | None:
        if len(self._gathered) < LENGTH_BYTES:
            return None
        end = LENGTH_BYTES + int.from_bytes(self._gathered[:LENGTH_BYTES], "big")
        return end if len(self._gathered) >= end else None


def _exactly(connection: socket.socket, length: int) -> bytes:
    gathered = bytearray()
    while len(gathered) < length:
        some = connection.recv(length - len(gathered))
        if not some:
            raise EOFError
        gathered += some
    return bytes(gathered)
