"""Socket Mode: the bot connects to Slack, no public address is needed."""

from __future__ import annotations

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BadSetting

PING_S = 10.0


class SocketConnection:
    """One Socket Mode connection; the SDK reconnects it by itself."""

    def __init__(self, app: AsyncApp, app_token: str, client: AsyncWebClient) -> None:
        self._app_token = app_token
        self._client = client
        self._handler = AsyncSocketModeHandler(
            app, app_token, web_client=client, ping_interval=PING_S
        )
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
