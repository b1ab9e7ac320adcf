"""Signed HTTP: ``/slack/events`` takes events, commands and clicks; ``/health``, ``/ready``."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.errors import BadSetting
from bot.slack.gate import Gate

EVENTS_PATH = "/slack/events"
MOST_BYTES = 1_000_000
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


def web_app(readiness: Readiness, gate: Gate | None, further: Sequence[Route] = ()) -> Starlette:
    """Return the ASGI app; everything at ``/slack/events`` goes through the gate."""

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(request: Request) -> Response:
        checks = readiness()
        good = all(checks.values())
        return JSONResponse({"ready": good, **checks}, status_code=200 if good else 503)

    routes = [Route("/health", health), Route("/ready", ready), *further]
    if gate is not None:

        async def slack(request: Request) -> Response:
            body = await _body(request)
            return Response(status_code=413) if body is None else await gate.answer(request, body)

        routes.append(Route(EVENTS_PATH, slack, methods=["POST"]))
    return Starlette(routes=routes)


async def _body(request: Request) -> bytes | None:
    """Read a request's body, None when it is larger than anything that Slack sends."""
    gathered = bytearray()
    async for chunk in request.stream():
        gathered += chunk
        if len(gathered) > MOST_BYTES:
            return None
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
