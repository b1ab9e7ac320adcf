"""Writes what is made from the code: the parts of docs/, and the prepared formulas.

``--check`` fails when a file is stale.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

DOCS = Path(__file__).parent
README = DOCS.parent / "README.md"
NOTE = "<!-- Made from the code by `make docs`; edit the code instead. -->\n\n"


def formulas() -> str:
    """Return every formula in both languages, with symbols, units and source."""
    from calculators import describe
    from calculators import formulas as known

    parts = ["# Formulas\n"]
    for name in known():
        parts += [describe(name, "en"), "", describe(name, "zh").partition("\n\n")[2], ""]
    return "\n".join(parts)


def registry() -> str:
    """Return every model, card and format that vrambot knows, with its aliases."""
    from bot.cli.listing import Kind, listing

    kinds: tuple[Kind, ...] = ("models", "gpus", "formats")
    parts = ["# Models, cards and formats\n"]
    for kind in kinds:
        rows = list(listing(kind))
        parts.append(f"## {kind} ({len(rows)})\n\n| name | also known as |\n| --- | --- |")
        parts += [f"| {name} | {', '.join(aliases)} |" for name, aliases in rows]
        parts.append("")
    return "\n".join(parts)


def entries() -> str:
    """Return the knowledge base's entries with their titles in both languages."""
    from knowledge.loader import load_entries

    parts = ["# Entries of the knowledge base\n", "| id | English | 中文 | reviewed |"]
    parts.append("| --- | --- | --- | --- |")
    for entry in load_entries():
        parts.append(f"| {entry.id} | {entry.title.en} | {entry.title.zh} | {entry.reviewed} |")
    return "\n".join(parts) + "\n"


def commands() -> str:
    """Return the help of every command."""
    from bot.cli.main import cli

    parts = ["# Commands\n"]
    for path, command, context in _walk(cli, click.Context(cli, info_name="vrambot")):
        parts.append(f"## {path}\n\n```text\n{command.get_help(context).rstrip()}\n```\n")
    return "\n".join(parts)


def _walk(
    command: click.Command, context: click.Context
) -> Iterator[tuple[str, click.Command, click.Context]]:
    context.terminal_width = context.max_content_width = 96
    yield context.command_path, command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from _walk(found, click.Context(found, info_name=name, parent=context))


def settings() -> str:
    """Return every setting of the service: name, default and help."""
    from bot.settings import settings_table

    parts = ["# Settings\n", "| environment variable | default | what it does |"]
    parts.append("| --- | --- | --- |")
    parts += [f"| `{name}` | {default} | {text} |" for name, default, text in settings_table()]
    return "\n".join(parts) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "formulas.md": formulas,
    "registry.md": registry,
    "entries.md": entries,
    "commands.md": commands,
    "settings.md": settings,
}


EXAMPLE = re.compile(r"<!-- example: (?P<question>.+?) -->\n.*?<!-- end -->", re.DOTALL)


def readme() -> str:
    """Return the README with its examples answered by the code as it is."""
    from bot.answering import Answerer
    from bot.question import Question
    from bot.rendering import plain_text

    answerer = Answerer()

    def answered(match: re.Match[str]) -> str:
        question = match["question"]
        text = plain_text(answerer.answer(Question(question)))
        return f"<!-- example: {question} -->\n```text\n> {question}\n\n{text}\n```\n<!-- end -->"

    return EXAMPLE.sub(answered, README.read_text(encoding="utf-8"))


def prepared_formulas() -> tuple[Path, str]:
    """Return the data file of the formulas' printed and compiled forms, and its text."""
    from calculators.prepare import PATH, prepared_text

    return PATH, prepared_text()


def main() -> int:
    """Write the pages and the prepared formulas, or compare them with what is there."""
    check = "--check" in sys.argv[1:]
    stale = []
    pages = {DOCS / name: NOTE + page() for name, page in PAGES.items()}
    for path, text in [*pages.items(), (README, readme()), prepared_formulas()]:
        name = path.name
        if check:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"stale: {', '.join(stale)}; run `make docs`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
