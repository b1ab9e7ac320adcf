"""What sympy makes of the packaged formulas, kept in a file so that answering needs no sympy.

sympy alone takes half a second to import, more than everything else of a command. Each formula's
Python source and printed pieces are therefore written to ``data/formulas.json`` by ``prepare``.
sympy stays the one truth: what the file says of a formula counts only while its expression and
the walker are written as they were, and otherwise the formula is worked out anew.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from zlib import crc32

from calculators.printing import Piece

FILE = "formulas.json"
_WALKER = "trees.py"
_FUNCTIONS = {"ceil", "floor", "minimum", "maximum"}


@dataclass(frozen=True)
class Prepared:
    """A formula's expression as a Python lambda, and as the pieces of its template."""

    python: str
    pieces: tuple[Piece, ...]


def prepared(
    formula_id: str, expression: Callable[..., Any], symbols: Sequence[str]
) -> Prepared | None:
    """Return what was prepared of a formula; None when it is not as it was then."""
    found, written = _document().get(formula_id), fingerprint(expression, symbols)
    if found is None or not written or found["written"] != written:
        return None
    return Prepared(found["python"], tuple(found["pieces"]))


def fingerprint(expression: Callable[..., Any], symbols: Sequence[str]) -> int:
    """Return a checksum of how an expression, its symbols and the walker are written.

    It is of source lines, so the same under every Python, and guards against age, not malice.
    What cannot be told from the lines (other names than the four functions of ``formula``, values
    from outside, no source) gives 0, which nothing is prepared under.
    """
    code = expression.__code__
    outside = code.co_freevars or expression.__defaults__ or set(code.co_names) - _FUNCTIONS
    lines = () if outside else _source_lines(expression.__module__)
    last = max((line for _, _, line in code.co_lines() if line is not None), default=0)
    written = lines[code.co_firstlineno - 1 : last]
    if not written:
        return 0
    text = b"\n".join([*(symbol.encode() for symbol in symbols), *map(bytes.strip, written)])
    return crc32(text, _walker())


@cache
def _source_lines(module: str) -> tuple[bytes, ...]:
    spec = getattr(sys.modules.get(module), "__spec__", None)
    if spec is None or spec.origin is None or not hasattr(spec.loader, "get_data"):
        return ()
    try:
        return tuple(spec.loader.get_data(spec.origin).splitlines())
    except OSError:
        return ()


@cache
def _walker() -> int:
    return crc32(b"\n".join((files("calculators") / _WALKER).read_bytes().splitlines()))


@cache
def _document() -> dict[str, Any]:
    try:
        text = (files("calculators") / "data" / FILE).read_text(encoding="utf-8")
        document: dict[str, Any] = json.loads(text)
    except (OSError, ValueError):  # only speed is lost
        return {}
    return document
