"""Numbers as people spell them in a request: ``7B``, ``7e9``, ``70亿``, ``8k`` tokens, ``80GB``."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, get_args

from calculators.requests import Request
from calculators.units import parse_bytes

BYTES = frozenset({"gpu_memory_bytes"})
TOKEN_FIELDS = frozenset({"seq", "new_tokens"})
"""Lengths, of which a k is 1,024."""
_COUNT = re.compile(
    r"([0-9][0-9_,]*\.?[0-9]*(?:e[+-]?[0-9]{1,2})?)\s*(k|m|bn|b|t|千|万|百万|亿|十亿|万亿)?",
    re.IGNORECASE,
)
_SCALE = {
    "": 1, "k": 10**3, "m": 10**6, "b": 10**9, "bn": 10**9, "t": 10**12,
    "千": 10**3, "万": 10**4, "百万": 10**6, "亿": 10**8, "十亿": 10**9, "万亿": 10**12,
}  # fmt: skip
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_EXAMPLES = {"params": "7B", "total_tokens": "1T", "seq": "8k", "new_tokens": "512"}


def _kinds(field: str) -> frozenset[Any]:
    annotation = Request.model_fields[field].annotation
    return frozenset({annotation, *get_args(annotation)})


NUMBERS = frozenset(
    field for field in Request.model_fields if _kinds(field) & {int, float} and field != "id"
)
"""The fields of a request that are numbers."""


def number(field: str, text: str) -> float | str:
    """Read a number field's text; give back what is no number.

    Raises InvalidRequest for memory in a unit that there is not.
    """
    if field in BYTES and not text.strip().isdigit():
        return parse_bytes(text)
    match = _COUNT.fullmatch(text.strip())
    if match is None:
        return text
    suffix = (match[2] or "").lower()
    scale = 1024 if suffix == "k" and field in TOKEN_FIELDS else _SCALE[suffix]
    value = Fraction(match[1].replace(",", "").replace("_", "").rstrip(".")) * scale
    return int(value) if value.denominator == 1 else float(value)


def example(field: str, text: str) -> str:
    """Return how ``text`` might have been meant: its number in the field's own form."""
    usual = _EXAMPLES.get(field, "")
    found = _NUMBER.search(text)
    return usual if found is None or not usual else found[0] + usual.lstrip("0123456789")
