"""One command-line option per field of a calculator's request, made from the request itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from bot.cli.files import read_object
from bot.errors import BadInput
from calculators.requests import Lora, Request

F = TypeVar("F", bound=Callable[..., Any])
NOT_OPTIONS = {"calculator", "id", "config", "lora"}
BYTES = {"gpu_memory_bytes"}
_COUNT = re.compile(r"([0-9][0-9_,]*\.?[0-9]*(?:e[+-]?[0-9]+)?)\s*([kmbt]?)", re.IGNORECASE)
_SCALE = {"": 1, "k": 10**3, "m": 10**6, "b": 10**9, "t": 10**12}
_TOKENS = {"k": 1024}
TOKEN_FIELDS = {"seq", "new_tokens"}


def field_options(function: F) -> F:
    """Add ``--model``, ``--seq`` … to a command; their texts are parsed by ``given_fields``."""
    options = [
        click.option("--config", type=click.Path(path_type=Path), help="A config.json."),
        click.option("--lora", help="LoRA settings as JSON, or just the rank."),
    ]
    for name, field in Request.model_fields.items():
        if name in NOT_OPTIONS:
            continue
        flag = "--" + name.replace("_", "-")
        if field.annotation is bool:
            options.append(click.option(flag, name, is_flag=True, default=None))
        else:
            options.append(click.option(flag, name, metavar=_metavar(field.annotation)))
    for option in reversed(options):
        function = option(function)
    return function


def _metavar(annotation: Any) -> str:
    """Return the choices of a literal field, else a word for its type."""
    members = [argument for argument in get_args(annotation) if argument is not type(None)]
    choices = [str(value) for member in members for value in get_args(member)]
    if choices and all(isinstance(value, str) for value in choices):
        return "[" + "|".join(choices) + "]"
    return "NUMBER" if members and members[0] in (int, float) else "TEXT"


def given_fields(options: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the given options into request fields; what was not given is left out."""
    fields: dict[str, Any] = {}
    for name, value in options.items():
        if value is None:
            continue
        if name == "config":
            fields[name] = read_object(value)
        elif name == "lora":
            fields[name] = _lora(value)
        elif isinstance(value, bool):
            fields[name] = value
        else:
            fields[name] = field_value(name, str(value))
    return fields


def field_value(name: str, text: str) -> Any:
    """Read the text of one field: a count (``7b``, ``8k``), bytes (``80GB``), a list or a word."""
    if name in BYTES:
        from calculators.units import parse_bytes

        return parse_bytes(text)
    if name == "gpus":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    annotation = Request.model_fields[name].annotation
    kinds = {annotation, *get_args(annotation)}
    if bool in kinds:
        return text.lower() in ("1", "true", "yes", "on")
    if int in kinds or float in kinds:
        return _count(name, text)
    return text


def _count(name: str, text: str) -> float | str:
    match = _COUNT.fullmatch(text.strip())
    if match is None:
        return text
    number, suffix = match[1].replace(",", "").replace("_", ""), match[2].lower()
    scale = (_TOKENS if name in TOKEN_FIELDS else {}).get(suffix, _SCALE[suffix])
    value = float(number) * scale
    return int(value) if value.is_integer() else value


def _lora(text: str) -> dict[str, Any]:
    if text.strip().isdigit():
        return {"rank": int(text)}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadInput("lora_unreadable", names=", ".join(Lora.model_fields))
    return found
