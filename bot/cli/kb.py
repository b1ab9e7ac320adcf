"""``vrambot kb``: the knowledge base, listed, shown and checked; a team's own entries."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli import kb_files, kb_versions
from bot.cli.printing import bold
from bot.cli.team import NONE_FOUND, complain, opened_store, workspace_option
from bot.home import database_path, terminal_language
from bot.messages import say
from bot.question import Language
from bot.rendering.citations import cited
from bot.rendering.prose import plain_prose
from knowledge.curation import workspace_entries
from knowledge.entries import Entry
from knowledge.loader import load_entries

LEAST_LIKENESS = 70
"""From this score of spelling on, of 100, an id is offered as one that was perhaps meant."""


@click.group("kb", short_help="Read, check and write the knowledge base's entries.")
def command() -> None:
    """List, show and check the knowledge base; write a team's own entries."""


for _own in (
    kb_files.export,
    kb_files.import_,
    kb_versions.drafts,
    kb_versions.history,
    kb_versions.publish,
    kb_versions.unanswered,
    kb_versions.undo,
    kb_versions.withdraw,
):
    command.add_command(_own)


@command.command("check")
@click.argument(
    "directory", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
def check(directory: Path | None) -> int:
    """Validate all entries (or those in DIRECTORY). Exit code 2: something is wrong."""
    from typing import get_args

    from calculators.requests import CalculatorName
    from knowledge.check import check_entries

    language = terminal_language()
    problems = check_entries(directory, get_args(CalculatorName))
    for problem in problems:
        click.echo(f"{problem.file}: {problem.message.in_(language)}")
    if problems:
        return 2
    click.echo(say("kb_ok", language, count=len(load_entries(directory))))
    return 0


@command.command("list")
@click.option("--language", type=click.Choice(["en", "zh"]), help="Titles in this language.")
@workspace_option
def list_entries(language: Language | None, workspace: str) -> int:
    """List the entries, the team's own among them: id and title."""
    chosen = language or terminal_language()
    for _, entry in sorted(_known(workspace).items()):
        click.echo(f"{entry.id:28}{entry.title.in_(chosen)}")
    return 0


@command.command("show")
@click.argument("entry_id")
@click.option("--language", type=click.Choice(["en", "zh"]), help="Only this language.")
@workspace_option
def show(entry_id: str, language: Language | None, workspace: str) -> int:
    """Print one entry in both languages, with its sources. Exit code 10: there is none."""
    known = _known(workspace)
    entry = known.get(entry_id)
    if entry is None:
        from rapidfuzz import process

        found = process.extract(entry_id, list(known), limit=3, score_cutoff=LEAST_LIKENESS)
        nearest = ", ".join(name for name, _, _ in found)
        key = "kb_no_entry" if nearest else "kb_no_entry_near"
        complain(key, text=entry_id, nearest=nearest)
        return NONE_FOUND
    languages: tuple[Language, ...] = (language,) if language else ("en", "zh")
    for spoken in languages:
        lines = plain_prose(entry.body.in_(spoken), bold)
        click.echo(f"{bold(entry.title.in_(spoken))}\n\n{chr(10).join(lines)}\n")
    if entry.sources:
        last = languages[-1] if len(languages) == 1 else terminal_language()
        click.echo(bold(say("sources", last)))
        for source in entry.sources:
            click.echo(f"- {cited(source.title, source.locator, last)}")
    return 0


def _known(workspace: str) -> dict[str, Entry]:
    """Return the entries of a workspace by id; without a store there are the built-in ones."""
    if not database_path().exists():
        return {entry.id: entry for entry in load_entries()}
    with opened_store(to_read=True) as store:
        return workspace_entries(store, workspace)
