"""Signed HTTP: ``/slack/events`` takes events, commands and clicks; ``/health``, ``/ready``."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from functools import partial

from aiohttp import web

from bot.errors import BadSetting
from bot.slack.gate import Gate

EVENTS_PATH = "/slack/events"
MOST_BYTES = 1_000_000
FINISH_S = 5.0
KEPT_ALIVE_S = 75.0
"""How long a connection may rest between two requests: longer than load balancers let theirs."""
LINGER_S = 2.0
"""How long the rest of a refused body is read before its connection is closed."""
Readiness = Callable[[], dict[str, bool]]


class HttpServer:
    """Listens on one address; without a gate, only for health checks."""

    def __init__(
        self,
        host: str,
        port: int,
        readiness: Readiness,
        gate: Gate | None,
        routes: Sequence[web.RouteDef] = (),
    ) -> None:
        self._socket = _bound(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._application = web_app(readiness, gate, routes)
        self._runner = web.AppRunner(
            self._application,
            access_log=None,
            keepalive_timeout=KEPT_ALIVE_S,
            shutdown_timeout=FINISH_S,
            lingering_time=LINGER_S,
        )
        self._listening = False

    @property
    def connected(self) -> bool:
        """Whether requests are being taken."""
        return self._listening

    async def start(self) -> None:
        """Begin to listen, and return when it does."""
        await self._runner.setup()
        server = self._runner.server
        assert server is not None
        server.request_factory = partial(self._application._make_request, _cls=_Request)
        await web.SockSite(self._runner, self._socket).start()
        self._listening = True

    async def stop(self) -> None:
        """Finish the requests in hand and stop listening."""
        self._listening = False
        await self._runner.cleanup()
        self._socket.close()


def web_app(
    readiness: Readiness, gate: Gate | None, further: Sequence[web.RouteDef] = ()
) -> web.Application:
    """Return the application; everything at ``/slack/events`` goes through the gate."""

    async def health(request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def ready(request: web.Request) -> web.Response:
        checks = readiness()
        good = all(checks.values())
        return web.json_response({"ready": good, **checks}, status=200 if good else 503)

    application = web.Application(client_max_size=MOST_BYTES)
    if gate is not None:
        application.router.add_post(EVENTS_PATH, gate.delivered)
    application.add_routes([web.get("/health", health), web.get("/ready", ready), *further])
    return application


class _Request(web.Request):
    """A request whose response names no server, not even where no route was looked for."""

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        await super()._prepare_hook(response)
        response.headers.pop("Server", None)


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
