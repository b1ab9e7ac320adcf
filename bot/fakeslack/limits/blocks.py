"""Layout blocks: what each may hold and where it may stand."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Literal

from bot.fakeslack.limits import elements, tables
from bot.fakeslack.limits.checks import (
    Check,
    Problems,
    anything,
    boolean,
    by_type,
    listing,
    one_of,
    record,
    string,
)
from bot.fakeslack.limits.objects import IMAGE_ELEMENT, IMAGE_FIELDS, image_source, plain_text, text
from bot.fakeslack.limits.rich_text import RICH_TEXT

Surface = Literal["message", "modal", "home"]
Profile = Literal["full", "plain"]

NEWER_BLOCKS = frozenset(
    {
        "alert",
        "card",
        "carousel",
        "container",
        "context_actions",
        "data_table",
        "data_visualization",
        "markdown",
        "plan",
        "table",
        "task_card",
    }
)
"""What the ``plain`` profile refuses: blocks that came after the classic set."""

_ID: dict[str, Check] = {"block_id": anything}
_ONE_PER_MESSAGE = {"table": 1, "data_visualization": 2}
_MOST_MARKDOWN = 12_000


def _unique_actions(value: dict[str, Any], path: str, problems: Problems) -> None:
    members = value.get("elements")
    if not isinstance(members, list):
        return
    seen: set[str] = set()
    for index, element in enumerate(members):
        action_id = element.get("action_id") if isinstance(element, dict) else None
        if isinstance(action_id, str) and action_id in seen:
            problems.add("action_id already exists in this block", f"{path}/elements/{index}")
        seen.add(str(action_id))
        _no_response_url(element, f"{path}/elements/{index}", problems)


def _no_response_url(element: Any, path: str, problems: Problems) -> None:
    """Refuse a menu that asks for a ``response_url`` outside the input blocks of a modal."""
    if isinstance(element, dict) and element.get("response_url_enabled"):
        problems.add("response_url_enabled is only allowed in input blocks of modals", path)


def _section(value: dict[str, Any], path: str, problems: Problems) -> None:
    if not value.get("text") and not value.get("fields"):
        problems.add("missing required field: text or fields", path)
    _no_response_url(value.get("accessory"), f"{path}/accessory", problems)


def _markdown(value: dict[str, Any], path: str, problems: Problems) -> None:
    content = value.get("text")
    problems.markdown_characters += len(content) if isinstance(content, str) else 0
    if problems.markdown_characters > _MOST_MARKDOWN:
        problems.add(f"markdown blocks must hold less than {_MOST_MARKDOWN + 1} characters", path)


def _card(value: dict[str, Any], path: str, problems: Problems) -> None:
    if not any(value.get(name) for name in ("hero_image", "title", "actions", "body")):
        problems.add("at least one of hero_image, title, actions, or body is required", path)
    if "icon" in value and "slack_icon" in value:
        problems.add("only one of icon and slack_icon may be present", path)


def _container(value: dict[str, Any], path: str, problems: Problems) -> None:
    if not value.get("title") and not value.get("rich_text_title"):
        problems.add("missing required field: title", path)
    if value.get("is_collapsible") and value.get("has_header_divider"):
        problems.add("has_header_divider cannot be set when is_collapsible is true", path)
    if value.get("default_collapsed") and not value.get("is_collapsible"):
        problems.add("default_collapsed requires is_collapsible", path)


_BUTTONS = by_type(elements.only(frozenset({"button"})))
_CARD = record(
    {},
    {
        **_ID,
        "hero_image": IMAGE_ELEMENT,
        "icon": IMAGE_ELEMENT,
        "slack_icon": anything,
        "title": text(150),
        "subtitle": text(150),
        "body": text(200),
        "subtext": text(200),
        "actions": listing(_BUTTONS, 3),
    },
    _card,
)
_TASK = record(
    {
        "task_id": string(255),
        "title": string(255),
        "status": one_of("pending", "in_progress", "complete", "error"),
    },
    {
        **_ID,
        "details": by_type({"rich_text": RICH_TEXT}),
        "output": by_type({"rich_text": RICH_TEXT}),
        "sources": listing(
            by_type({"url": record({"url": string(3000), "text": string(255)})}), 20
        ),
    },
)

_CONTEXT_ITEM = by_type(
    {
        "image": elements.ELEMENTS["image"],
        "plain_text": record({"text": string(3000)}, {"emoji": boolean}),
        "mrkdwn": record({"text": string(3000)}, {"verbatim": boolean}),
    }
)

PLAIN: dict[str, Check] = {
    "section": record(
        {},
        {
            **_ID,
            "text": text(3000),
            "fields": listing(text(2000), 10),
            "accessory": by_type(elements.only(elements.ACCESSORIES)),
            "expand": boolean,
        },
        _section,
    ),
    "header": record({"text": plain_text(150)}, _ID),
    "divider": record({}, _ID),
    "context": record({"elements": listing(_CONTEXT_ITEM, 10)}, _ID),
    "actions": record(
        {"elements": listing(by_type(elements.only(elements.ACTIONS)), 25)}, _ID, _unique_actions
    ),
    "image": record(
        {"alt_text": string(2000)},
        {**_ID, **IMAGE_FIELDS, "title": plain_text(2000)},
        image_source,
    ),
    "rich_text": RICH_TEXT,
    "input": record(
        {"label": plain_text(2000), "element": by_type(elements.only(elements.INPUTS))},
        {**_ID, "hint": plain_text(2000), "optional": boolean, "dispatch_action": boolean},
    ),
    "video": record(
        {
            "alt_text": string(2000),
            "title": plain_text(200),
            "thumbnail_url": string(3000),
            "video_url": string(3000),
        },
        {
            **_ID,
            "title_url": string(3000),
            "description": plain_text(200),
            "provider_icon_url": string(3000),
            "provider_name": string(200),
            "author_name": string(50),
        },
    ),
    "file": record({"external_id": string(255), "source": one_of("remote")}, _ID),
}
_MESSAGE_ONLY: dict[str, Check] = {
    "table": tables.TABLE,
    "data_table": tables.DATA_TABLE,
    "data_visualization": tables.DATA_VISUALIZATION,
    "markdown": record({"text": string(_MOST_MARKDOWN)}, _ID, _markdown),
    "card": _CARD,
    "carousel": record({"elements": listing(by_type({"card": _CARD}), 10)}, _ID),
    "context_actions": record(
        {"elements": listing(by_type(elements.only(elements.CONTEXT_ACTIONS)), 5)},
        _ID,
        _unique_actions,
    ),
    "task_card": _TASK,
    "plan": record(
        {"title": string(255)}, {**_ID, "tasks": listing(by_type({"task_card": _TASK}), 50)}
    ),
}
_INSIDE_CONTAINER = frozenset({*PLAIN, *_MESSAGE_ONLY} - {"carousel", "file", "video", "input"})
_ALERT = record(
    {"text": text(3000)}, {**_ID, "level": one_of("default", "info", "warning", "error", "success")}
)


def _noted(kind: str, check: Check) -> Check:
    """Wrap a block's check with what spans the payload: block ids and counts per type."""
    most = _ONE_PER_MESSAGE.get(kind)

    def noting(value: Any, path: str, problems: Problems) -> None:
        check(value, path, problems)
        block_id = value.get("block_id")
        if block_id is not None:
            string(255)(block_id, f"{path}/block_id", problems)
            if str(block_id) in problems.block_ids:
                problems.add("block_id already exists", f"{path}/block_id")
            problems.block_ids.add(str(block_id))
        problems.counts[kind] = problems.counts.get(kind, 0) + 1
        if most is not None and problems.counts[kind] > most:
            problems.add(f"only {most} {kind} block(s) allowed in a message", path)

    return noting


@functools.cache
def block_check(surface: Surface, refused: frozenset[str]) -> Check:
    """Give the check of one block on a surface, refusing some types."""
    kinds: Mapping[str, Check] = PLAIN
    if surface == "modal":
        kinds = {**PLAIN, "alert": _ALERT}
        refused |= {"file"}
    elif surface == "home":
        refused |= {"file"}
    else:
        kinds = {**PLAIN, **_MESSAGE_ONLY}
    noted = {kind: _noted(kind, check) for kind, check in kinds.items()}
    if surface == "message":
        inside = by_type({kind: noted[kind] for kind in _INSIDE_CONTAINER}, refused)
        container = record(
            {"child_blocks": listing(inside, 10)},
            {
                **_ID,
                "title": plain_text(150),
                "rich_text_title": by_type({"rich_text": RICH_TEXT}),
                "subtitle": text(150),
                "width": one_of("narrow", "standard", "wide", "full"),
                "icon": IMAGE_ELEMENT,
                "is_collapsible": boolean,
                "default_collapsed": boolean,
                "has_header_divider": boolean,
            },
            _container,
        )
        noted["container"] = _noted("container", container)
    return by_type(noted, refused)
