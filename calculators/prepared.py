"""What sympy makes of the packaged formulas, kept in a file so that answering needs no sympy.

sympy alone takes half a second to import, more than everything else of a command. Each formula's
Python source and printed pieces are therefore written to ``data/formulas.json`` by ``prepare``.
sympy stays the one truth: what the file says of a module counts only while that module and the
walker are byte for byte what they were, and otherwise the formula is worked out anew.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from zlib import crc32

from calculators.printing import Piece

FILE = "formulas.json"
_WALKER = "trees.py"


@dataclass(frozen=True)
class Prepared:
    """A formula's expression as a Python lambda, and as the pieces of its template."""

    python: str
    pieces: tuple[Piece, ...]


def prepared(formula_id: str, module: str) -> Prepared | None:
    """Return what was prepared of the formula that ``module`` declares; None when it is stale."""
    document = _document()
    found = document["formulas"].get(formula_id)
    if found is None or found["module"] != module:
        return None
    current = fingerprint(module)
    if current is None or document["modules"].get(module) != current:
        return None
    return Prepared(found["python"], tuple(found["pieces"]))


@cache
def fingerprint(module: str) -> int | None:
    """Return a checksum of the sources of a module and of the walker; None where there are none.

    It is of source bytes, so the same under every Python; it guards against age, not malice.
    """
    spec = getattr(sys.modules.get(module), "__spec__", None)
    if spec is None or spec.origin is None or not hasattr(spec.loader, "get_data"):
        return None
    try:
        walker = (files("calculators") / _WALKER).read_bytes()
        return crc32(spec.loader.get_data(spec.origin), crc32(walker))
    except OSError:
        return None


@cache
def _document() -> dict[str, Any]:
    try:
        text = (files("calculators") / "data" / FILE).read_text(encoding="utf-8")
        document: dict[str, Any] = json.loads(text)
    except (OSError, ValueError):  # only speed is lost
        return {"modules": {}, "formulas": {}}
    return document
