"""A bare echo listener: what any Bolt app does at the least, the baseline for mentions."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import uvicorn
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def main(port: int) -> None:
    """Echo every mention into its thread: in Socket Mode, or by signed HTTP on ``port``."""
    client = AsyncWebClient(
        token=os.environ["SLACK_BOT_TOKEN"],
        base_url=os.environ["SLACK_API_URL"],
        retry_handlers=[],
    )
    app = AsyncApp(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"])

    @app.event("app_mention")
    async def echo(event: dict[str, Any], say: Any) -> None:
        await say(text=event["text"], thread_ts=event["ts"])

    @app.event("message")
    async def ignore() -> None:
        return None

    if token := os.environ.get("SLACK_APP_TOKEN"):
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_over_the_socket(app, client, token))
    else:
        _over_http(app, client, port)


async def _over_the_socket(app: AsyncApp, client: AsyncWebClient, token: str) -> None:
    async with aiohttp.ClientSession() as client.session:
        await AsyncSocketModeHandler(app, token).start_async()  # type: ignore[no-untyped-call]


def _over_http(app: AsyncApp, client: AsyncWebClient, port: int) -> None:
    handler = AsyncSlackRequestHandler(app)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    @contextlib.asynccontextmanager
    async def session(_: Starlette) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as client.session:
            yield

    routes = [Route("/slack/events", events, methods=["POST"])]
    uvicorn.run(
        Starlette(routes=routes, lifespan=session),
        host="127.0.0.1",
        port=port,
        log_level="error",
        access_log=False,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
