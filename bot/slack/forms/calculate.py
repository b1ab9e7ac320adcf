"""The calculator form: what to calculate, its fields, and where the answer goes.

It is opened from anywhere, so that nobody's language is known: its words stand in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.messages import field_name, say
from bot.question import Language
from bot.slack.forms.fields import calculators_offered, fields_of, tables
from bot.slack.forms.inputs import OPEN, VALUE, choice_name, input_blocks, option
from bot.slack.forms.modal import BOTH, Block, View, modal, plain, words

CALCULATE = "form_calculate"
REDRAWS = "form_redraw"
"""The action of the menus that decide which fields there are."""
CALCULATOR, LANGUAGE, WHERE, MODE = "calculator", "language", "where", "mode"
FIRST = "training"
LANGUAGES: Mapping[Language, str] = {"en": "English", "zh": "中文"}


def calculate_form(given: Mapping[str, str]) -> View:
    """Return the form with the fields of the calculator that is chosen in ``given``."""
    calculator = calculator_in(given)
    fields = form_fields(calculator, given.get(MODE))
    blocks: list[Block] = [
        _menu(
            CALCULATOR, [(name, _calculator_name(name)) for name in calculators_offered()], given
        ),
        *(_redrawing(block) for block in input_blocks(fields, given, BOTH)),
        _menu(LANGUAGE, list(LANGUAGES.items()), given),
        _where(given.get(WHERE)),
    ]
    return modal(CALCULATE, "form_calculate_title", blocks, language=None)


def form_fields(calculator: str, mode: str | None) -> list[str]:
    """Return the fields to show; where both modes could be meant, those of both."""
    return fields_of(calculator, mode if MODE in fields_of(calculator) else None)


def calculator_in(given: Mapping[str, str]) -> str:
    """Return the calculator that a form names, the first where it names none that there is."""
    name = given.get(CALCULATOR, "")
    return name if name in calculators_offered() else FIRST


def language_in(given: Mapping[str, str]) -> Language:
    """Return the language in which the answer is wanted."""
    return "zh" if given.get(LANGUAGE) == "zh" else "en"


def settled_mode(calculator: str, given: Mapping[str, str]) -> str | None:
    """Return training or inference where it matters: as chosen, else as the filled fields say."""
    fields = fields_of(calculator)
    if MODE not in fields:
        return None
    if given.get(MODE):
        return given[MODE]
    training = (name for name in tables()["modes"]["train"] if name in fields)
    return "train" if any(given.get(name) for name in training) else "infer"


def strangers_to(mode: str | None, given: Mapping[str, str], fields: Sequence[str]) -> list[str]:
    """Return the filled fields that the other mode alone has."""
    other = {"train": "infer", "infer": "train"}.get(str(mode))
    foreign = tables()["modes"][other] if other else ()
    return [name for name in fields if name in foreign and given.get(name)]


def query_of_form(calculator: str, given: Mapping[str, str], language: Language) -> str:
    """Return the question that a filled form stands for."""
    pieces = [say(f"calculator_{calculator}", language)]
    for name in fields_of(calculator):
        if text := given.get(name):
            pieces.append(f"{field_name(name, language)} {choice_name(name, text, (language,))}")
    return say("comma", language).join(pieces)


def _calculator_name(name: str) -> str:
    return words(f"calculator_{name}", None)


def _menu(name: str, choices: Sequence[tuple[str, str]], given: Mapping[str, str]) -> Block:
    options = {value: option(value, text) for value, text in choices}
    chosen = options.get(given.get(name, "")) or next(
        iter([options[FIRST]] if FIRST in options else options.values())
    )
    block: Block = {
        "type": "input",
        "block_id": name,
        "label": plain(words(f"form_{name}", None)),
        "element": {
            "type": "static_select",
            "action_id": REDRAWS if name == CALCULATOR else VALUE,
            "options": list(options.values()),
            "initial_option": chosen,
        },
    }
    if name == CALCULATOR:
        block["dispatch_action"] = True
    return block


def _redrawing(block: Block) -> Block:
    """Let the menu of training or inference redraw the form."""
    if block["block_id"] != MODE:
        return block
    element = {**block["element"], "action_id": REDRAWS}
    return {**block, "element": element, "dispatch_action": True}


def _where(chosen: str | None) -> Block:
    element: Block = {
        "type": "conversations_select",
        "action_id": VALUE,
        "response_url_enabled": True,
        "placeholder": plain(words("form_only_me", None)),
    }
    if chosen:
        element["initial_conversation"] = chosen
    return {
        "type": "input",
        "block_id": WHERE,
        "optional": True,
        "label": plain(words("form_where", None)),
        "hint": plain(words("form_where_hint", None), 300),
        "element": element,
    }


def given_by(tastes: Mapping[str, Any]) -> dict[str, str]:
    """Return what the form begins with: somebody's own cards and language."""
    wanted = {name: str(tastes.get(name) or "") for name in ("gpu", "gpu_count", LANGUAGE)}
    return {name: text for name, text in wanted.items() if text and text != OPEN}
