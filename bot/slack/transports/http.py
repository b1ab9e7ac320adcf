"""Signed HTTP: ``/slack/events`` takes events, commands and clicks; ``/health``, ``/ready``."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.errors import BadSetting
from bot.slack.gate import Gate

EVENTS_PATH = "/slack/events"
MOST_BYTES = 1_000_000
NO_BODY = [(b"content-length", b"0")]
Readiness = Callable[[], dict[str, bool]]


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the service has one way to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the service."""
        yield


class HttpServer:
    """Listens on one address; without a gate, only for health checks."""

    def __init__(
        self,
        host: str,
        port: int,
        readiness: Readiness,
        gate: Gate | None,
        routes: Sequence[Route] = (),
    ) -> None:
        self._socket = _bound(host, port)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            web_app(readiness, gate, routes),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=5,
        )
        self._server = Server(config)
        self._task: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether requests are being taken."""
        return self._server.started and not self._server.should_exit

    async def start(self) -> None:
        """Begin to listen, and return when it does."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        while not self._server.started and not self._task.done():
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Finish the requests in hand and stop listening."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()


def web_app(readiness: Readiness, gate: Gate | None, further: Sequence[Route] = ()) -> ASGIApp:
    """Return the ASGI app; everything at ``/slack/events`` goes through the gate.

    That one address is looked at before the routes: it is the one that is busy.
    """

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(request: Request) -> Response:
        checks = readiness()
        good = all(checks.values())
        return JSONResponse({"ready": good, **checks}, status_code=200 if good else 503)

    rest = Starlette(routes=[Route("/health", health), Route("/ready", ready), *further])
    if gate is None:
        return rest

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != EVENTS_PATH:
            await rest(scope, receive, send)
            return
        answered = await _delivered(scope, receive, gate)
        if isinstance(answered, int):
            # By hand: for the most frequent of all requests, with nothing in them.
            start = {"type": "http.response.start", "status": answered, "headers": NO_BODY}
            await send(start)
            await send({"type": "http.response.body"})
        else:
            await answered(scope, receive, send)

    return front


async def _delivered(scope: Scope, receive: Receive, gate: Gate) -> Response | int:
    """Return the response to a delivery, or its status where that is all."""
    if scope["method"] != "POST":
        return Response(status_code=405, headers={"Allow": "POST"})
    try:
        body = await _body(receive)
    except ClientDisconnect:
        return 400
    if body is None:
        return 413
    status = await gate.status(scope["headers"], body)
    return await gate.by_bolt(Request(scope, receive), body) if status is None else status


async def _body(receive: Receive) -> bytes | None:
    """Read a request's body, None when it is larger than anything that Slack sends."""
    gathered = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        gathered += message.get("body", b"")
        if len(gathered) > MOST_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(gathered)


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise BadSetting("port_taken", address=f"{host}:{port}", reason=reason) from None
    return listener
