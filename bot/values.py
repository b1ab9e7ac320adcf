"""A field of a request from the text that somebody typed, in an option or in a form."""

from __future__ import annotations

import re
from typing import Any, get_args

from calculators.requests import Request

BYTES = frozenset({"gpu_memory_bytes"})
TOKEN_FIELDS = frozenset({"seq", "new_tokens"})
_COUNT = re.compile(r"([0-9][0-9_,]*\.?[0-9]*(?:e[+-]?[0-9]+)?)\s*([kmbt]?)", re.IGNORECASE)
_SCALE = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
_TOKENS = {"k": 1024}


def field_value(name: str, text: str) -> Any:
    """Read the text of one field: a count (``7b``, ``8k``), bytes (``80GB``), a list or a word.

    A text that is no count is given back as it is; raises ``InvalidRequest`` for bad bytes.
    """
    if name in BYTES:
        from calculators.units import parse_bytes

        return parse_bytes(text)
    if name == "gpus":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    annotation = Request.model_fields[name].annotation
    kinds = {annotation, *get_args(annotation)}
    if bool in kinds:
        return text.lower() in ("1", "true", "yes", "on")
    if int in kinds or float in kinds:
        return count(name, text)
    return text


def count(name: str, text: str) -> float | str:
    """Read a count such as ``7b``; ``8k`` tokens are 8,192. Another text is given back."""
    match = _COUNT.fullmatch(text.strip())
    if match is None:
        return text
    number, suffix = match[1].replace(",", "").replace("_", ""), match[2].lower()
    scale = (_TOKENS if name in TOKEN_FIELDS else {}).get(suffix, _SCALE[suffix])
    value = float(number) * scale
    return int(value) if value.is_integer() else value
