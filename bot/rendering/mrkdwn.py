"""Markdown of the knowledge base as Slack's mrkdwn, from the parser's token stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MARKS = {"strong_open": "*", "strong_close": "*", "em_open": "_", "em_close": "_"}


def escape(text: str) -> str:
    """Escape the three characters with which Slack's markup starts."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escaped_within(text: str, limit: int) -> str:
    """Return the beginning of a text, escaped, in at most ``limit`` characters.

    Never cut inside an entity; what is left out is marked.
    """
    whole = escape(text)
    if len(whole) <= limit:
        return whole
    shown = ""
    for char in text:
        char = escape(char)
        if len(shown) + len(char) >= limit:
            break
        shown += char
    return f"{shown}…"


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")


def mrkdwn_paragraphs(markdown: str) -> Iterator[str]:
    """Yield one mrkdwn string per paragraph, list, heading, table or code block."""
    tokens = _parser().parse(markdown)
    depth = 0
    gathered: list[Token] = []
    for token in tokens:
        gathered.append(token)
        depth += token.nesting
        if depth == 0:
            text = _block(gathered)
            if text:
                yield text
            gathered = []


def _block(tokens: Sequence[Token]) -> str:
    first = tokens[0]
    if first.type in ("fence", "code_block"):
        return f"```{escape(first.content)}```"
    if first.type == "html_block":
        return escape(first.content.strip())
    if first.type == "heading_open":
        return f"*{_inline(tokens[1].children or ())}*"
    if first.type == "table_open":
        return _table(tokens)
    if first.type in ("bullet_list_open", "ordered_list_open"):
        return _list(tokens)
    lines = [_inline(t.children or ()) for t in tokens if t.type == "inline"]
    if first.type == "blockquote_open":
        return "\n".join(f">{line}" for line in lines)
    return "\n".join(lines)


def _list(tokens: Sequence[Token]) -> str:
    lines: list[str] = []
    counters: list[int | None] = []
    fresh = False
    for token in tokens:
        if token.type == "bullet_list_open":
            counters.append(None)
        elif token.type == "ordered_list_open":
            counters.append(int(token.attrs.get("start", 1)))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            counters.pop()
        elif token.type == "list_item_open":
            fresh = True
        elif token.type == "fence":
            lines.append(f"```{escape(token.content)}```")
        elif token.type == "inline":
            indent = "    " * (len(counters) - 1)
            mark = _mark(counters) if fresh else "  "
            lines.append(f"{indent}{mark} {_inline(token.children or ())}")
            fresh = False
    return "\n".join(lines)


def _mark(counters: list[int | None]) -> str:
    number = counters[-1]
    if number is None:
        return "•"
    counters[-1] = number + 1
    return f"{number}."


def _table(tokens: Sequence[Token]) -> str:
    """Render a table as aligned rows in a code block: mrkdwn has no tables."""
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(token.content.replace("`", ""))
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=False)]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=False)) for row in rows)
    return "```" + escape("\n".join(line.rstrip() for line in lines)) + "```"


def _inline(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    closing: list[str] = []
    for token in tokens:
        if token.type in ("text", "html_inline"):
            parts.append(escape(token.content))
        elif token.type == "code_inline":
            parts.append(f"`{escape(token.content)}`")
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif token.type == "link_open":
            href = str(token.attrs.get("href", ""))
            # Slack reads <!channel|x> and <@U1|x> as pings: only what is an address is a link.
            linked = href.startswith(("https://", "http://", "mailto:"))
            parts.append(f"<{escape(href).replace('|', '%7C')}|" if linked else "")
            closing.append(">" if linked else "")
        elif token.type == "link_close":
            parts.append(closing.pop())
        else:
            parts.append(MARKS.get(token.type, ""))
    return "".join(parts)
