"""The page's addresses. What acts takes JSON only, so that no other web page can send it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.fakeslack.errors import FakeSlackError, ImpossibleInSlack
from bot.fakeslack.inspection import Inspection
from bot.fakeslack.page.screen import HOME, Screen
from bot.fakeslack.records import Json, User, View

Act = Callable[[User, Json], Awaitable[str | None]]


class Page:
    """The page of one fake Slack."""

    def __init__(self, slack: Inspection) -> None:
        self._slack = slack

    def routes(self) -> list[web.RouteDef]:
        """Give the routes to add to the server."""
        return [
            web.get("/", self._page),
            web.get("/page/stream", self._stream),
            web.get("/page/file/{file_id}", self._file),
            web.post("/page/say", self._acting(self._say)),
            web.post("/page/click", self._acting(self._click)),
            web.post("/page/shortcut", self._acting(self._shortcut)),
            web.post("/page/submit", self._acting(self._submit)),
            web.post("/page/close", self._acting(self._close)),
        ]

    async def _page(self, request: web.Request) -> web.Response:
        screen, user, place = self._screen(request)
        if place == HOME:
            await self._slack.open_home(user)
        return web.Response(text=screen.page(), content_type="text/html")

    async def _stream(self, request: web.Request) -> web.Response:
        screen, _, _ = self._screen(request)
        shown = screen.stream()
        version = hashlib.sha256(shown.encode()).hexdigest()[:16]
        return web.json_response({"html": shown, "version": version})

    async def _file(self, request: web.Request) -> web.Response:
        """Give an uploaded picture; nothing else is shown by a browser."""
        file = self._slack.world.files.get(request.match_info["file_id"])
        if file is None or file.content is None or not file.content.startswith(b"\x89PNG"):
            raise web.HTTPNotFound
        return web.Response(body=file.content, content_type="image/png")

    def _screen(self, request: web.Request) -> tuple[Screen, User, str]:
        user = self._slack.world.users.get(request.query.get("as", "")) or self._slack.user
        place = request.query.get("place", "")
        channel = self._slack.world.channels.get(place)
        if channel is None and place != HOME:
            channel, place = self._slack.channel, self._slack.channel.id
        if channel is not None and channel.kind != "public" and user.id not in channel.members:
            place = HOME
        return Screen(self._slack, user, place), user, place

    def _acting(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            if request.content_type != "application/json":
                raise web.HTTPUnsupportedMediaType
            try:
                body = await request.json()
                error = await act(self._slack.find_user(str(body.get("user"))), body)
            except (json.JSONDecodeError, KeyError, AttributeError):
                raise web.HTTPBadRequest from None
            except FakeSlackError as refused:
                error = str(refused)
            return web.json_response({"error": error})

        return handle

    async def _say(self, user: User, body: Json) -> str | None:
        channel = self._slack.world.channels[body["channel"]]
        text = str(body["text"])
        command, _, rest = text.partition(" ")
        if command.startswith("/"):
            if body.get("thread_ts"):
                raise ImpossibleInSlack("slash commands do not work in threads")
            reply = await self._slack.slash(user, channel, command, rest)
            return reply.error and f"{command} failed with the error {reply.error}"
        await self._slack.user_says(user, channel, text, body.get("thread_ts") or None)
        return None

    async def _click(self, user: User, body: Json) -> str | None:
        action_id, value = str(body["action_id"]), body.get("value")
        if body.get("view_id"):
            view, typed = self._view(body), body.get("typed")
            reply = await self._slack.click_in_view(user, view, action_id, value, typed=typed)
        else:
            shown = [*self._slack.world.posted, *self._slack.world.ephemeral]
            found = [one for one in shown if one.ts == body["ts"]]
            if not found:
                raise ImpossibleInSlack("that message is gone")
            reply = await self._slack.click(user, found[0], action_id, value)
        return reply.error

    async def _shortcut(self, user: User, body: Json) -> str | None:
        message = None
        if body.get("ts"):
            message = self._slack.world.find_message(body["channel"], body["ts"])
        return (await self._slack.shortcut(user, str(body["callback_id"]), message)).error

    async def _submit(self, user: User, body: Json) -> str | None:
        reply = await self._slack.submit(user, self._view(body), dict(body["values"]))
        return reply.error

    async def _close(self, user: User, body: Json) -> str | None:
        await self._slack.close_modal(user, self._view(body))
        return None

    def _view(self, body: Json) -> View:
        view = self._slack.world.views.get(str(body["view_id"]))
        if view is None:
            raise ImpossibleInSlack("that form is gone")
        return view
