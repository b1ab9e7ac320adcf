"""Names that people read where the registry has ids: ``A100 80GB SXM4``, not ``a100-80gb-sxm``."""

from __future__ import annotations

import re

from bot.answer import Choice
from calculators import CalculatorError, find_gpu, find_model

_ID = re.compile(r"[a-z0-9.]+(?:-[a-z0-9.]+)+")


def choice_of(text: str) -> Choice:
    """Return a choice that asks ``text``, under the name of the card or model whose id it is."""
    return Choice(_title(text) if _ID.fullmatch(text) else text, text)


def card_name(card: str) -> str:
    """Return a card as people name it, whatever the parser calls it."""
    try:
        return find_gpu(card).name
    except CalculatorError:
        return card


def _title(text: str) -> str:
    try:
        if (gpu := find_gpu(text)).id == text:
            return gpu.name
    except CalculatorError:
        pass
    try:
        return model.title if (model := find_model(text)).id == text else text
    except CalculatorError:
        return text
