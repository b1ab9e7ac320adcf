"""The fields of a form: which a calculator has, what can be chosen, and how a value is shown."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, get_args

from calculators.requests import Request

SUBJECT = "subject"
LORA_RANK = "lora_rank"
FORMATS = frozenset({"weight_dtype", "kv_dtype"})
_COUNTED = frozenset({"params", "total_tokens"})


@cache
def tables() -> dict[str, Any]:
    """Return the tables of ``fields.toml``."""
    text = files("bot.slack.forms").joinpath("fields.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def calculators_offered() -> tuple[str, ...]:
    """Return the calculators that a form can be asked for, the most used first."""
    return tuple(tables()["calculators"])


def fields_of(calculator: str, mode: str | None = None, method: str | None = None) -> list[str]:
    """Return the fields of a calculator; those of another ``mode`` are left out.

    Where the base weights are quantised (``qlora``), their format is asked and not the precision.
    """
    fields: list[str] = list(tables()["calculators"].get(calculator, ()))
    other = {"train": "infer", "infer": "train"}.get(str(mode))
    if other is not None:
        fields = [one for one in fields if one not in tables()["modes"][other]]
    if method == "qlora":
        fields = ["weight_dtype" if one == "precision" else one for one in fields]
    return fields


def choices_of(field: str) -> tuple[str, ...]:
    """Return the values that a field can be given, empty where anything may be typed."""
    if field in FORMATS:
        return tuple(tables()["formats"][field])
    found = Request.model_fields.get(field)
    members = get_args(found.annotation) if found is not None else ()
    return tuple(
        value for member in members for value in get_args(member) if isinstance(value, str)
    )


def example_of(field: str) -> str:
    """Return an example of what can be typed."""
    return str(tables()["examples"].get(field, ""))


def name_of(value: str) -> str:
    """Return the name of a choice that is the same in every language."""
    return str(tables()["names"].get(value, value))


def shown_values(request: Mapping[str, Any], fields: Sequence[str]) -> dict[str, str]:
    """Return what stands in each field of a form that is filled in with a request."""
    shown = {field: _shown(field, request) for field in fields}
    return {field: text for field, text in shown.items() if text}


def _shown(field: str, request: Mapping[str, Any]) -> str:
    if field == SUBJECT:
        return _subject(request)
    if field == LORA_RANK:
        return str((request.get("lora") or {}).get("rank") or "")
    value = request.get(field)
    if value is None or value == ():
        return ""
    if field == "gpu":
        return _card(str(value))
    if field == "gpus":
        return ", ".join(_card(name) for name in value)
    if field == "gpu_memory_bytes":
        return f"{value / 1e9:.12g} GB"
    if field in _COUNTED:
        return count_text(value)
    if isinstance(value, float):
        return f"{value:.12g}"
    return str(value)


def _subject(request: Mapping[str, Any]) -> str:
    if request.get("model"):
        return _title(str(request["model"]))
    if request.get("params"):
        return count_text(request["params"])
    return "config.json" if request.get("config") else ""


def _title(model: str) -> str:
    from calculators import CalculatorError, find_model

    try:
        return find_model(model).title
    except CalculatorError:
        return model


def _card(name: str) -> str:
    from calculators import CalculatorError, find_gpu

    try:
        return find_gpu(name).title
    except CalculatorError:
        return name


def count_text(value: float) -> str:
    """Return a count as people write it: ``7B`` where that is exact, else all its digits."""
    for factor, unit in ((1e12, "T"), (1e9, "B"), (1e6, "M")):
        if value >= factor and float(f"{value / factor:.6g}") * factor == value:
            return f"{value / factor:.6g}{unit}"
    return f"{value:.15g}"
