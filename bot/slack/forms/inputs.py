"""The fields of a form as input blocks: a menu where there are choices, else a line to type in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.messages import catalogue, field_name, say
from bot.question import Language
from bot.slack.forms.fields import choices_of, example_of, name_of
from bot.slack.forms.modal import Block, plain

VALUE = "value"
OPEN = "open"
"""The choice that leaves a field open, so that its value is assumed."""
MOST_CHARACTERS = 200


def input_blocks(
    fields: Sequence[str], shown: Mapping[str, str], languages: Sequence[Language]
) -> list[Block]:
    """Return an input for each field, filled in with what is ``shown``."""
    return [_input(field, shown.get(field, ""), languages) for field in fields]


def _input(field: str, text: str, languages: Sequence[Language]) -> Block:
    choices = choices_of(field)
    element = _menu(field, choices, text, languages) if choices else _line(field, text)
    return {
        "type": "input",
        "block_id": field,
        "optional": True,
        "label": plain(label_of(field, languages)),
        "element": element,
    }


def label_of(field: str, languages: Sequence[Language]) -> str:
    """Return a field's words, one language after the other."""
    return " · ".join(dict.fromkeys(capital(field_name(field, one)) for one in languages))


def _line(field: str, text: str) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": VALUE,
        "max_length": MOST_CHARACTERS,
    }
    if example := example_of(field):
        element["placeholder"] = plain(example)
    if text:
        element["initial_value"] = text[:MOST_CHARACTERS]
    return element


def _menu(field: str, choices: Sequence[str], text: str, languages: Sequence[Language]) -> Block:
    offered = (OPEN, *choices) if not text or text in choices else (OPEN, *choices, text)
    options = {value: option(value, choice_name(field, value, languages)) for value in offered}
    return {
        "type": "static_select",
        "action_id": VALUE,
        "options": list(options.values()),
        "initial_option": options[text or OPEN],
    }


def option(value: str, text: str) -> Block:
    """Return one choice of a menu."""
    return {"text": plain(text), "value": value}


def choice_name(field: str, value: str, languages: Sequence[Language]) -> str:
    """Return the words for a choice; a name of the field stays as it is."""
    key = "option_open" if value == OPEN else f"option_{field}_{value}"
    if key not in catalogue():
        return name_of(value)
    return " · ".join(dict.fromkeys(say(key, one) for one in languages))


def capital(text: str) -> str:
    """Return a label with its first letter large."""
    return text[:1].upper() + text[1:]


def filled_in(view: Mapping[str, Any]) -> dict[str, str]:
    """Return what a form holds by block: the text, the chosen value, or the conversation."""
    values: dict[str, str] = {}
    for block_id, actions in ((view.get("state") or {}).get("values") or {}).items():
        for entered in actions.values():
            chosen = (entered.get("selected_option") or {}).get("value")
            text = chosen or entered.get("value") or entered.get("selected_conversation")
            values[block_id] = "" if text in (None, OPEN) else str(text).strip()
    return values
