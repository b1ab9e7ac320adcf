"""The form "Change a number": the inputs of an answer, filled in with what it rests on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.messages import field_name, say
from bot.recalculating import Numbers
from bot.slack.forms.fields import LORA_RANK, SUBJECT, fields_of, shown_values
from bot.slack.forms.inputs import choice_name, input_blocks
from bot.slack.forms.modal import View, modal, paragraph
from bot.slack.forms.origin import Origin
from bot.slack.remembered import calculation_of, language_of
from knowledge.history import PastAnswer

CHANGE = "form_change"
SUBJECTS = ("model", "params")
_BRACKETS = re.compile(r"\s*\[[^\[\]]*\]$")


def change_form(past: PastAnswer, origin: Origin) -> View:
    """Return the form for an answer with a calculation."""
    language = language_of(past)
    fields, shown = changeable(past)
    headline = str(calculation_of(past).get("headline") or "")
    return modal(
        CHANGE,
        "form_change_title",
        [
            paragraph(say("form_change_intro", language, headline=headline)),
            *input_blocks(fields, shown, (language,)),
        ],
        language=language,
        metadata=origin.as_metadata(),
    )


def changeable(past: PastAnswer) -> tuple[list[str], dict[str, str]]:
    """Return the fields that can be changed in an answer, and what stands in them."""
    calculation = calculation_of(past)
    request: Mapping[str, Any] = calculation.get("request") or {}
    fields = fields_of(
        str(calculation.get("calculator")), request.get("mode"), request.get("method")
    )
    return fields, shown_values(request, fields)


def numbers_of(past: PastAnswer, changes: Mapping[str, Any]) -> Numbers:
    """Return an answer's numbers with some of its request's fields changed."""
    calculation = calculation_of(past)
    return Numbers(
        calculator=str(calculation["calculator"]),
        language=language_of(past),
        inputs=calculation.get("inputs") or {},
        changes=changes,
        headline=str(calculation.get("headline") or ""),
        entry=past.entry_id,
    )


def query_of(past: PastAnswer, changes: Mapping[str, Any]) -> str:
    """Return the question that a change stands for: the first one, and what is new in brackets."""
    language = language_of(past)
    pieces = []
    for name, value in changes.items():
        if value is None and name in SUBJECTS:
            continue
        shown = shown_values({name: value}, [_field_of(name)]).get(_field_of(name), "")
        words = choice_name(name, shown or "open", (language,))
        pieces.append(f"{field_name(name, language)}: {words}")
    return f"{_BRACKETS.sub('', past.query)} [{say('comma', language).join(pieces)}]"


def _field_of(name: str) -> str:
    """Return the form's field for a field of a request."""
    return SUBJECT if name in SUBJECTS else LORA_RANK if name == "lora" else name
