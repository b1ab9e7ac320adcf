"""The question sets: JSON lines with a text, what it should lead to, and how hard it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("data")
HALVES = ("dev", "test")
NONE = "none"


@dataclass(frozen=True, slots=True)
class Asked:
    """One question; ``expect`` is an entry id or ``none``, ``kind`` faq, oos, near or chatter.

    ``also`` are ids that are right as well.
    ``set`` is the name of its file: sets by different writers are not equally hard.
    """

    id: str
    text: str
    lang: str
    difficulty: str
    expect: str
    kind: str
    half: str
    set: str
    also: tuple[str, ...] = ()

    @property
    def in_scope(self) -> bool:
        """Whether an entry answers it."""
        return self.expect != NONE

    def accepts(self, ids: Sequence[str]) -> bool:
        """Whether one of ``ids`` is right."""
        return any(name == self.expect or name in self.also for name in ids)


def load_questions(directory: Path = DATA) -> list[Asked]:
    """Return the questions of every file that expects entries, in file order."""
    found: list[Asked] = []
    for record in read_lines(directory):
        if "expect" in record:
            values = {name: str(record.get(name, "")) for name in Asked.__slots__ if name != "also"}
            found.append(Asked(**values, also=tuple(record.get("also", ()))))
    return found


def read_lines(directory: Path = DATA) -> Iterator[dict[str, Any]]:
    """Yield every line of every set, with the name of its file as ``set``."""
    for file in sorted(directory.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield {"set": file.stem, **json.loads(line)}
