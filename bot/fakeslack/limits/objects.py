"""Composition objects: texts, options, confirmation dialogs."""

from __future__ import annotations

from typing import Any

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


def text(most: int) -> Check:
    """Check a ``plain_text`` or ``mrkdwn`` object of at most ``most`` characters."""
    return by_type(
        {
            "plain_text": record({"text": string(most)}, {"emoji": boolean}),
            "mrkdwn": record({"text": string(most)}, {"verbatim": boolean}),
        }
    )


def plain_text(most: int) -> Check:
    """Check a ``plain_text`` object of at most ``most`` characters."""
    return by_type({"plain_text": record({"text": string(most)}, {"emoji": boolean})})


OPTION = record(
    {"text": text(75), "value": string(150)},
    {"description": text(75), "url": string(3000)},
)
OPTION_GROUP = record({"label": plain_text(75), "options": listing(OPTION, 100)})
CONFIRM = record(
    {
        "title": plain_text(100),
        "text": text(300),
        "confirm": plain_text(30),
        "deny": plain_text(30),
    },
    {"style": one_of("primary", "danger")},
)
DISPATCH_CONFIG = record(
    {},
    {
        "trigger_actions_on": listing(one_of("on_enter_pressed", "on_character_entered"), 2),
    },
)
SLACK_FILE = record({}, {"id": string(255), "url": string(3000)})


def image_source(value: dict[str, Any], path: str, problems: Problems) -> None:
    """Check that an image has exactly one source."""
    if ("image_url" in value) == ("slack_file" in value):
        problems.add("exactly one of image_url and slack_file is required", path)


IMAGE_FIELDS: dict[str, Check] = {"image_url": string(3000), "slack_file": SLACK_FILE}
IMAGE = record(
    {"alt_text": string(2000)}, IMAGE_FIELDS | {"block_id": anything}, extra=image_source
)
IMAGE_ELEMENT = by_type({"image": record({"alt_text": string(2000)}, IMAGE_FIELDS, image_source)})
