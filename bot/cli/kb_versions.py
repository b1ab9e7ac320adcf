"""``vrambot kb``: versions, drafts and open questions of a team's own entries."""

from __future__ import annotations

import json

import click

from bot.cli.team import (
    NONE_FOUND,
    calculator_names,
    complain,
    opened_store,
    print_problems,
    terminal_author,
    workspace_option,
)
from bot.home import terminal_language
from bot.messages import say
from knowledge.store.entries import LISTED, Draft, Entries, OpenQuestion
from knowledge.store.errors import EntryConflict, UnknownEntry


@click.command("history", short_help="List the versions of an entry, newest first.")
@click.argument("entry_id")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, with texts.")
@workspace_option
def history(entry_id: str, as_json: bool, workspace: str) -> int:
    """List the versions of an entry, newest first: who changed it, when and how."""
    with opened_store(to_read=True) as store:
        versions = store.entry_versions(workspace, entry_id)
    if not versions:
        complain("kb_no_history", text=entry_id, workspace=workspace)
        return NONE_FOUND
    language = terminal_language()
    for one in versions:
        entry = one.entry
        if as_json:
            shown = {
                "version": one.number,
                "made_at": one.made_at.isoformat(),
                "author": one.author,
                "action": one.action,
                "entry": None if entry is None else entry.model_dump(mode="json"),
            }
            click.echo(json.dumps(shown, ensure_ascii=False))
            continue
        title = "—" if entry is None else entry.title.in_(language)
        action = say(f"action_{one.action}", language)
        click.echo(f"{one.number:3}  {one.made_at:%Y-%m-%d %H:%M}  {one.author}  {action}  {title}")
    return 0


@click.command("undo", short_help="Undo the last change of an entry.")
@click.argument("entry_id")
@click.option("--to", type=click.IntRange(min=1), help="Back to this version.")
@workspace_option
def undo(entry_id: str, to: int | None, workspace: str) -> int:
    """Undo the last change of an entry, as a new version; twice is as before.

    To undo the first version is to withdraw the entry.
    """
    with opened_store() as store:
        try:
            made = store.undo_entry(workspace, entry_id, terminal_author(), to)
        except UnknownEntry:
            complain("kb_no_history", text=entry_id, workspace=workspace)
            return NONE_FOUND
    key = "kb_withdrawn" if made.entry is None else "kb_published"
    click.echo(say(key, terminal_language(), entry=entry_id, version=made.number))
    return 0


@click.command("withdraw", short_help="Take an entry of the team back.")
@click.argument("entry_id")
@workspace_option
def withdraw(entry_id: str, workspace: str) -> int:
    """Take an entry of the team back; a built-in one that it replaced shows again."""
    with opened_store() as store:
        try:
            made = store.withdraw_entry(workspace, entry_id, terminal_author())
        except UnknownEntry:
            complain("kb_no_history", text=entry_id, workspace=workspace)
            return NONE_FOUND
    click.echo(say("kb_withdrawn", terminal_language(), entry=entry_id, version=made.number))
    return 0


@click.command("drafts", short_help="List the drafts that wait.")
@workspace_option
def drafts(workspace: str) -> int:
    """List the drafts that wait: proposed, imported, or in conflict with another's change."""
    with opened_store(to_read=True) as store:
        found = store.drafts(workspace, limit=1_000)
    if not found:
        complain("kb_no_drafts", workspace=workspace)
        return NONE_FOUND
    language = terminal_language()
    for one in found:
        title = one.entry.title.in_(language) or one.entry.title.en or one.entry.title.zh
        state = say(f"draft_{one.state}", language)
        click.echo(f"{one.id}  {one.entry.id}  {state}  {one.author}  {title}")
    return 0


@click.command("publish", short_help="Make a draft live.")
@click.argument("name", metavar="ID")
@workspace_option
def publish(name: str, workspace: str) -> int:
    """Make a draft live: ID is a draft's, or that of an entry with one draft.

    Exit code 2: it is not complete, or the entry was changed in between.
    """
    from knowledge.curation import draft_problems, workspace_entries

    language = terminal_language()
    with opened_store() as store:
        draft = _the_draft(store, workspace, name)
        if draft is None:
            return NONE_FOUND
        known = workspace_entries(store, workspace)
        problems = draft_problems(draft, known, calculator_names())
        if problems:
            complain("kb_not_complete", entry=draft.entry.id)
            print_problems(problems)
            return 2
        try:
            made = store.publish_draft(workspace, draft.id, terminal_author())
        except EntryConflict:
            newest = store.entry_versions(workspace, draft.entry.id)[0]
            complain(
                "kb_conflict",
                entry=draft.entry.id,
                author=newest.author,
                based_on=draft.based_on,
                newest=newest.number,
                draft=draft.id,
            )
            return 2
    click.echo(say("kb_published", language, entry=made.entry_id, version=made.number))
    return 0


@click.command("unanswered", short_help="List what was not answered, or badly.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@workspace_option
def unanswered(limit: int, as_json: bool, workspace: str) -> int:
    """List what got "I don't know" or a bad verdict, like questions together, newest first.

    Of a Slack workspace only what was asked in public channels.
    """
    from bot.question import TERMINAL
    from knowledge.visibility import Place, Viewer

    here = workspace == TERMINAL.workspace
    place = TERMINAL if here else Place(workspace, "", "public")
    with opened_store(to_read=True) as store:
        found = store.open_questions(Viewer("local", place), limit)
    if not found:
        complain("kb_no_questions", workspace=workspace)
        return NONE_FOUND
    for one in found:
        if as_json:
            shown = {
                "query": one.query,
                "language": one.language,
                "count": one.count,
                "bad": one.bad,
                "asked_at": one.asked_at.isoformat(),
                "answers": list(one.answers),
            }
            click.echo(json.dumps(shown, ensure_ascii=False))
        else:
            click.echo(f"{one.query}\n  {asked_how_often(one)}")
    return 0


def asked_how_often(question: OpenQuestion) -> str:
    """Say in the terminal's language how often and when a question was asked."""
    language = terminal_language()
    when = f"{question.asked_at:%Y-%m-%d %H:%M}"
    key = "question_asked_once" if question.count == 1 else "question_asked"
    said = say(key, language, count=question.count, when=when)
    if question.bad:
        said += f" · {say('question_bad', language, bad=question.bad)}"
    return said


def _the_draft(store: Entries, workspace: str, name: str) -> Draft | None:
    """Find the draft that is named, or the one of the entry that is named."""
    draft = store.draft(workspace, name)
    if draft is not None and draft.state in LISTED:
        return draft
    waiting = store.drafts(workspace, limit=10_000)
    of_entry = [one for one in waiting if one.entry.id == name]
    if len(of_entry) > 1:
        complain("kb_two_drafts", text=name, drafts=", ".join(one.id for one in of_entry))
    elif not of_entry:
        complain("kb_no_draft", text=name, workspace=workspace)
    return of_entry[0] if len(of_entry) == 1 else None
