"""One command-line option per field of a calculator's request, made from the request itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from bot.cli.files import read_object
from bot.errors import BadInput
from bot.values import field_value
from calculators.requests import Lora, Request

F = TypeVar("F", bound=Callable[..., Any])
NOT_OPTIONS = {"calculator", "id", "config", "lora"}


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
