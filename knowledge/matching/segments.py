"""Cuts a message into what could be the question: the whole, and each sentence of a longer one."""

from __future__ import annotations

import re

MAX_CHARS = 4_000
MAX_SEGMENTS = 8
_BREAK = re.compile(r"[\r\n]+|(?<=[。！？!?；;])\s*|(?<=[.])\s+(?=[A-Z\u4e00-\u9fff])")


def segments(message: str) -> list[str]:
    """Return the message and, if it has several sentences, each of them, in order.

    Of a very long message only the beginning is looked at. What has no letter asks for nothing and
    is left out, so that there may be nothing to look at.
    """
    message = message[:MAX_CHARS]
    if not any(map(str.isalpha, message)):
        return []
    parts = [part.strip() for part in _BREAK.split(message)]
    parts = [p for p in parts if sum(map(str.isalnum, p)) > 1 and any(map(str.isalpha, p))]
    if len(parts) < 2:
        return [message]
    return [message, *parts[:MAX_SEGMENTS]]
