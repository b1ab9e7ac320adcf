"""One expression gives the number, the working and the inverse."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calculators.errors import UnknownName, Unsolvable
from calculators.formula import Formula, Quantity, ceil, floor, formulas, maximum
from calculators.results import Source
from calculators.rules.cards import FEWEST
from calculators.rules.training import INSTANCE, LARGEST_BATCH, TRAINING
from calculators.text import Text


def quantity(symbol: str, unit: str = "count") -> Quantity:
    return Quantity(symbol, Text(symbol, symbol), unit)


def formula(result: Quantity, symbols: str, expression: object) -> Formula:
    return Formula(
        "under_test",
        title=Text("t", "t"),
        result=result,
        symbols=tuple(quantity(s) for s in symbols.split()),
        expression=expression,  # type: ignore[arg-type]
        source=Source("test"),
    )


def test_working_shows_symbols_numbers_and_result() -> None:
    step = TRAINING.step({"n": 7e9, "b_w": 2, "b_g": 2, "b_o": 12})
    assert step.symbolic == "M = n × (b_w + b_g + b_o)"
    assert step.substituted == "7 B × (2 bytes + 2 bytes + 12 bytes)"
    assert step.result == "112 GB (104.3 GiB)"  # 7e9 × 16


def test_a_rounded_quotient_keeps_its_shape_and_stays_whole() -> None:
    step = FEWEST.step({"M": 130_000_000_000, "C": 32_000_000_000})
    assert step.symbolic == "k = ceil(M / C)"
    assert step.substituted == "ceil(130 GB / 32 GB)"
    assert step.result == "5"
    assert isinstance(FEWEST(130_000_000_000, 32_000_000_000), int)


def test_whole_numbers_beyond_float_precision_are_exact() -> None:
    # 2^60 + 1 over 2^60 is a hair above 1; floats would say exactly 1.
    assert FEWEST(2**60 + 1, 2**60) == 2
    assert LARGEST_BATCH(3 * 2**60 - 1, 0, 2**60) == 2


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        (lambda z, a: z / a, "z / a"),
        (lambda z, a: a * z, "a × z"),
        (lambda z, a: z / (a * 8), "z / (a × 8)"),
        (lambda z, a: (z + a) * a, "(z + a) × a"),
        (lambda z, a: a - z, "a - z"),
        (lambda z, a: z - a - 1, "z - a - 1"),
        (lambda z, a: z**2 / a, "z^2 / a"),
        (lambda z, a: z + 1 / a, "z + 1 / a"),
        (lambda z, a: maximum(z, a), "max(z, a)"),
        (lambda z, a: floor((z - a) / a), "floor((z - a) / a)"),
        (lambda z, a: ceil(z / (a + 1)), "ceil(z / (a + 1))"),
    ],
)
def test_factors_keep_the_written_order_and_quotients_their_bar(
    expression: object, shown: str
) -> None:
    assert formula(quantity("r"), "z a", expression).symbolic == f"r = {shown}"


@settings(deadline=None)
@given(n=st.integers(1, 10**13), b=st.sampled_from([0.5, 1, 2, 4]), o=st.integers(0, 12))
def test_solving_undoes_the_forward_calculation(n: int, b: float, o: int) -> None:
    values = {"n": n, "b_w": b, "b_g": b, "b_o": o}
    memory = TRAINING.evaluate(values)
    known = {**values, "M": memory}
    del known["n"]
    assert TRAINING.solve("n", known) == pytest.approx(n, rel=1e-12)


@pytest.mark.parametrize("unknown", ["h", "i", "s", "L", "b_a"])
def test_any_one_unknown_can_be_solved_for(unknown: str) -> None:
    # LLaMA-6B of the FAQ: (4096 + 11008) × 2048 × 32 × 1 byte = 989,855,744 bytes
    values = {"h": 4096, "i": 11008, "s": 2048, "L": 32, "b_a": 1, "A": 989_855_744}
    wanted = values.pop(unknown)
    assert INSTANCE.solve(unknown, values) == wanted


def test_every_formula_can_be_solved_for_its_first_and_last_symbol() -> None:
    for name, entry in formulas().items():
        values = {q.symbol: 3 + 2 * i for i, q in enumerate(entry.symbols)}
        values[entry.result.symbol] = entry.evaluate(values)
        for q in {entry.symbols[0], entry.symbols[-1]}:
            known = {s: v for s, v in values.items() if s != q.symbol}
            try:
                solved = entry.solve(q.symbol, known)
            except Unsolvable:
                continue  # a min or max does not depend on its larger or smaller side
            back = entry.evaluate(
                {s: v for s, v in {**known, q.symbol: solved}.items() if s != entry.result.symbol}
            )
            assert back == pytest.approx(values[entry.result.symbol], rel=1e-6), (name, q.symbol)


def test_the_smallest_card_for_a_count_is_at_the_edge_of_the_step() -> None:
    assert FEWEST.solve("C", {"M": 130e9, "k": 5}) == 26e9  # 130 GB on 5 cards


def test_no_solution_in_the_domain_is_said() -> None:
    with pytest.raises(Unsolvable):
        LARGEST_BATCH.solve("C", {"M": 10, "A": -5, "B": 3})
    with pytest.raises(UnknownName):
        FEWEST.solve("x", {"M": 1, "C": 1})


def test_counts_can_be_rounded_to_whole_ones() -> None:
    # 80 GB / 16 bytes = 5e9 parameters; 100 bytes over 3 each way
    assert TRAINING.solve("n", {"M": 80e9, "b_w": 2, "b_g": 2, "b_o": 12}) == 5e9
    assert TRAINING.solve("n", {"M": 100, "b_w": 3, "b_g": 0, "b_o": 0}, rounding="down") == 33
    assert TRAINING.solve("n", {"M": 100, "b_w": 3, "b_g": 0, "b_o": 0}, rounding="up") == 34


def test_every_formula_is_named_in_both_languages_and_has_a_source() -> None:
    for entry in formulas().values():
        assert entry.title.en
        assert entry.title.zh
        assert entry.source.title
        for q in (entry.result, *entry.symbols):
            assert q.name.en
            assert q.name.zh
