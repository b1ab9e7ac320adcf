"""Runs the service in an event loop, until a signal stops it."""

from __future__ import annotations

import asyncio
import gc
import signal

from bot.errors import BadSetting
from bot.settings import Settings
from bot.slack.install.setup import check_install
from bot.slack.logs import configure_logs
from bot.slack.service import Service

COLLECT_AFTER = (50_000, 20, 100)
"""New objects until garbage is looked for, and how many such searches until an older one's."""


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
        _spare_the_collector()
        await service.run_until_stopped()
    finally:
        await service.stop()
    return 0


def _spare_the_collector() -> None:
    """Look for garbage less often, and never among what is loaded for good.

    At Python's own pace, a search each 700 new objects, it takes a twentieth of the process's time
    and finds next to nothing: hardly any objects of an answer are in cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
