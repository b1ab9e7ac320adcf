"""The HTTP and WebSocket server in front of the fake Slack."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import time
from types import TracebackType
from typing import Unpack

from aiohttp import web

from bot.fakeslack.consent import Consent
from bot.fakeslack.core import Options
from bot.fakeslack.errors import AddressTaken, ApiError
from bot.fakeslack.faults import Fault
from bot.fakeslack.inspection import Inspection
from bot.fakeslack.methods import answer_call
from bot.fakeslack.page import Page
from bot.fakeslack.records import Call, Json
from bot.fakeslack.responses import respond, spend
from bot.fakeslack.world import Grant


class FakeSlack(Inspection):
    """A strict Slack on loopback: ``async with FakeSlack() as slack: …``.

    ``api_url`` is what ``SLACK_API_URL`` should be; ``environment()`` gives all the variables.
    See ``docs/fake-slack.md``.
    """

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, **options: Unpack[Options]
    ) -> None:
        """Set up; ``port`` 0 takes any free one. For ``options`` see ``Core``."""
        super().__init__(**options)
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> FakeSlack:
        """Start listening."""
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening and all deliveries."""
        await self.stop()

    async def start(self) -> None:
        """Bind the port and serve.

        Raises:
            AddressTaken: it cannot be bound.

        """
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise AddressTaken(f"cannot listen on {self._host}:{self._port}: {error}") from error
        host, port = self._runner.addresses[0][:2]
        reachable = "127.0.0.1" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host
        self.world.url = f"http://{reachable}:{port}"

    async def stop(self) -> None:
        """Stop deliveries, hang up sockets, free the port."""
        await self.dispatcher.close()
        await self.dispatcher.hub.drop()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The server's address without a trailing slash."""
        return self.world.url

    @property
    def api_url(self) -> str:
        """The base of the Web API, for ``SLACK_API_URL`` and ``AsyncWebClient(base_url=…)``."""
        return f"{self.world.url}/api/"

    @property
    def bot_token(self) -> str:
        """The bot token of the first workspace."""
        return self.workspace.bot_token

    @property
    def bot_user_id(self) -> str:
        """The bot's user id in the first workspace."""
        return self.workspace.bot_user_id

    def environment(self) -> dict[str, str]:
        """Give the variables that point the bot here; the app token only in Socket Mode."""
        found = {
            "SLACK_API_URL": self.api_url,
            "SLACK_BOT_TOKEN": self.bot_token,
            "SLACK_SIGNING_SECRET": self.app.signing_secret,
        }
        if self.request_url is None:
            found["SLACK_APP_TOKEN"] = self.app.app_token
        return found

    def install_environment(self) -> dict[str, str]:
        """Give the variables of a bot that is installed by OAuth, in the place of a bot token."""
        found = {
            name: value for name, value in self.environment().items() if name != "SLACK_BOT_TOKEN"
        }
        return {
            **found,
            "SLACK_CLIENT_ID": self.app.client_id,
            "SLACK_CLIENT_SECRET": self.app.client_secret,
        }

    def oauth_code(self, workspace_id: str | None = None, user_id: str | None = None) -> str:
        """Give a one-time code, as the consent page would hand to the redirect address."""
        code = f"code.{self.world.ids.ts()}"
        place_id, user_id = workspace_id or self.workspace.id, user_id or self.user.id
        self.world.oauth_codes[code] = Grant(place_id, user_id)
        return code

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=64 * 2**20)
        application.router.add_route("*", "/api/{method}", self._api)
        application.router.add_get("/socket", self._socket)
        application.router.add_post("/response/{key}", self._response)
        application.router.add_post("/upload/{file_id}", self._upload)
        application.add_routes(Consent(self).routes())
        application.add_routes(Page(self).routes())
        return application

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args, token, problem = await _arguments(request)
        fault = await self.faults.next(method)
        if fault is not None and fault.kind == "rate_limit":
            return self._limited(method, args, token, fault.seconds)
        if fault is not None and fault.kind == "error":
            answer: Json = {"ok": False, "error": fault.code, **fault.extra}
        elif fault is not None and not fault.after_effect:
            return await self._broken(request, method, args, token, fault)
        elif problem is not None:
            answer = {"ok": False, "error": problem}
        else:
            wait_s = self._posting_wait_s(method, args)
            if wait_s > 0:
                return self._limited(method, args, token, wait_s)
            answer = answer_call(self.world, method, token, args)
            if fault is not None:
                return await self._broken(request, method, args, token, fault)
        self._note(method, args, token, answer.get("error"), 200)
        headers = {}
        workspaces = self.world.workspaces.values()
        granted = next((one.scopes for one in workspaces if one.bot_token == token), None)
        if granted is not None:
            headers["X-OAuth-Scopes"] = ",".join(sorted(granted))
        return web.json_response(answer, headers=headers)

    def _posting_wait_s(self, method: str, args: Json) -> float:
        limit, key = self.posting_limit, str(args.get("channel"))
        if method in ("conversations.history", "conversations.replies"):
            limit, key = self.history_limit, method
        elif method != "chat.postMessage":
            return 0.0
        return 0.0 if limit is None else limit.wait_s(key)

    def _limited(
        self, method: str, args: Json, token: str | None, retry_after_s: float
    ) -> web.Response:
        self._note(method, args, token, "ratelimited", 429)
        whole_s = max(1, -int(-retry_after_s // 1)) if retry_after_s else 0
        headers = {"Retry-After": str(whole_s)}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)

    async def _broken(
        self, request: web.Request, method: str, args: Json, token: str | None, fault: Fault
    ) -> web.StreamResponse:
        if fault.kind == "status":
            self._note(method, args, token, f"http_{fault.status}", fault.status)
            return web.Response(status=fault.status, text="<html>server error</html>")
        self._note(method, args, token, "connection_cut", 0)
        if request.transport is not None:
            request.transport.abort()
        await asyncio.sleep(0)
        return web.Response(status=500)

    def _note(
        self, method: str, args: Json, token: str | None, error: str | None, status: int
    ) -> None:
        call = Call(method, args, token, time.time(), error is None, error, status)
        self.calls.append(call)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        hub = self.dispatcher.hub
        try:
            self.world.socket_tickets.remove(request.query.get("ticket", ""))
        except KeyError:
            return web.Response(status=403)
        if len(hub.connections) >= hub.most_connections:
            return web.Response(status=429)
        return await hub.serve(request)

    async def _response(self, request: web.Request) -> web.Response:
        fault = await self.faults.next("response_url")
        if fault is not None:
            status = {"rate_limit": 429, "error": 400}.get(fault.kind, fault.status)
            self._note("response_url", {}, None, fault.code or fault.kind, status)
            return web.Response(status=status, text=fault.code)
        try:
            body = await request.json()
            url = spend(self.world, request.match_info["key"])
            respond(self.world, url, body, "response_url")
        except json.JSONDecodeError:
            return web.Response(status=400, text="invalid_payload")
        except ApiError as error:
            status = 404 if error.code.endswith("_url") else 400
            self._note("response_url", {}, None, error.code, status)
            return web.Response(status=status, text=error.code)
        self._note("response_url", body, None, None, 200)
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.Response:
        file = self.world.files.get(request.match_info["file_id"])
        if file is None or file.content is not None:
            return web.Response(status=404)
        if request.content_type == "multipart/form-data":
            form = await request.post()
            field = next(iter(form.values()), b"")
            content = field.file.read() if isinstance(field, web.FileField) else bytes(field)  # type: ignore[arg-type]
        else:
            content = await request.read()
        if len(content) != file.size_bytes:
            return web.Response(status=400, text="length does not match")
        file.content = content
        return web.Response(text=f"OK - {file.size_bytes}")


async def _arguments(request: web.Request) -> tuple[Json, str | None, str | None]:
    """Read the arguments and token of a call from its query, form or JSON, and any problem."""
    args: Json = dict(request.query)
    args.pop("token", None)  # Slack takes no tokens from addresses: those end up in logs
    problem = None
    if request.content_type == "application/json":
        try:
            body = await request.json() if request.can_read_body else {}
        except (json.JSONDecodeError, UnicodeDecodeError):
            body, problem = {}, "invalid_json"
        if isinstance(body, dict):
            args |= body
        else:
            problem = "json_not_object"
    elif request.can_read_body:
        args |= dict(await request.post())
    header = request.headers.get("Authorization", "")
    scheme, _, credentials = header.partition(" ")
    token = args.pop("token", None)
    if scheme == "Bearer":
        token = credentials.strip()
    elif scheme == "Basic":
        args |= _client_credentials(credentials)
    return args, token if token is None else str(token), problem


def _client_credentials(encoded: str) -> Json:
    try:
        client_id, _, client_secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"client_id": client_id, "client_secret": client_secret}
