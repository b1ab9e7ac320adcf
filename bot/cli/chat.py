"""``vrambot chat``: the same answers in a terminal, with follow-ups."""

from __future__ import annotations

import sys
import uuid
from contextlib import suppress

import click

from bot.cli.faults import fault_json
from bot.cli.printing import print_answer
from bot.cli.session import Session, open_session
from bot.home import terminal_language
from bot.messages import say
from bot.question import Question
from knowledge.visibility import Place

LEAVE = {"quit", "exit", "q", ":q", "bye", "退出", "再见"}


@click.command("chat", short_help="Ask and answer in the terminal, with follow-ups.")
@click.option("--short", is_flag=True, help="Print each step of the working in one line.")
def command(short: bool) -> int:
    """Ask and answer in the terminal; a follow-up changes one thing ("with LoRA?")."""
    if sys.stdin.isatty():
        with suppress(ImportError):
            import readline  # noqa: F401 - line editing for input()
        click.echo(say("chat_welcome", terminal_language()))
    place = Place("local", "terminal", "terminal", thread=uuid.uuid4().hex)
    with open_session() as session:
        while (line := _read()) is not None:
            if line.strip().lower() in LEAVE:
                break
            if line.strip():
                _reply(session, Question(text=line, place=place), short)
    return 0


def _reply(session: Session, question: Question, short: bool) -> None:
    try:
        answer = session.ask(question)
        print_answer(answer, short=short)
        click.echo()
        sys.stdout.flush()
        session.keep(answer, question)
    except Exception as error:  # the conversation goes on
        click.echo(fault_json(error)["message"] + "\n")


def _read() -> str | None:
    """Return the next line, or None at the end of the input."""
    try:
        return input("> " if sys.stdin.isatty() else "")
    except (EOFError, KeyboardInterrupt):
        click.echo()
        return None
