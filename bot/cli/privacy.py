"""``vrambot privacy``: what is stored of one person, handed out or deleted."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bot.home import database_path, terminal_language
from bot.messages import say
from bot.question import TERMINAL

# The terminal's own history is kept under this name.
LOCAL = "local"


@click.group("privacy", short_help="Export or delete what is stored of one person.")
def command() -> None:
    """Export or delete what is stored of one person in one workspace.

    Left open, both are the terminal's own: questions that were asked here.
    """


@command.command("export")
@click.option(
    "--workspace",
    default=TERMINAL.workspace,
    show_default=True,
    metavar="T0123ABCD",
    help="Which workspace.",
)
@click.option("--user", default=LOCAL, show_default=True, metavar="U0123ABCD", help="Which person.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Left open: stdout.")
def export(workspace: str, user: str, out: Path | None) -> int:
    """Print everything as one JSON object. Exit code 10: nothing is stored."""
    from knowledge.store import open_store

    path = database_path()
    store = open_store(path, read_only=path.exists())
    try:
        stored = store.export_person(workspace, user)
    finally:
        store.close()
    if not stored:
        return _nothing(workspace, user)
    whole = {"workspace": workspace, "user": user, "stored": stored}
    text = json.dumps(whole, ensure_ascii=False, indent=1)
    if out is None:
        click.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")
    return 0


@command.command("delete")
@click.option(
    "--workspace",
    default=TERMINAL.workspace,
    show_default=True,
    metavar="T0123ABCD",
    help="Which workspace.",
)
@click.option("--user", default=LOCAL, show_default=True, metavar="U0123ABCD", help="Which person.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(workspace: str, user: str, yes: bool) -> int:
    """Delete it for good; what a team keeps loses the name. Exit code 10: nothing is stored."""
    from knowledge.store import open_store

    language = terminal_language()
    if not yes:
        question = say("privacy_confirm", language, user=user, workspace=workspace)
        click.confirm(question, abort=True, err=True)
    store = open_store(database_path())
    try:
        touched = store.forget_person(workspace, user)
    finally:
        store.close()
    if not touched:
        return _nothing(workspace, user)
    click.echo(say("privacy_deleted", language, rows=sum(touched.values())))
    return 0


def _nothing(workspace: str, user: str) -> int:
    sentence = say("privacy_nothing", terminal_language(), user=user, workspace=workspace)
    click.echo(sentence, err=True)
    return 10
