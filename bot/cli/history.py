"""``vrambot history``: past answers from the terminal's own conversations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from bot.home import database_path, terminal_language
from bot.messages import say
from bot.question import TERMINAL
from knowledge.history import PastAnswer
from knowledge.visibility import Viewer

if TYPE_CHECKING:
    from knowledge.store import SqliteStore

VIEWER = Viewer(user="local", place=TERMINAL)


@click.group("history")
def command() -> None:
    """Look up what was asked before."""


@command.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 100))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def search(words: tuple[str, ...], limit: int, as_json: bool) -> int:
    """Find past answers by words of either language. Exit code 10: none found.

    Filters stand among the words: kind:calculation, since:7d (类型:计算, 最近7天).
    """
    from bot.finding import lookup_of

    text = " ".join(words)
    lookup = lookup_of(text, VIEWER.user)
    if lookup.fault is not None:
        raise click.UsageError(in_terminal(lookup.fault))
    store = _opened()
    try:
        found = store.search(lookup.words, VIEWER, limit, lookup.wanted)
    finally:
        store.close()
    if not found:
        click.echo(say("history_none", terminal_language(), words=text), err=True)
        return 10
    _print(found, as_json)
    return 0


@command.command("show")
@click.argument("answer_id")
def show(answer_id: str) -> int:
    """Print one past answer by its id."""
    store = _opened()
    try:
        past = store.get(answer_id, VIEWER)
    finally:
        store.close()
    if past is None:
        click.echo(say("history_no_id", terminal_language(), text=answer_id), err=True)
        return 10
    click.echo(past.text)
    return 0


@command.command("unanswered")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def unanswered(limit: int, as_json: bool) -> int:
    """List the questions that got "I don't know", newest first."""
    store = _opened()
    try:
        found = store.unanswered(TERMINAL.workspace, limit)
    finally:
        store.close()
    if not found:
        click.echo(say("none_unanswered", terminal_language()), err=True)
    _print(found, as_json)
    return 0


def in_terminal(sentence: str) -> str:
    """Name the terminal's command where a sentence names Slack's."""
    return sentence.replace("/vram find", "vrambot history search")


def _opened() -> SqliteStore:
    """Open the store to read from; one that does not exist yet is made, empty."""
    from knowledge.store import open_store

    path = database_path()
    return open_store(path, read_only=path.exists())


def _print(found: Sequence[PastAnswer], as_json: bool) -> None:
    for past in found:
        if as_json:
            shown = {"id": past.id, "asked_at": past.asked_at.isoformat(), **past.answer}
            click.echo(json.dumps(shown, ensure_ascii=False))
        else:
            first = past.text.partition("\n")[0]
            click.echo(f"{past.asked_at:%Y-%m-%d %H:%M}  {past.id}\n  {past.query}\n  {first}")
