"""Values that people choose in elements and type into forms, in the shape of Slack's payloads."""

from __future__ import annotations

from typing import Any

from bot.fakeslack.errors import ImpossibleInSlack
from bot.fakeslack.records import Json
from bot.fakeslack.walk import interactive, nested

_SELECTED = {
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}
_ONE_OPTION = frozenset({"static_select", "external_select", "radio_buttons", "overflow"})
_MANY_OPTIONS = frozenset({"multi_static_select", "multi_external_select", "checkboxes"})


def chosen(element: Json, value: Any) -> Json:
    """Give the action of a click on an element, or of choosing ``value`` in it.

    Raises:
        ImpossibleInSlack: the element does not offer that value.

    """
    kind = element["type"]
    if kind == "feedback_buttons":
        for side in ("positive_button", "negative_button"):
            if element[side]["value"] == value:
                return {"type": kind, "value": value, "text": element[side]["text"]}
        raise ImpossibleInSlack(f"feedback has no value {value!r}")
    if kind in ("button", "icon_button", "workflow_button"):
        kept: Json = {key: element[key] for key in ("text", "value", "style") if key in element}
        return {"type": kind, **kept}
    return {"type": kind, **_entered(element, value)}


def form_state(blocks: list[Json], values: dict[str, Any], *, complete: bool = False) -> Json:
    """Give ``state.values`` of blocks; values are named by action id or block id.

    Raises:
        ImpossibleInSlack: a value for no field; with ``complete``, a required field left empty.

    """
    left = dict(values)
    state: Json = {}
    for block, element in interactive(blocks):
        if element["type"] in ("button", "overflow", "feedback_buttons", "icon_button"):
            continue
        name = element["action_id"] if element["action_id"] in left else block["block_id"]
        given = left.pop(name) if name in left else _initial(element)
        if complete and _empty(given) and block["type"] == "input" and not block.get("optional"):
            raise ImpossibleInSlack(f"{name} must be filled in")
        entered = {"type": element["type"], **_entered(element, given)}
        state.setdefault(block["block_id"], {})[element["action_id"]] = entered
    if left:
        fields = [block["block_id"] for block in nested(blocks) if block["type"] == "input"]
        raise ImpossibleInSlack(f"no field is called {sorted(left)}; there are {fields}")
    return state


def _empty(value: Any) -> bool:
    return value is None or value in ("", [])


def _initial(element: Json) -> Any:
    for key, value in element.items():
        if key == "initial_option":
            return value["value"]
        if key == "initial_options":
            return [option["value"] for option in value]
        if key.startswith("initial_"):
            return value
    return None


def _entered(element: Json, value: Any) -> Json:
    kind = element["type"]
    if kind in _ONE_OPTION:
        return {"selected_option": None if value is None else _option(element, value)}
    if kind in _MANY_OPTIONS:
        return {"selected_options": [_option(element, one) for one in value or []]}
    if kind in _SELECTED:
        return {_SELECTED[kind]: value}
    if kind == "rich_text_input":
        return {"rich_text_value": value}
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if isinstance(value, str) and value and not least <= len(value) <= most:
        raise ImpossibleInSlack(f"{element['action_id']} takes {least} to {most} characters")
    return {"value": None if _empty(value) else str(value)}


def _option(element: Json, value: Any) -> Json:
    groups = [element, *(element.get("option_groups") or [])]
    for group in groups:
        for option in group.get("options") or []:
            if option["value"] == value:
                found: Json = option
                return found
    if element["type"].endswith("external_select"):
        return {"text": {"type": "plain_text", "text": str(value)}, "value": str(value)}
    raise ImpossibleInSlack(f"{element['action_id']} does not offer {value!r}")
