"""The checks that Web API methods call: blocks of a message, a view, message metadata."""

from __future__ import annotations

import json
from typing import Any

from bot.fakeslack.errors import ApiError
from bot.fakeslack.limits.blocks import Surface, block_check
from bot.fakeslack.limits.checks import (
    Check,
    Problems,
    anything,
    boolean,
    listing,
    record,
    string,
)
from bot.fakeslack.limits.objects import plain_text
from bot.fakeslack.limits.tables import texts
from bot.fakeslack.records import copied

MOST_TEXT = 40_000
MOST_MARKDOWN_TEXT = 12_000
MOST_UPDATE_TEXT = 4_000
"""``chat.update`` refuses longer text (seratch/ChatGPT-in-Slack issue 102)."""
_MOST_CLASSIC_TEXT = 11_300
_MOST_BLOCKS_TEXT = 13_200
"""Text in the blocks of one message: in the classic blocks, and with markdown and tables. Slack
documents neither; calls with 11,341 and with 13,200 failed (slackapi/bolt-js 2867 and 2509)."""
_COUNTED_APART = ("markdown", "table", "data_table")
_MOST_METADATA_BYTES = 16_000
_ANY_ID = string(255)


def check_blocks(blocks: Any, refused: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Check a message's blocks and give a copy of them.

    Raises:
        ApiError: ``invalid_blocks_format`` (no list of objects), ``invalid_blocks`` (with the
            reasons), ``msg_blocks_too_long``.

    """
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise ApiError("invalid_blocks_format")
    problems = Problems()
    listing(block_check("message", refused), 50, least=0)(blocks, "/blocks", problems)
    if problems.found:
        raise ApiError.explained("invalid_blocks", problems.found)
    classic = [block for block in blocks if block["type"] not in _COUNTED_APART]
    if (
        sum(map(len, texts(classic))) > _MOST_CLASSIC_TEXT
        or sum(map(len, texts(blocks))) > _MOST_BLOCKS_TEXT
    ):
        raise ApiError("msg_blocks_too_long")
    kept: list[dict[str, Any]] = copied(blocks)
    return kept


def _view_check(surface: Surface, refused: frozenset[str]) -> Check:
    blocks = listing(block_check(surface, refused), 100)
    common: dict[str, Check] = {
        "private_metadata": string(3000, 0),
        "callback_id": string(255, 0),
        "external_id": string(255, 0),
    }
    if surface == "home":
        return record({"blocks": blocks}, common)
    return record(
        {"title": plain_text(24), "blocks": blocks},
        {
            **common,
            "submit": plain_text(24),
            "close": plain_text(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    )


def check_view(
    view: Any, surface: Surface, refused: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Check a modal or home tab and give it back.

    Raises:
        ApiError: ``invalid_arguments`` with the reasons; ``view_too_large`` above 250 kB.

    """
    if not isinstance(view, dict):
        raise ApiError.explained("invalid_arguments", ["failed to parse view"])
    problems = Problems()
    if view.get("type") != surface:
        problems.add(f"must be of type {surface}", "/view/type")
    _view_check(surface, refused)(view, "/view", problems)
    blocks = view.get("blocks")
    has_input = isinstance(blocks, list) and any(
        isinstance(block, dict) and block.get("type") == "input" for block in blocks
    )
    if surface == "modal" and has_input and not view.get("submit"):
        problems.add("submit is required when an input is in the blocks array", "/view")
    if problems.found:
        raise ApiError.explained("invalid_arguments", problems.found)
    if len(json.dumps(view).encode()) > 250_000:
        raise ApiError("view_too_large")
    return view


def check_metadata(metadata: Any) -> dict[str, Any] | None:
    """Check message metadata: an event type and an event payload; an empty object is none.

    Raises:
        ApiError: ``invalid_metadata_format``, ``metadata_too_large``.

    """
    if metadata is None or metadata == {}:
        return None
    problems = Problems()
    record({"event_type": _ANY_ID, "event_payload": anything}, {"entities": anything})(
        metadata, "/metadata", problems
    )
    if problems.found or not isinstance(metadata["event_payload"], dict):
        raise ApiError("invalid_metadata_format")
    if len(json.dumps(metadata).encode()) > _MOST_METADATA_BYTES:
        raise ApiError("metadata_too_large")
    found: dict[str, Any] = metadata
    return found
