"""Reading of the packaged TOML records, each only when it is asked for.

A file holds one table per record, without sub-tables, its ``aliases`` on one line. The names
are read by a light scan, because parsing every record costs more than a command's whole start;
a record's text goes through ``tomllib`` and its model when it is used.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

_HEADER = re.compile(r"^\[([^\[\]]+)\]\s*$", re.MULTILINE)
_ALIASES = re.compile(r"^aliases = (\[.*\])\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Records:
    """The records of one folder of ``calculators/data``, by id, in file order."""

    folder: str

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """Each record's own TOML text."""
        found: dict[str, str] = {}
        root = files("calculators").joinpath("data", self.folder)
        for path in sorted(root.iterdir(), key=lambda entry: entry.name):
            if path.name.endswith(".toml"):
                text = path.read_text(encoding="utf-8")
                heads = list(_HEADER.finditer(text))
                ends = [head.start() for head in heads[1:]] + [len(text)]
                for head, end in zip(heads, ends, strict=True):
                    found[head.group(1).strip('"')] = text[head.end() : end]
        return found

    def parse(self, record_id: str) -> dict[str, Any]:
        """Return the record's values."""
        return tomllib.loads(self.texts[record_id])

    def scan(self, record_id: str, key: str) -> str | None:
        """Return a one-line string value without parsing the record."""
        found = re.search(rf'^{key} = "(.*)"\s*$', self.texts[record_id], re.MULTILINE)
        return found.group(1) if found else None

    def flag(self, record_id: str, key: str) -> bool:
        """Return whether the record says ``key = true``."""
        return f"\n{key} = true" in self.texts[record_id]

    def aliases(self, record_id: str) -> tuple[str, ...]:
        """Return the record's aliases as written."""
        found = _ALIASES.search(self.texts[record_id])
        return tuple(json.loads(found.group(1))) if found else ()

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)
