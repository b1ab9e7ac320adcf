"""Runs the service in an event loop, until a signal stops it."""

from __future__ import annotations

import asyncio
import signal

from bot.settings import Settings
from bot.slack.install.setup import check_install
from bot.slack.logs import configure_logs
from bot.slack.service import Service


def serve(settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM; return 0, or raise what the operator must put right."""
    settings.transport  # noqa: B018 - missing settings are said before anything is opened
    check_install(settings) if settings.installs else settings.bot_token
    configure_logs(settings)
    return asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> int:
    service = Service(settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, service.stop_soon)
    try:
        await service.start()
        await service.run_until_stopped()
    finally:
        await service.stop()
    return 0
