"""Writes ``data/formulas.json``: ``python -m calculators.prepare``, and ``make docs`` too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from calculators.formula import formulas
from calculators.prepared import FILE
from calculators.trees import python_source, template

PATH = Path(__file__).parent / "data" / FILE


def prepared_text() -> str:
    """Return the file's text: every packaged formula as sympy has it now."""
    entries: dict[str, Any] = {}
    for _, formula in sorted(formulas().items()):
        tree = formula.expression, formula.sympy_symbols
        entries[formula.id] = {
            "written": formula.fingerprint,
            "python": python_source(*tree),
            "pieces": template(*tree).pieces,
        }
    return _lines(entries) + "\n"


def _lines(table: Mapping[str, Any]) -> str:
    """Return a JSON object with a line for each item."""
    return "{\n" + ",\n".join(f" {_json(k)}: {_json(v)}" for k, v in table.items()) + "\n}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    PATH.write_text(prepared_text(), encoding="utf-8")
