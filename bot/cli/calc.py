"""``vrambot calc``: the calculators without words, one option per field of a request."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import click

from bot.answer import Answer
from bot.cli.faults import fault_json
from bot.cli.fields import field_options, given_fields
from bot.cli.files import json_line, json_object, opened_lines, print_lines
from bot.cli.listing import Kind, listing
from bot.cli.printing import print_answer
from bot.cli.sweep import run_sweep
from bot.errors import BadInput
from bot.home import terminal_language
from bot.messages import say
from bot.question import Language


@click.command("calc", short_help="Run one calculator, an option per field of its request.")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the calculation as one JSON object.")
@click.option(
    "--batch",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="A file of requests, one JSON object a line, or - for standard input.",
)
@click.option(
    "--list",
    "listed",
    metavar="KIND",
    type=click.Choice(get_args(Kind)),
    help=f"List every name and alias: {', '.join(get_args(Kind))}.",
)
@click.option(
    "--sweep",
    "sweeps",
    multiple=True,
    metavar="FIELD=VALUES",
    help="Vary one field, given once: seq=1k..128k, or micro_batch=1,2,4.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print a sweep as CSV.")
@click.option(
    "--plot", type=click.Path(dir_okay=False, path_type=Path), help="Draw a sweep as a PNG file."
)
@click.option("--language", type=click.Choice(["en", "zh"]), help="Texts in this language.")
@field_options
@click.pass_context
def command(
    context: click.Context,
    /,
    name: str | None,
    as_json: bool,
    batch: str | None,
    listed: Kind | None,
    sweeps: tuple[str, ...],
    language: Language | None,
    **options: Any,
) -> int:
    """Run the calculator NAME, with one option per field of its request.

    \b
    vrambot calc training --model llama-2-7b --gpu a100-80g --gpu-count 8
    vrambot calc --list calculators

    Exit code 2: a field is wrong or missing; of a sweep or a batch, in every request.
    """  # noqa: D301 - click reads the \b
    chosen = language or terminal_language()
    if listed is not None:
        return _list(listed, as_json)
    if batch is not None:
        return _batch(batch, chosen)
    if name is None:
        raise click.UsageError("Give the name of a calculator; see --list calculators.", context)
    as_csv, plot = options.pop("as_csv"), options.pop("plot")
    request = {"calculator": name, **given_fields(options)}
    if len(sweeps) > 1:
        raise BadInput("one_sweep", count=len(sweeps))
    if (as_csv or plot is not None) and not sweeps:
        raise click.UsageError("--csv and --plot show a --sweep; give one.", context)
    if sweeps:
        return run_sweep(
            request, sweeps[0], language=chosen, as_csv=as_csv, as_json=as_json, plot=plot
        )
    _print(request, as_json, chosen)
    return 0


def _print(request: Mapping[str, Any], as_json: bool, language: Language) -> None:
    from calculators import calculate, parse_request, to_json

    calculation = calculate(parse_request(request))
    if as_json:
        click.echo(json_line(to_json(calculation, language)))
        return
    answer = Answer(
        query="", language=language, kind="calculation", score=1.0, calculation=calculation
    )
    print_answer(answer)


def _batch(path: str, language: Language) -> int:
    with opened_lines(path) as lines:
        return print_lines(
            _answer_line(line, number, language)
            for number, line in enumerate(lines, 1)
            if line.strip()
        )


def _answer_line(line: bytes, number: int, language: Language) -> dict[str, Any]:
    from calculators import CalculatorError, calculate, parse_request, to_json

    given = json_object(line)
    if given is None:
        sentence = say("bad_request_line", language, line=number)
        return {"id": None, "error": {"code": "bad_line", "message": sentence}}
    identity = given.get("id")
    try:
        calculation = calculate(parse_request(given))
    except CalculatorError as error:
        sentence = error.text.in_(language)
        return {"id": identity, "error": {"code": error.code, "message": sentence}}
    except Exception as error:  # one line's fault must not take the others with it
        return {"id": identity, "error": fault_json(error)}
    return {"id": identity, **to_json(calculation, language)}


def _list(listed: Kind, as_json: bool) -> int:
    for name, aliases in listing(listed):
        if as_json:
            shown = {"name": name, "aliases": list(aliases)}
            click.echo(json_line(shown))
        else:
            click.echo(f"{name:32}{', '.join(aliases)}".rstrip())
    return 0
