"""Files that commands read: line files, standard input and JSON objects."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from bot.errors import BadInput


@contextmanager
def opened_lines(path: str) -> Iterator[Iterator[bytes]]:
    """Open a file of lines, or standard input for ``-``; an unreadable file is BadInput."""
    if path == "-":
        yield iter(sys.stdin.buffer)
        return
    try:
        file = open(path, "rb")  # noqa: SIM115 - closed below, errors differ
    except OSError as error:
        raise BadInput("file_unreadable", path=path) from error
    with file:
        yield iter(file)


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON object, such as a Hugging Face ``config.json``."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput("object_unreadable", path=str(path)) from error
    if not isinstance(found, dict):
        raise BadInput("object_unreadable", path=str(path))
    return found


def json_object(line: bytes) -> dict[str, Any] | None:
    """Return one line as a JSON object, or None when it is something else."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def print_lines(shown: Iterable[Mapping[str, Any]]) -> int:
    """Print objects as they come, one a line; return 2 where each of them is an ``error``.

    One bad line among good ones is said in its place and is no failure of the whole.
    """
    lines = failed = 0
    for one in shown:
        click.echo(json_line(one))
        sys.stdout.flush()
        lines += 1
        failed += "error" in one
    return 2 if failed and failed == lines else 0


def json_line(shown: Mapping[str, Any]) -> str:
    """Return one line of JSON; what UTF-8 cannot carry (lone surrogates) is escaped."""
    line = json.dumps(shown, ensure_ascii=False, default=str)
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(shown, default=str)
    return line
