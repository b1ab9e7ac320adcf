"""What the commands on a team's entries share: the workspace, the store, who acts."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.home import database_path, terminal_language
from bot.messages import say
from bot.question import TERMINAL

if TYPE_CHECKING:
    from knowledge.check import Problem
    from knowledge.store import SqliteStore

NONE_FOUND = 10
Command = TypeVar("Command", bound=Callable[..., Any])


def workspace_option(command: Command) -> Command:
    """Add ``--workspace``: whose entries; the terminal's own unless another is named."""
    option = click.option(
        "--workspace",
        envvar="VRAMBOT_WORKSPACE",
        default=TERMINAL.workspace,
        show_default=True,
        show_envvar=True,
        help="Whose entries: a Slack workspace's id (T…), or the terminal's own.",
    )
    return option(command)


@contextmanager
def opened_store(*, to_read: bool = False) -> Iterator[SqliteStore]:
    """Open the store; one that does not exist yet is made, empty."""
    from knowledge.store import open_store

    path = database_path()
    store = open_store(path, read_only=to_read and path.exists())
    try:
        yield store
    finally:
        store.close()


def terminal_author() -> str:
    """Return who acts from this terminal, as versions name them."""
    try:
        return f"terminal:{getpass.getuser()}"
    except (KeyError, OSError):
        return "terminal"


def calculator_names() -> Collection[str]:
    """Return the names of all calculators, which entries may lead to."""
    from typing import get_args

    from calculators.requests import CalculatorName

    names: tuple[str, ...] = get_args(CalculatorName)
    return names


def complain(key: str, **values: Any) -> None:
    """Print one sentence on standard error."""
    click.echo(f"vrambot: {say(key, terminal_language(), **values)}", err=True)


def print_problems(problems: Collection[Problem]) -> None:
    """Print each fault on a line of its own, indented."""
    for problem in problems:
        click.echo(f"  - {problem.message.in_(terminal_language())}")
