"""Formulas explained in words, in both languages."""

from __future__ import annotations

import pytest

from calculators import describe, formulas
from calculators.catalogue import formula_pages
from calculators.errors import UnknownName


def test_a_formula_is_explained_with_symbols_units_and_source() -> None:
    text = describe("rule_training")
    assert "M = n × (b_w + b_g + b_o)" in text
    assert "- `n`: parameters" in text
    assert "arXiv 1910.02054" in text


def test_in_chinese_too() -> None:
    text = describe("kv_cache", "zh")
    assert "KV 缓存" in text
    assert "来源" in text


def test_an_unknown_formula_offers_the_nearest() -> None:
    with pytest.raises(UnknownName) as caught:
        describe("rule_trainig")
    assert "rule_training" in caught.value.nearest


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pages_hold_every_formula(language: str) -> None:
    pages = formula_pages(language)  # type: ignore[arg-type]
    for name, formula in formulas().items():
        assert f"### {name}\n" in pages
        assert formula.symbolic in pages
