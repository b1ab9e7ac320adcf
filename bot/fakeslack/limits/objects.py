"""Composition objects: texts, options, confirmation dialogs."""

from __future__ import annotations

from typing import Any

from bot.fakeslack.limits import checks


def text(most: int) -> checks.Check:
    """Check a ``plain_text`` or ``mrkdwn`` object of at most ``most`` characters."""
    return checks.by_type(
        {
            "plain_text": checks.record({"text": checks.string(most)}, {"emoji": checks.boolean}),
            "mrkdwn": checks.record({"text": checks.string(most)}, {"verbatim": checks.boolean}),
        }
    )


def plain_text(most: int) -> checks.Check:
    """Check a ``plain_text`` object of at most ``most`` characters."""
    return checks.by_type(
        {"plain_text": checks.record({"text": checks.string(most)}, {"emoji": checks.boolean})}
    )


OPTION = checks.record(
    {"text": text(75), "value": checks.string(150)},
    {"description": text(75), "url": checks.string(3000)},
)
OPTION_GROUP = checks.record({"label": plain_text(75), "options": checks.listing(OPTION, 100)})
CONFIRM = checks.record(
    {
        "title": plain_text(100),
        "text": text(300),
        "confirm": plain_text(30),
        "deny": plain_text(30),
    },
    {"style": checks.one_of("primary", "danger")},
)
DISPATCH_CONFIG = checks.record(
    {},
    {
        "trigger_actions_on": checks.listing(
            checks.one_of("on_enter_pressed", "on_character_entered"), 2
        ),
    },
)
SLACK_FILE = checks.record({}, {"id": checks.string(255), "url": checks.string(3000)})


def image_source(value: dict[str, Any], path: str, problems: checks.Problems) -> None:
    """Check that an image has exactly one source."""
    if ("image_url" in value) == ("slack_file" in value):
        problems.add("exactly one of image_url and slack_file is required", path)


IMAGE_FIELDS: dict[str, checks.Check] = {"image_url": checks.string(3000), "slack_file": SLACK_FILE}
IMAGE_ELEMENT = checks.by_type(
    {"image": checks.record({"alt_text": checks.string(2000)}, IMAGE_FIELDS, image_source)}
)
