"""Identifiers and timestamps in Slack's form, unique within one fake Slack."""

from __future__ import annotations

import itertools
import secrets
import time

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class Ids:
    """Hands out ids such as ``C0A0000012`` and strictly rising message timestamps."""

    def __init__(self) -> None:
        self._count = itertools.count(1)
        self._last_us = 0

    def new(self, prefix: str) -> str:
        """Give a new id of eleven characters that begins with ``prefix``."""
        number, digits = next(self._count), ""
        while number:
            number, digit = divmod(number, len(_ALPHABET))
            digits = _ALPHABET[digit] + digits
        return f"{prefix}0A{digits.rjust(9 - len(prefix), '0')}"

    def ts(self) -> str:
        """Give a timestamp ``seconds.microseconds`` later than every one given before."""
        self._last_us = max(self._last_us + 1, time.time_ns() // 1000)
        return f"{self._last_us // 1_000_000}.{self._last_us % 1_000_000:06d}"


def secret(size_bytes: int = 16) -> str:
    """Give random hexadecimal digits, for signing secrets and the tails of tokens."""
    return secrets.token_hex(size_bytes)
