"""What was filled in, as fields of a request; each field is checked by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from bot.messages import say, worded
from bot.question import Language
from bot.recalculating import Numbers, calculated
from bot.slack.forms.fields import LORA_RANK, SUBJECT, choices_of, example_of
from bot.values import field_value
from calculators import CalculatorError, find_gpu, find_model, parse_request
from calculators.requests import Request
from calculators.spelled import number
from calculators.validation import check

_BLOCKS: Mapping[str, str] = {
    "model": SUBJECT,
    "params": SUBJECT,
    "config": SUBJECT,
    "lora": LORA_RANK,
    "lora.rank": LORA_RANK,
    "dp": "gpu_count",
}
_NUMBER = re.compile(r"\d[\d,.]*\s*[kmbt]?(?![a-z])", re.IGNORECASE)
ERROR_CHARACTERS = 600


class Unreadable(Exception):
    """A field holds something that cannot be used; the message says what can."""


@dataclass(frozen=True, slots=True)
class Filled:
    """``changes`` are the request's fields that differ from what was shown, None for emptied."""

    changes: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def read(
    given: Mapping[str, str],
    shown: Mapping[str, str],
    fields: Sequence[str],
    calculator: str,
    language: Language,
) -> Filled:
    """Return what was changed in a form that was ``shown``, and what is wrong by block."""
    filled = Filled()
    for name in fields:
        text = given.get(name, "")
        if text == shown.get(name, ""):
            continue
        try:
            changes = _read(name, text, language) if text else _emptied(name)
            _check(calculator, changes)
        except CalculatorError as error:
            filled.errors[name] = sentence(error, language)
        except Unreadable as error:
            filled.errors[name] = str(error)
        else:
            filled.changes.update(changes)
    return filled


def refusal(numbers: Numbers, fields: Sequence[str]) -> dict[str, str]:
    """Return what is wrong with all the numbers together, by block; empty if nothing is."""
    try:
        calculated(numbers)
    except CalculatorError as error:
        name = _BLOCKS.get(error.field or "", error.field or "")
        block = name if name in fields else fields[0]
        return {block: sentence(error, numbers.language)}
    return {}


def sentence(error: CalculatorError, language: Language) -> str:
    """Return what a calculator refused, in the words of the form."""
    return worded(error.text.in_(language), language)[:ERROR_CHARACTERS]


def _emptied(name: str) -> dict[str, Any]:
    if name == SUBJECT:
        return {"model": None, "params": None}
    return {"lora": None} if name == LORA_RANK else {name: None}


def _read(name: str, text: str, language: Language) -> dict[str, Any]:
    if name == SUBJECT:
        return _subject(text)
    if name == LORA_RANK:
        return {"lora": {"rank": _number("lora_rank", text, language, whole=True)}}
    if name == "gpu":
        return {"gpu": find_gpu(text).id}
    if name == "gpus":
        return {"gpus": tuple(find_gpu(one).id for one in field_value(name, text))}
    if name == "gpu_memory_bytes":
        return {name: field_value(name, f"{text} GB" if text.isdigit() else text)}
    kinds = get_args(Request.model_fields[name].annotation)
    if int in kinds or float in kinds:
        return {name: _number(name, text, language, whole=int in kinds)}
    if choices_of(name) and text not in choices_of(name):
        offered = ", ".join(choices_of(name))
        raise Unreadable(say("form_not_a_choice", language, text=text, choices=offered))
    return {name: text}


def _subject(text: str) -> dict[str, Any]:
    """Read a model or a size: a name of the registry, ``65B``, or how people write them."""
    size = number("params", text)
    if not isinstance(size, str):
        return {"params": size}
    try:
        return {"model": find_model(text).id}
    except CalculatorError:
        from bot.understanding import understand

        inputs = understand(text).inputs
        if inputs.get("model"):
            return {"model": inputs["model"]}
        if inputs.get("params"):
            return {"params": inputs["params"]}
        raise


def _number(name: str, text: str, language: Language, *, whole: bool) -> float:
    value = number(name, text)
    if isinstance(value, str) or (whole and not isinstance(value, int)):
        hit = _NUMBER.search(text)
        nearest = hit[0].strip() if hit else ""
        if nearest and whole and not isinstance(number(name, nearest), int):
            nearest = nearest.partition(".")[0]
        offered = nearest or example_of(name)
        key = "form_not_whole" if whole else "form_not_a_number"
        raise Unreadable(say(key, language, text=text, example=offered))
    return value


def _check(calculator: str, changes: Mapping[str, Any]) -> None:
    """Refuse a value that is out of range by itself; raises ``CalculatorError``."""
    given = {name: value for name, value in changes.items() if value is not None}
    check(parse_request({"calculator": calculator, **given}))
