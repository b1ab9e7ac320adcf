"""One command-line option per field of a calculator's request, made from the request itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from bot.cli.files import read_object
from bot.errors import BadInput
from bot.messages import field_name
from bot.values import field_value
from calculators.requests import Lora, Request

F = TypeVar("F", bound=Callable[..., Any])
NOT_OPTIONS = {"calculator", "id", "config", "lora"}
WIDEST_CHOICES = 24
"""Longer lists of choices stand in an option's help, where they can be broken into lines."""
_GIVEN_AS = {
    "model": "llama-3.1-8b",
    "params": "7B",
    "weight_dtype": "int4-g128",
    "kv_dtype": "fp8",
    "seq": "8k",
    "total_tokens": "1T",
    "gpu": "a100-80g",
    "gpus": "a100-80g,h100",
    "network_bytes_per_s": "25e9",
    "gpu_memory_bytes": "24GB",
    "memory_share": "0.9",
    "from_unit": "GiB",
    "to_unit": "GB",
}


def field_options(function: F) -> F:
    """Add ``--model``, ``--seq`` … to a command; their texts are parsed by ``given_fields``."""
    options = [
        click.option(
            "--config",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="A model's config.json, in the place of --model.",
        ),
        click.option("--lora", metavar="TEXT", help="LoRA settings as JSON, or just the rank."),
    ]
    for name, field in Request.model_fields.items():
        if name in NOT_OPTIONS:
            continue
        flag = "--" + name.replace("_", "-")
        choices = _choices(field.annotation)
        words = _help(name, choices)
        if field.annotation is bool:
            options.append(click.option(flag, name, is_flag=True, default=None, help=words))
        else:
            metavar = _metavar(field.annotation, choices)
            options.append(click.option(flag, name, metavar=metavar, help=words))
    for option in reversed(options):
        function = option(function)
    return function


def _members(annotation: Any) -> list[Any]:
    return [argument for argument in get_args(annotation) if argument is not type(None)]


def _choices(annotation: Any) -> list[str]:
    """Return what a field may be where it is one of a few words."""
    members = _members(annotation)
    if members == [bool]:
        return ["true", "false"]
    return [value for member in members for value in get_args(member) if isinstance(value, str)]


def _metavar(annotation: Any, choices: list[str]) -> str:
    """Return the choices of a field where they are short, else a word for its type."""
    if choices:
        listed = "|".join(choices)
        return f"[{listed}]" if len(listed) <= WIDEST_CHOICES else "NAME"
    members = _members(annotation)
    return "NUMBER" if members and members[0] in (int, float) else "TEXT"


def _help(name: str, choices: list[str]) -> str:
    """Return an option's help: the words for its field, and choices too long for its name."""
    words = field_name(name, "en")
    words = words[:1].upper() + words[1:]
    if len("|".join(choices)) > WIDEST_CHOICES:
        return f"{words}: {', '.join(choices)}."
    return f"{words}, such as {_GIVEN_AS[name]}." if name in _GIVEN_AS else f"{words}."


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
