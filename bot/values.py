"""A field of a request from the text that somebody typed, in an option or in a form."""

from __future__ import annotations

from typing import Any, get_args

from calculators.requests import Request
from calculators.spelled import NUMBERS, number

_TRUTH = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def field_value(name: str, text: str) -> Any:
    """Read the text of one field: a count (``7b``, ``8k``), bytes (``80GB``), a list or a word.

    A text that is none of these is given back as it is; raises ``InvalidRequest`` for bad bytes.
    """
    if name == "gpus":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if name in NUMBERS:
        return number(name, text)
    annotation = Request.model_fields[name].annotation
    if bool in {annotation, *get_args(annotation)}:
        return _TRUTH.get(text.strip().lower(), text)
    return text
