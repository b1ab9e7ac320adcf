"""The command group and the one place where an error becomes a line and an exit code.

Exit codes: 0 answered; 2 bad usage or input; 3 a setting is missing or wrong; 4 the store
cannot be used; 10 "I don't know"; 11 a question back; 70 a fault of vrambot's own.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from bot.errors import BotError
from bot.garbage import collect_rarely
from bot.home import terminal_language
from bot.messages import say

COMMANDS = {
    "ask": "bot.cli.ask",
    "calc": "bot.cli.calc",
    "chat": "bot.cli.chat",
    "explain": "bot.cli.explain",
    "fake-slack": "bot.cli.fake_slack",
    "health": "bot.cli.health",
    "history": "bot.cli.history",
    "kb": "bot.cli.kb",
    "privacy": "bot.cli.privacy",
    "run": "bot.cli.run",
    "serve": "bot.cli.serve",
}
FAULT = 70


class LazyGroup(click.Group):
    """A group whose commands are imported on use, so that ``ask`` does not load Slack."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the command names, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = importlib.import_module(module).command
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vrambot")
def cli() -> None:
    """Answers about LLM GPU memory, speed and utilisation, with the working shown.

    \b
    vrambot ask "can 4×V100 train 65B?"
    vrambot ask 7b fp16 adamw
    vrambot chat
    vrambot calc training --model llama-2-7b --json
    vrambot serve            (needs Slack tokens in the environment)
    """  # noqa: D301 - click reads the \b


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every error ends as one line on standard error."""
    collect_rarely()
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    # pydantic would read the metadata of every installed package to look for plugins of its own.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        result = cli.main(args=arguments, standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except BotError as error:
        return _complain(say(error.key, terminal_language(), **error.values), error.exit_code)
    except Exception as error:  # the boundary: nothing raw reaches a user
        return _complain(*_known(error))


def _known(error: Exception) -> tuple[str, int]:
    """Return the sentence and exit code of an error from any of the three trees."""
    from calculators.errors import CalculatorError
    from knowledge.errors import KnowledgeError

    language = terminal_language()
    if isinstance(error, CalculatorError):
        return error.text.in_(language), 2
    if isinstance(error, KnowledgeError):
        return error.in_(language), 4
    from bot.cli.faults import keep_fault

    return say("fault", language, path=keep_fault(error)), FAULT


def _complain(sentence: str, code: int) -> int:
    click.echo(f"vrambot: {sentence}", err=True)
    return code
