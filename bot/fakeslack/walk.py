"""Walks over the interactive elements of blocks, wherever they are nested."""

from __future__ import annotations

from collections.abc import Iterator

from bot.fakeslack.records import Json

_ROWS = ("actions", "context_actions")


def interactive(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Give (block, element) for each button, menu and input."""
    for block in blocks:
        found = [block.get("accessory"), block.get("element"), *(block.get("actions") or [])]
        if block.get("type") in _ROWS:
            found += block.get("elements") or []
        for element in found:
            if isinstance(element, dict) and element.get("type") != "image":
                yield block, element
        if block.get("type") == "carousel":
            yield from interactive(block["elements"])
        yield from interactive(block.get("child_blocks") or [])


def nested(blocks: list[Json]) -> Iterator[Json]:
    """Give each block and those inside containers and carousels."""
    for block in blocks:
        yield block
        yield from nested(block.get("child_blocks") or [])
        if block.get("type") == "carousel":
            yield from nested(block["elements"])
