"""Every command explains itself within 80 columns, and every option says what it is."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from bot.cli.main import cli


def commands() -> Iterator[tuple[str, click.Command]]:
    todo: list[tuple[str, click.Command]] = [("vrambot", cli)]
    while todo:
        path, command = todo.pop()
        yield path, command
        if isinstance(command, click.Group):
            context = click.Context(command, info_name=path)
            for name in command.list_commands(context):
                found = command.get_command(context, name)
                assert found is not None
                todo.append((f"{path} {name}", found))


COMMANDS = dict(commands())


@pytest.mark.parametrize("path", sorted(COMMANDS))
def test_help_fits_80_columns_and_cuts_nothing(path: str) -> None:
    context = click.Context(COMMANDS[path], info_name=path, terminal_width=80)
    _usage, *lines = COMMANDS[path].get_help(context).splitlines()
    assert not [line for line in lines if len(line) > 80]
    assert not [line for line in lines if line.endswith("...")]


@pytest.mark.parametrize("path", sorted(COMMANDS))
def test_every_option_says_what_it_is(path: str) -> None:
    options = [one for one in COMMANDS[path].params if isinstance(one, click.Option)]
    assert not [option.name for option in options if not option.help and not option.show_default]
