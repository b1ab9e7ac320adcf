"""The prepared formulas say what sympy says, and are left aside when they may be out of date."""

from __future__ import annotations

import subprocess
import sys

import pytest

from calculators import prepared as store
from calculators.formula import Formula, formulas
from calculators.prepare import PATH, prepared_text
from calculators.prepared import fingerprint, prepared

ID, MODULE = "rule_fewest_cards", "calculators.rules.cards"


@pytest.fixture
def other_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the modules had been edited since the file was written."""
    monkeypatch.setattr(store, "fingerprint", lambda module: 0)


def fresh(name: str) -> Formula:
    """The same declaration, with nothing remembered."""
    found = formulas()[name]
    return Formula(
        found.id,
        title=found.title,
        result=found.result,
        symbols=found.symbols,
        expression=found._build,
        source=found.source,
    )


def test_the_file_is_what_sympy_gives_now() -> None:
    assert PATH.read_text(encoding="utf-8") == prepared_text(), "stale: run `make docs`"


def test_every_formula_is_prepared() -> None:
    assert all(prepared(name, found.module) for name, found in formulas().items())


def test_prepared_and_fresh_agree_on_numbers_and_working(other_sources: None) -> None:
    for name, found in formulas().items():
        anew = fresh(name)
        values = {quantity.symbol: 3 + i for i, quantity in enumerate(found.symbols)}
        assert anew._prepared is None
        assert anew.step(values) == found.step(values)
        assert anew.evaluate(values) == found.evaluate(values)


def test_changed_sources_make_the_prepared_form_stale(other_sources: None) -> None:
    assert prepared(ID, MODULE) is None


def test_another_module_with_the_same_id_is_not_taken_for_the_packaged_one() -> None:
    assert prepared(ID, "somewhere.else") is None
    assert prepared("no_such_formula", MODULE) is None


def test_a_module_without_source_has_no_fingerprint() -> None:
    assert fingerprint("sys") is None
    assert fingerprint("no.such.module") is None


def test_an_answer_with_its_working_needs_no_sympy() -> None:
    program = (
        "import sys; from calculators import calculate, parse_request;"
        "found = calculate(parse_request({'calculator': 'training', 'params': 7e9}));"
        "assert found.working; sys.exit('sympy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
