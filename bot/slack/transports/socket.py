"""Socket Mode: the bot connects to Slack, no public address is needed."""

from __future__ import annotations

import time

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BadSetting
from bot.slack.hearing import Hearing

PING_S = 10.0


class Handler(AsyncSocketModeHandler):
    """Takes envelopes from the socket: messages itself, all else through Bolt."""

    def __init__(
        self, app: AsyncApp, app_token: str, client: AsyncWebClient, hearing: Hearing
    ) -> None:
        super().__init__(app, app_token, web_client=client, ping_interval=PING_S)
        self._hearing = hearing

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        """Acknowledge what was recorded; Slack sends again what was not."""
        started_s = time.time()
        taken = await self._hearing.take(req.payload) if req.type == "events_api" else None
        if taken:
            await client.send_socket_mode_response(SocketModeResponse(req.envelope_id))
        elif taken is None:
            response = await run_async_bolt_app(self.app, req)
            await send_async_response(client, req, response, started_s)


class SocketConnection:
    """One Socket Mode connection; the SDK reconnects it by itself."""

    def __init__(
        self, app: AsyncApp, app_token: str, client: AsyncWebClient, hearing: Hearing
    ) -> None:
        self._app_token = app_token
        self._client = client
        self._handler = Handler(app, app_token, client, hearing)
        self._open = False

    @property
    def connected(self) -> bool:
        """Whether the socket is open now."""
        session = self._handler.client.current_session
        return self._open and session is not None and not session.closed

    async def start(self) -> None:
        """Connect; raises ``BadSetting`` when Slack refuses the app-level token.

        The SDK would try a refused token for ever: the first address is asked for here.
        """
        try:
            opened = await self._client.apps_connections_open(app_token=self._app_token)
        except SlackApiError as error:
            reason = error.response.get("error", "")
            raise BadSetting("token_refused", name="SLACK_APP_TOKEN", reason=reason) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = type(error).__name__
            raise BadSetting(
                "slack_unreachable", url=self._client.base_url, reason=reason
            ) from None
        self._handler.client.wss_uri = str(opened["url"])
        await self._handler.client.connect()  # type: ignore[no-untyped-call]
        self._open = True

    async def stop(self) -> None:
        """Disconnect; what Slack sends from now on goes to another connection, or again."""
        self._open = False
        await self._handler.client.close()  # type: ignore[no-untyped-call]
