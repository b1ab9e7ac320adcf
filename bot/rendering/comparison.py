"""Cards side by side: a table with a column for each, or a line for each figure where too wide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.messages import say
from bot.question import Language
from bot.rendering.columns import in_columns, width
from bot.rendering.sections_kinds import Lines, Table
from calculators.results import Calculation
from calculators.text import spaced
from calculators.units import format_number

MOST_CARDS = 4
WIDEST = 120
"""Columns of a terminal; a wider table would break its lines and say less than lines do."""


def compared_cards(calculation: Calculation, language: Language) -> Table | Lines | None:
    """Return the figures of the compared cards; None where nothing is compared."""
    compared: Sequence[Mapping[str, Any]] = calculation.details.get("comparison") or ()
    if not compared:
        return None
    title = say("comparison", language)
    cards = [str(card["name"]) for card in calculation.details["cards"]]
    rows = ((title, *cards, " "), *(_row(one, language) for one in compared))
    fits = max(map(width, in_columns(rows))) <= WIDEST
    if len(cards) <= MOST_CARDS and fits:
        return Table("comparison", rows)
    lines = tuple(str(one["line"][language]) for one in compared)
    return Lines("comparison", title, tuple(map(spaced, lines)) if language == "zh" else lines)


def _row(one: Mapping[str, Any], language: Language) -> tuple[str, ...]:
    name = str(one["name"][language])
    figures = [str(shown[language]) for shown in one["shown"]]
    ratio = one["ratio"]
    times = "" if ratio is None else format_number(ratio, 3)
    key = "comparison_times" if times not in ("", "1") else ""
    return (
        name[:1].upper() + name[1:] if language == "en" else name,
        *figures,
        say(key, language, times=times) if key else " ",
    )
