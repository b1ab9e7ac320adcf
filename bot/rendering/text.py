"""An answer as plain text: the terminal's face, and the ``text`` beside Slack's blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.answer import Answer
from bot.rendering.columns import in_columns, width
from bot.rendering.prose import Heading, plain_prose
from bot.rendering.sections import headline, sections
from bot.rendering.sections_kinds import Lines, Prose, Rows, Section, Table, Workings

BRACKETED = re.compile(r"(?= \(|（)")
"""Where an amount's second unit begins: ``112 GB (104.3 GiB)``."""


def plain_text(answer: Answer, *, short: bool = False, heading: Heading = str) -> str:
    """Return the whole answer as text, the headline first.

    ``short`` gives each step of the working one line: its formula and its result; ``heading`` sets
    the headline and the titles, as in bold type.
    """
    first, *further = headline(answer).split("\n")
    parts = ["\n".join([heading(first) if first else "", *further])]
    parts += ["\n".join(_section(one, short, heading)) for one in sections(answer)]
    return "\n\n".join(part for part in parts if part)


def _section(section: Section, short: bool = False, heading: Heading = str) -> Iterator[str]:
    if isinstance(section, Prose):
        yield from plain_prose(section.markdown, heading)
        return
    if isinstance(section, Table):
        first, *rows = in_columns(section.rows)
        yield heading(first)
        yield from rows
        return
    if section.title:
        yield heading(section.title)
    if isinstance(section, Rows):
        yield from row_lines(section)
    elif isinstance(section, Lines):
        mark = "- " if section.title or len(section.lines) > 1 else ""
        yield from (f"{mark}{line}" for line in section.lines)
    elif isinstance(section, Workings):
        for title, lines in section.steps:
            yield from [_short_step(lines)] if short else working_lines(title, lines)


def working_text(part: Workings) -> str:
    """Return one working as text, under its title."""
    return "\n".join(_section(part))


def working_lines(title: str, lines: tuple[str, ...]) -> Iterator[str]:
    """Yield one step: its title, then symbols, numbers and result under each other.

    The symbolic line is ``M = n × b``; the two below it line up with its equals sign.
    """
    symbolic, *rest = lines
    colon = ":" if title.isascii() else "："
    yield f"  {title}{colon}" if title else "  "
    yield f"    {symbolic}"
    left, equals, _ = symbolic.partition(" = ")
    indent = " " * width(left) if equals else ""
    for line in dict.fromkeys(rest):
        yield f"    {indent} = {line}"


def _short_step(lines: tuple[str, ...]) -> str:
    return f"  {' = '.join(dict.fromkeys((lines[0], lines[-1])))}"


def row_lines(section: Rows) -> Iterator[str]:
    """Yield the rows with names and amounts in columns; wide characters count as two."""
    widest = max(width(name) for name, _ in section.rows)
    rows = [(name, *BRACKETED.split(amount, maxsplit=1)) for name, amount in section.rows]
    amounts = max(len(decimal) for _, decimal, *_ in rows)
    for name, decimal, *binary in rows:
        padding = " " * (widest - width(name))
        yield f"  {name}{padding}  {decimal:>{amounts}}{''.join(binary)}"
