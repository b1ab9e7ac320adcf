"""Interactive elements: buttons, menus, inputs; and which of them each place accepts."""

from __future__ import annotations

from typing import Any

from bot.fakeslack.limits.checks import (
    Check,
    Problems,
    anything,
    boolean,
    integer,
    listing,
    one_of,
    record,
    string,
)
from bot.fakeslack.limits.objects import (
    CONFIRM,
    DISPATCH_CONFIG,
    IMAGE_FIELDS,
    OPTION,
    OPTION_GROUP,
    image_source,
    plain_text,
)

_ACTION: dict[str, Check] = {"action_id": string(255)}
_INPUT: dict[str, Check] = {
    **_ACTION,
    "placeholder": plain_text(150),
    "confirm": CONFIRM,
    "focus_on_load": boolean,
}
_USER_IDS = listing(string(32), 100)


def _choices(value: dict[str, Any], path: str, problems: Problems) -> None:
    if ("options" in value) == ("option_groups" in value):
        problems.add("exactly one of options and option_groups is required", path)
    offered = [
        option
        for group in [value, *(value.get("option_groups") or [])]
        if isinstance(group, dict)
        for option in group.get("options") or []
    ]
    initial = value.get("initial_options") or [value.get("initial_option")]
    for option in initial:
        if option is not None and option not in offered:
            problems.add("initial option must be one of the options", path)


def _menu(**extra: Check) -> Check:
    return record({}, {**_INPUT, **extra})


def _static_menu(**extra: Check) -> Check:
    choices: dict[str, Check] = {
        "options": listing(OPTION, 100),
        "option_groups": listing(OPTION_GROUP, 100),
    }
    return record({}, {**_INPUT, **choices, **extra}, _choices)


def _line(**extra: Check) -> Check:
    return record({}, {**_INPUT, "dispatch_action_config": DISPATCH_CONFIG, **extra})


_MAX_SELECTED: dict[str, Check] = {"max_selected_items": integer(1, 100)}
_ONE_OF_TEN: dict[str, Check] = {"options": listing(OPTION, 10)}
_FEEDBACK = record(
    {"text": plain_text(75), "value": string(2000)}, {"accessibility_label": string(75)}
)

ELEMENTS: dict[str, Check] = {
    "button": record(
        {"text": plain_text(75)},
        {
            **_ACTION,
            "url": string(3000),
            "value": string(2000),
            "style": one_of("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
            "agent_prompt": string(4000),
            "agent_prompt_display": anything,
            "visible_to_user_ids": _USER_IDS,
        },
    ),
    "checkboxes": record(_ONE_OF_TEN, {**_INPUT, "initial_options": listing(OPTION, 10)}),
    "radio_buttons": record(_ONE_OF_TEN, {**_INPUT, "initial_option": OPTION}),
    "overflow": record({"options": listing(OPTION, 5)}, {**_ACTION, "confirm": CONFIRM}),
    "datepicker": _menu(initial_date=string(10, 10)),
    "timepicker": _menu(initial_time=string(5, 5), timezone=string(100)),
    "datetimepicker": _menu(initial_date_time=integer(0, 9_999_999_999)),
    "static_select": _static_menu(initial_option=OPTION),
    "multi_static_select": _static_menu(initial_options=listing(OPTION, 100), **_MAX_SELECTED),
    "external_select": _menu(min_query_length=integer(0, 100), initial_option=OPTION),
    "multi_external_select": _menu(
        min_query_length=integer(0, 100), initial_options=listing(OPTION, 100), **_MAX_SELECTED
    ),
    "users_select": _menu(initial_user=string(32)),
    "multi_users_select": _menu(initial_users=_USER_IDS, **_MAX_SELECTED),
    "conversations_select": _menu(
        initial_conversation=string(32),
        response_url_enabled=boolean,
        filter=anything,
        default_to_current_conversation=boolean,
    ),
    "multi_conversations_select": _menu(
        initial_conversations=_USER_IDS,
        filter=anything,
        default_to_current_conversation=boolean,
        **_MAX_SELECTED,
    ),
    "channels_select": _menu(initial_channel=string(32), response_url_enabled=boolean),
    "multi_channels_select": _menu(initial_channels=_USER_IDS, **_MAX_SELECTED),
    "plain_text_input": _line(
        initial_value=string(3000, 0),
        multiline=boolean,
        min_length=integer(0, 3000),
        max_length=integer(1, 3000),
    ),
    "rich_text_input": _line(initial_value=anything, min_lines=anything, max_lines=anything),
    "email_text_input": _line(initial_value=string(3000, 0)),
    "url_text_input": _line(initial_value=string(3000, 0)),
    "number_input": record(
        {"is_decimal_allowed": boolean},
        {
            **_INPUT,
            "dispatch_action_config": DISPATCH_CONFIG,
            "initial_value": string(100, 0),
            "min_value": string(100),
            "max_value": string(100),
        },
    ),
    "file_input": record(
        {}, {**_ACTION, "filetypes": listing(string(20), 100), "max_files": integer(1, 10)}
    ),
    "feedback_buttons": record(
        {"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, dict(_ACTION)
    ),
    "icon_button": record(
        {"icon": one_of("trash"), "text": plain_text(75)},
        {
            **_ACTION,
            "accessibility_label": string(75),
            "value": string(2000),
            "visible_to_user_ids": _USER_IDS,
            "confirm": CONFIRM,
        },
    ),
    "workflow_button": record(
        {"text": plain_text(75), "workflow": anything},
        {**_ACTION, "style": one_of("primary", "danger"), "accessibility_label": string(75)},
    ),
    "image": record({"alt_text": string(2000)}, IMAGE_FIELDS, image_source),
}

_SELECTS = frozenset(name for name in ELEMENTS if name.endswith("_select"))
_LINES = frozenset(name for name in ELEMENTS if name.endswith("_input"))
_PICKS = frozenset({"checkboxes", "radio_buttons", "datepicker", "timepicker"})

ACTIONS = (
    _SELECTS
    | _PICKS
    | {"button", "overflow", "datetimepicker", "workflow_button", "rich_text_input"}
)
ACCESSORIES = _SELECTS | _PICKS | {"button", "overflow", "image", "workflow_button"}
INPUTS = _SELECTS | _PICKS | _LINES | {"datetimepicker"}
CONTEXT_ACTIONS = frozenset({"feedback_buttons", "icon_button"})


def only(names: frozenset[str]) -> dict[str, Check]:
    """Give the elements that one place accepts."""
    return {name: ELEMENTS[name] for name in names}
