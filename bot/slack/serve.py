"""Runs the service in an event loop, until a signal stops it."""

from __future__ import annotations

import asyncio
import signal

from bot.errors import BadSetting
from bot.garbage import spare_the_collector
from bot.settings import Settings
from bot.slack.install.setup import check_install
from bot.slack.logs import configure_logs
from bot.slack.service import Service


def serve(settings: Settings) -> int:
    """Serve until SIGINT or SIGTERM; return 0, or raise what the operator must put right."""
    _check(settings)
    configure_logs(settings)
    return asyncio.run(_serve(settings))


def _check(settings: Settings) -> None:
    """Raise ``BadSetting`` for what is missing before anything is opened; all at once if all is."""
    given = (
        settings.slack_bot_token,
        settings.slack_client_id,
        settings.slack_app_token,
        settings.slack_signing_secret,
    )
    if not any(given):
        raise BadSetting("no_tokens")
    settings.transport  # noqa: B018 - it raises
    check_install(settings) if settings.installs else settings.bot_token


async def _serve(settings: Settings) -> int:
    service = Service(settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, service.stop_soon)
    try:
        await service.start()
        spare_the_collector()
        await service.run_until_stopped()
    finally:
        await service.stop()
    return 0
