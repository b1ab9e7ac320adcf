"""The prepared formulas say what sympy says, and are left aside when they may be out of date."""

from __future__ import annotations

import subprocess
import sys

import pytest

from calculators.formula import Formula, ceil, formulas
from calculators.prepare import PATH, prepared_text
from calculators.prepared import fingerprint, prepared

OFFSET = 3


def unprepared(found: Formula) -> Formula:
    """The same declaration under an id that the file does not know."""
    return Formula(
        "under_test",
        title=found.title,
        result=found.result,
        symbols=found.symbols,
        expression=found._build,
        source=found.source,
    )


def test_the_file_is_what_sympy_gives_now() -> None:
    assert PATH.read_text(encoding="utf-8") == prepared_text(), "stale: run `make docs`"


def test_every_formula_is_prepared() -> None:
    assert [name for name, found in formulas().items() if found._prepared is None] == []


@pytest.mark.parametrize("name", sorted(formulas()))
def test_prepared_and_worked_out_agree_on_numbers_and_working(name: str) -> None:
    found = formulas()[name]
    anew = unprepared(found)
    values = {quantity.symbol: 3 + i for i, quantity in enumerate(found.symbols)}
    one, two = found.step(values), anew.step(values)
    assert (one.symbolic, one.substituted, one.result) == (
        two.symbolic,
        two.substituted,
        two.result,
    )
    assert found.evaluate(values) == anew.evaluate(values)


def test_what_is_written_otherwise_is_not_taken_from_the_file() -> None:
    fewest = formulas()["rule_fewest_cards"]
    assert prepared("rule_fewest_cards", fewest._build, ("M", "C")) is not None
    assert prepared("rule_fewest_cards", lambda m, c: ceil(c / m), ("M", "C")) is None
    assert prepared("rule_fewest_cards", fewest._build, ("C", "M")) is None
    assert prepared("no_such_formula", fewest._build, ("M", "C")) is None


def test_where_a_formula_stands_does_not_matter_but_every_line_of_it_does() -> None:
    one = fingerprint(lambda m, c: ceil(m / c), ("M", "C"))
    # fmt: off
    two = fingerprint(
        lambda m, c: ceil(m
                          / c), ("M", "C"))
    three = fingerprint(
        lambda m, c: ceil(m
                          * c), ("M", "C"))
    # fmt: on
    assert len({one, two, three, 0}) == 4


def test_a_formula_that_takes_values_from_outside_is_never_prepared() -> None:
    local = 2
    assert fingerprint(lambda m: m + OFFSET, ("M",)) == 0
    assert fingerprint(lambda m: m + local, ("M",)) == 0
    assert fingerprint(lambda m, c=3: m + c, ("M",)) == 0


def test_an_answer_with_its_working_needs_no_sympy() -> None:
    program = (
        "import sys; from calculators import calculate, parse_request;"
        "found = calculate(parse_request({'calculator': 'training', 'params': 7e9}));"
        "assert found.working; sys.exit('sympy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
