"""``vrambot ask``: one question, or a file of them."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from bot.answer import Answer
from bot.answering import Answerer, MemoryThreads
from bot.cli.faults import fault_json
from bot.cli.files import json_line, json_object, opened_lines, print_lines
from bot.cli.printing import print_answer
from bot.cli.session import open_session
from bot.home import terminal_language
from bot.messages import say
from bot.question import Language, Question
from bot.rendering import answer_json
from knowledge.visibility import Place

EXIT_CODES = {"unknown": 10, "clarify": 11}


@click.command("ask")
@click.argument("words", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON object.")
@click.option("--short", is_flag=True, help="Print each step of the working in one line.")
@click.option("--explain", is_flag=True, help="Print also why this answer was chosen.")
@click.option(
    "--batch",
    type=click.Path(dir_okay=False, allow_dash=True),
    help='A file of JSON lines {"id": …, "query": …}, or - for standard input; '
    "nothing of it is kept in the history.",
)
@click.option("--language", type=click.Choice(["en", "zh"]), help="Answer in this language.")
def command(
    words: tuple[str, ...],
    as_json: bool,
    short: bool,
    explain: bool,
    batch: str | None,
    language: Language | None,
) -> int:
    """Answer a question and exit.

    Exit code 0: answered; 10: "I don't know"; 11: a question back; 2: bad usage.

    With --batch nothing is written to the history; lines that carry the same "conversation" are
    one thread. Exit code 0, also where a line says "unknown", "clarify" or "error"; 2: no line
    could be read.
    """
    if batch is not None:
        return answer_lines(batch, language)
    question = Question(text=" ".join(words), language=language)
    with open_session() as session:
        answer = session.ask(question)
        _print(answer, as_json=as_json, short=short, explain=explain)
        sys.stdout.flush()
        session.keep(answer, question)
    return EXIT_CODES.get(answer.kind, 0)


def _print(answer: Answer, *, as_json: bool, short: bool, explain: bool) -> None:
    if as_json:
        shown = answer_json(answer)
        if explain:
            shown["explain"] = answer.explain
        click.echo(json_line(shown))
        return
    print_answer(answer, short=short)
    if explain:
        click.echo("\n" + json.dumps(answer.explain, ensure_ascii=False, indent=2, default=str))


def answer_lines(path: str, language: Language | None) -> int:
    """Answer every line of ``path`` in order, one JSON object a line; return the exit code."""
    answerer = Answerer(threads=MemoryThreads())
    with opened_lines(path) as lines:
        return print_lines(
            _answer_line(answerer, line, number, language)
            for number, line in enumerate(lines, 1)
            if line.strip()
        )


def _answer_line(
    answerer: Answerer, line: bytes, number: int, language: Language | None
) -> dict[str, Any]:
    given = json_object(line) or {}
    if not isinstance(given.get("query"), str):
        identity = given.get("id")
        sentence = say("bad_line", terminal_language(), line=number)
        return {"id": identity, "error": {"code": "bad_line", "message": sentence}}
    conversation = given.get("conversation")
    thread = f"conversation {conversation}" if conversation is not None else f"line {number}"
    place = Place(workspace="batch", channel="batch", kind="terminal", thread=thread)
    question = Question(text=given["query"], place=place, language=language)
    try:
        shown = answer_json(answerer.answer(question))
    except Exception as error:  # one line's fault must not take the others with it
        return {"id": given.get("id"), "error": fault_json(error)}
    return {**shown, "id": given.get("id")}
