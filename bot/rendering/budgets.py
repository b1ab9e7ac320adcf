"""What one message may hold in all, counted before it is sent.

Slack documents neither limit on the text of all blocks together; calls with more have failed
(slackapi/bolt-js 2509 and 2867). The limits of single blocks are kept where they are made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

Block = dict[str, Any]

MOST_BLOCKS = 50
MOST_CHARACTERS = 13_000
MOST_CLASSIC_CHARACTERS = 11_000
COUNTED_APART = frozenset({"markdown", "table", "data_table"})


def fits(blocks: Sequence[Block]) -> bool:
    """Return whether one message can hold these blocks."""
    classic = [block for block in blocks if block["type"] not in COUNTED_APART]
    return (
        len(blocks) <= MOST_BLOCKS
        and _characters(classic) <= MOST_CLASSIC_CHARACTERS
        and _characters(blocks) <= MOST_CHARACTERS
    )


def _characters(blocks: Sequence[Block]) -> int:
    return sum(len(text) for text in _texts(blocks))


def _texts(value: Any) -> Iterator[str]:
    """Yield every string under a ``text`` key, however deep."""
    if isinstance(value, list | tuple):
        for member in value:
            yield from _texts(member)
    elif isinstance(value, dict):
        for key, member in value.items():
            if key == "text" and isinstance(member, str):
                yield member
            else:
                yield from _texts(member)
