"""Cards in words, wherever an answer names them."""

from __future__ import annotations

from calculators.case import Case
from calculators.text import Text
from calculators.units import decimal_bytes


def machine_words(case: Case, count: int) -> Text:
    """Return the cards as whole machines where these are counted: ``2 machines of 8 × H200``."""
    each = case.get("node_gpus") or 0
    if not each or count % each:
        return card_words(case, count)
    machines, cards = count // each, card_words(case, each)
    return Text(
        f"{machines} machine{'s' * (machines != 1)} of {cards.en} ({count} cards)",
        f"{machines} 台 {cards.zh} 的机器（共 {count} 张卡）",
    )


def card_words(case: Case, count: int) -> Text:
    """Return the cards in words: ``4 × V100 32GB SXM2``."""
    if case.gpu is not None:
        name = case.gpu.name
        return Text(f"{count} × {name}", f"{count} × {name}")
    size = decimal_bytes(case.capacity_bytes or 0)
    return Text(f"{count} card{'s' if count > 1 else ''} of {size}", f"{count} 张 {size} 显卡")
