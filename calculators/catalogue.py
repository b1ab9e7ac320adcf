"""Explains a formula in words: what it says, its symbols and units, where it comes from."""

from __future__ import annotations

from calculators.errors import UnknownName
from calculators.formula import Formula, formulas
from calculators.serialise import source_text
from calculators.text import Language, Text
from calculators.validation import nearest_names

_UNITS: dict[str, Text] = {
    "bytes": Text("bytes", "字节"),
    "params": Text("parameters", "个参数"),
    "bytes/param": Text("bytes each", "字节/个"),
    "bits": Text("bits", "位"),
    "count": Text("count", "个"),
    "tokens": Text("tokens", "token"),
    "s": Text("seconds", "秒"),
    "hours": Text("hours", "小时"),
    "%": Text("per cent", "百分比"),
}


_FORMS: dict[Language, tuple[str, str, str]] = {
    "en": ("where:", "Source: ", "- `{symbol}`: {name} ({unit})"),
    "zh": ("其中：", "来源：", "- `{symbol}`：{name}（{unit}）"),
}


def find_formula(formula_id: str) -> Formula:
    """Return the formula of that id; raise UnknownName with the nearest ids."""
    known = formulas()
    if formula_id in known:
        return known[formula_id]
    nearest = nearest_names(formula_id, tuple(known))
    offer = ", ".join(nearest)
    shown = formula_id[:40]
    hint_en = f" Nearest: {offer}." if nearest else " `vrambot explain` lists them all."
    hint_zh = f"相近的有：{offer}。" if nearest else "`vrambot explain` 列出全部公式。"
    raise UnknownName(
        Text(f"No formula '{shown}'.{hint_en}", f"没有公式“{shown}”。{hint_zh}"),
        field="formula",
        nearest=nearest,
    )


def describe(formula_id: str, language: Language = "en") -> str:
    """Return a formula's description as Markdown: title, expression, symbols, source."""
    formula = find_formula(formula_id)
    where, source, unit_form = _FORMS[language]
    lines = [
        f"### {formula.id}",
        "",
        formula.title.in_(language),
        "",
        f"    {formula.symbolic}",
        "",
        where,
        "",
    ]
    for quantity in (formula.result, *formula.symbols):
        unit = _UNITS.get(quantity.unit, Text(quantity.unit, quantity.unit)).in_(language)
        name = quantity.name.in_(language)
        lines.append(unit_form.format(symbol=quantity.symbol, name=name, unit=unit))
    lines += ["", f"{source}{source_text(formula.source)}"]
    return "\n".join(lines)


def formula_pages(language: Language = "en") -> str:
    """Return the descriptions of all formulas, one after the other, for the documentation."""
    return "\n\n".join(describe(formula_id, language) for formula_id in formulas())
