"""Payloads that are written as JSON once, and read only by whoever looks into them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

to_json: Callable[[object], str] = json.JSONEncoder(ensure_ascii=False).encode


class Encoded(Mapping[str, Any]):
    """A JSON object as its text; what reads it as a mapping has it parsed, once."""

    __slots__ = ("_read", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._read: dict[str, Any] | None = None

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Encoded:
        """Write a payload as JSON."""
        return payload if isinstance(payload, cls) else cls(to_json(payload))

    def __getitem__(self, name: str) -> Any:
        """Return a member."""
        return self._parsed[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._parsed)

    def __len__(self) -> int:
        """Return the number of members."""
        return len(self._parsed)

    def __reduce__(self) -> tuple[type[Encoded], tuple[str]]:
        """Travel to another process as the text alone."""
        return type(self), (self.text,)

    @property
    def _parsed(self) -> dict[str, Any]:
        if self._read is None:
            self._read = json.loads(self.text)
        return self._read


def encoded(payload: Mapping[str, Any]) -> str:
    """Return a payload as JSON, which an ``Encoded`` one is already."""
    return payload.text if isinstance(payload, Encoded) else to_json(payload)
