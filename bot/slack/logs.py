"""Log lines with constant event names and fields, for people or as JSON; never a secret."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from typing import Any

import structlog

from bot.settings import Settings

SECRET = re.compile(r"\bx(?:ox[a-z]|app)-[\w.%-]+|https?://\S*/(?:commands|actions|response)/\S+")
MASK = "(secret)"
MOST_CAUSES = 8
# These libraries log whole payloads, signatures and addresses with tickets below this level.
NOISY = {
    "slack_bolt": logging.ERROR,
    "slack_sdk": logging.WARNING,
    "aiohttp": logging.WARNING,
    "asyncio": logging.WARNING,
}


def configure_logs(settings: Settings) -> None:
    """Send all log lines to standard error in one form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if settings.log_format == "json":
        last: list[Any] = [
            frames_alone,
            mask_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        last = [
            frames_alone,
            mask_secrets,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.log_level.upper()]
        ),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name, level in NOISY.items():
        logging.getLogger(name).setLevel(level)


def frames_alone(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Replace an exception by its type and frames: its message may quote what somebody asked."""
    told = event.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told[1] if isinstance(told, tuple) else told
    shown: list[str] = []
    while isinstance(error, BaseException) and len(shown) < MOST_CAUSES:
        frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
        shown.append(f"{frames}{type(error).__module__}.{type(error).__qualname__}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if shown:
        event["exception"] = "\n\nraised from:\n".join(shown)
    return event


def mask_secrets(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Replace tokens and reply addresses in every field of a log line."""
    return {name: _masked(value) for name, value in event.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return SECRET.sub(MASK, value)
    if isinstance(value, dict):
        return {name: _masked(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(one) for one in value]
    return value
