"""Finishing an answer about memory: decimal GB with exact bytes, the rule beside the estimate."""

from __future__ import annotations

from typing import Any

from calculators.case import Case
from calculators.planning.verdict import verdict_of
from calculators.results import Calculation, Component, Convention, RuleOfThumb, Verdict
from calculators.text import Deferred, Text
from calculators.units import format_bytes
from calculators.wording import card_words


def in_units(count: float) -> tuple[float, str]:
    """Return bytes as a value and its unit: GB from a gigabyte on, MB below."""
    return (count / 1e9, "GB") if count >= 1e9 else (count / 1e6, "MB")


def rule_of_thumb(case: Case, count: int, text: Text) -> RuleOfThumb:
    """Return the FAQ's figure with the working noted on the case's rule."""
    value, unit = in_units(count)
    return RuleOfThumb(value, unit, case.rule.steps, text)


def in_bytes(en: str, zh: str, count: int) -> Convention:
    """Return so many bytes under another convention, which ``en`` and ``zh`` name."""
    value, unit = in_units(count)

    def write() -> Text:
        shown = format_bytes(count)
        return Text(f"{en}: {shown}", f"{zh}：{shown}")

    return Convention(Deferred(write), value, unit)


def finish_memory(
    case: Case,
    value_bytes: int,
    *,
    headline: Text,
    rule: RuleOfThumb | None = None,
    leads: bool = False,
    estimate_bytes: int | None = None,
    rule_parts: tuple[Component, ...] = (),
    **fields: Any,
) -> Calculation:
    """Return the calculation of an amount of memory.

    ``leads`` says that the value is the rule's, made of ``rule_parts``; then the estimate,
    where there is one, stands beside it (``estimate_bytes``, its parts in ``details``).
    """
    value, unit = in_units(value_bytes)
    conventions = tuple(fields.pop("conventions", ()))
    details = dict(fields.pop("details", {}))
    if leads and estimate_bytes is not None:
        beside = in_bytes(
            "Estimate, every term counted on a typical shape",
            "精确估算（按典型结构逐项计算）",
            estimate_bytes,
        )
        conventions = (beside, *conventions)
        details["estimate_bytes"] = estimate_bytes
        if rule_parts:
            parts = fields.get("breakdown", ())
            details["estimate_breakdown"] = {part.id: part.bytes for part in parts}
            fields["breakdown"] = rule_parts
    return case.finish(
        value=value,
        unit=unit,
        value_bytes=value_bytes,
        headline=headline,
        lead="rule" if leads else "estimate",
        rule=rule,
        conventions=conventions,
        details=details,
        **fields,
    )


FITS: dict[Verdict, Text] = {
    "yes": Text("fits on", "放得下"),
    "tight": Text("a tight fit on", "勉强放得下"),
    "no": Text("does not fit on", "放不下"),
}


def with_verdict(case: Case, headline: Text, per_card_bytes: int | None) -> Text:
    """Return the headline with whether it fits at its end, where a card was named."""
    capacity = case.capacity_bytes
    if capacity is None or per_card_bytes is None:
        return headline
    words, where = FITS[verdict_of(per_card_bytes, capacity)], card_words(case, case.cards)
    return Text(f"{headline.en}; {words.en} {where.en}", f"{headline.zh}；{where.zh} {words.zh}")


def judged(case: Case, per_card_bytes: int) -> dict[str, Any]:
    """Return ``verdict`` and ``capacity_bytes`` when the case names a card, else nothing."""
    capacity = case.capacity_bytes
    if capacity is None:
        return {}
    return {"verdict": verdict_of(per_card_bytes, capacity), "capacity_bytes": capacity}
