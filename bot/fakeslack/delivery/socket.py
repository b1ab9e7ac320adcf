"""Socket Mode: open connections, envelopes, acknowledgements, refreshes."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import uuid
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from bot.fakeslack.app import App
from bot.fakeslack.delivery.records import Delivery, Outcome
from bot.fakeslack.records import Json


@dataclass(slots=True)
class Connection:
    """One open WebSocket of the app."""

    number: int
    socket: web.WebSocketResponse
    pending: dict[str, asyncio.Future[object]] = field(default_factory=dict)
    received: list[Json] = field(default_factory=list)
    closing: bool = False


class SocketHub:
    """The app's connections, at most ten; each envelope goes to one of them, in turn."""

    most_connections = 10

    def __init__(self, app: App) -> None:
        self._app = app
        self._turn = itertools.count()
        self._numbers = itertools.count(1)
        self._opened = asyncio.Condition()
        self.connections: list[Connection] = []

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection until it closes."""
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        connection = Connection(next(self._numbers), socket)
        hello = {
            "type": "hello",
            "num_connections": len(self.connections) + 1,
            "connection_info": {"app_id": self._app.id},
            "debug_info": {"host": "fake-slack", "approximate_connection_time": 18060},
        }
        await socket.send_json(hello)
        async with self._opened:
            self.connections.append(connection)
            self._opened.notify_all()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    _acknowledge(connection, message.data)
        finally:
            self.connections.remove(connection)
            for future in connection.pending.values():
                if not future.done():
                    future.set_exception(ConnectionResetError())
        return socket

    async def deliver(
        self, delivery: Delivery, retry: tuple[int, str] | None, timeout_s: float
    ) -> Outcome:
        """Try once on one connection, waiting a while for one to open."""
        started_s = time.monotonic()
        connection = await self._next_connection(timeout_s)
        if connection is None:
            return Outcome("connection_failed")
        envelope: Json = {
            "envelope_id": str(uuid.uuid4()),
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.kind != "events_api",
        }
        if delivery.kind == "events_api":
            number, reason = retry or (0, "")
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        connection.pending[envelope["envelope_id"]] = answer
        try:
            await connection.socket.send_json(envelope)
            body = await asyncio.wait_for(answer, timeout_s)
            return Outcome(status=200, body=body, took_s=time.monotonic() - started_s)
        except TimeoutError:
            return Outcome("timeout", took_s=time.monotonic() - started_s)
        except (ConnectionError, RuntimeError):
            return Outcome("connection_failed", took_s=time.monotonic() - started_s)
        finally:
            connection.pending.pop(envelope["envelope_id"], None)

    async def disconnect(self, reason: str = "refresh_requested", *, close: bool = False) -> None:
        """Ask every connection to reconnect; with ``close``, hang up as well.

        ``reason`` is ``warning``, ``refresh_requested`` or ``link_disabled``.
        """
        for connection in list(self.connections):
            connection.closing = True
            message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "fake-slack"}}
            await connection.socket.send_json(message)
            if close:
                await connection.socket.close()

    async def drop(self) -> None:
        """Cut every connection without a word, as a network failure does."""
        for connection in list(self.connections):
            await connection.socket.close(code=1011)

    async def wait_connected(self, count: int = 1, timeout_s: float = 10.0) -> None:
        """Wait until the app has ``count`` connections open."""
        async with asyncio.timeout(timeout_s), self._opened:
            await self._opened.wait_for(lambda: len(self.connections) >= count)

    async def _next_connection(self, timeout_s: float) -> Connection | None:
        try:
            await self.wait_connected(1, timeout_s)
        except TimeoutError:
            return None
        usable = [one for one in self.connections if not one.closing] or self.connections
        return usable[next(self._turn) % len(usable)]


def _acknowledge(connection: Connection, text: str) -> None:
    try:
        message = json.loads(text)
    except json.JSONDecodeError:
        return
    if not isinstance(message, dict):
        return
    connection.received.append(message)
    future = connection.pending.get(str(message.get("envelope_id")))
    if future is not None and not future.done():
        future.set_result(message.get("payload"))
