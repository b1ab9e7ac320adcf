"""Block Kit for clients that lack the newer blocks: the same content in those that all have.

A table becomes aligned rows, Markdown becomes mrkdwn, cards become sections with a button, and the
feedback buttons two ordinary ones. A chart is left out: the rows of its table say the same. What
nothing can fold is not written out: of a folded container its formula and its result stay, with a
button that shows the rest to whoever clicks. One that stands open is shown whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.messages import say
from bot.question import Language
from bot.rendering.actions import CHANGE, FEEDBACK_BAD, FEEDBACK_GOOD, WORKING
from bot.rendering.blocks import (
    MAX_BLOCKS,
    Block,
    button,
    preformatted,
    prose_in_mrkdwn,
    section,
)
from bot.rendering.cards import plain_cards
from bot.rendering.columns import in_columns
from bot.rendering.memory_chart import CHART
from bot.rendering.mrkdwn import escape
from bot.rendering.sections_kinds import Rows
from bot.rendering.shortened import short_working
from bot.rendering.text import row_lines

FOOTER = ("actions", "context_actions")


def plainer(rich: Sequence[Block]) -> list[Block]:
    """Return the blocks of ``bot.rendering.blocks`` for any client; buttons at the end stay."""
    end = len(rich)
    while end and rich[end - 1]["type"] in FOOTER:
        end -= 1
    body = [plain for block in rich[:end] for plain in _plain(block)]
    footer = [plain for block in rich[end:] for plain in _plain(block)]
    if any(_short(block) for block in rich[:end]):
        footer = _with_working(footer)
    return body[: MAX_BLOCKS - len(footer)] + footer


def without_charts(rich: Sequence[Block]) -> list[Block]:
    """Return the blocks without Slack's charts: the youngest of its blocks go first."""
    return [block for block in rich if block["type"] != CHART]


def _plain(block: Block) -> Iterator[Block]:
    if block["type"] == "markdown":
        yield from prose_in_mrkdwn(block["text"])
    elif block["type"] == "table":
        yield from _rows(block)
    elif block["type"] == "carousel":
        yield from plain_cards(block)
    elif block["type"] == CHART:
        return
    elif block["type"] == "container":
        title, short = block["title"]["text"], _short(block)
        if not _repeated(title, block):
            yield section(f"*{escape(title)}*")
        yield from block["child_blocks"] if short is None else [preformatted("\n".join(short))]
    elif block["type"] == "context_actions":
        yield {"type": "actions", "elements": [*_feedback(block)]}
    else:
        yield block


def _short(block: Block) -> list[str] | None:
    folded = block["type"] == "container" and block.get("default_collapsed")
    return short_working(block) if folded else None


def _repeated(title: str, container: Block) -> bool:
    """Whether the first step has the container's own title."""
    (first, *_), *_ = (child["elements"] for child in container["child_blocks"])
    return str(first["elements"][0]["text"]).strip().startswith(title)


def _with_working(footer: list[Block]) -> list[Block]:
    """Add the button that shows the working, before the one that changes a number."""
    for place, block in enumerate(footer):
        first, *others = block["elements"]
        if first.get("action_id") == CHANGE:
            language: Language = "en" if first["text"]["text"].isascii() else "zh"
            more = button(WORKING, say("button_working", language), first["value"])
            row = {**block, "elements": [more, first, *others]}
            return [*footer[:place], row, *footer[place + 1 :]]
    return footer


def _rows(table: Block) -> Iterator[Block]:
    heading, *rows = [[cell["text"] for cell in row] for row in table["rows"]]
    if len(heading) > 2:
        yield section(f"*{escape(heading[0])}*")
        yield preformatted("\n".join(in_columns([[" ", *heading[1:]], *rows])))
        return
    yield section(f"*{escape(heading[0])}*")
    pairs = tuple((name, amount) for name, amount in rows)
    yield preformatted("\n".join(row_lines(Rows("", heading[0], pairs))))


def _feedback(block: Block) -> Iterator[Block]:
    (buttons,) = block["elements"]
    for action_id, name in ((FEEDBACK_GOOD, "positive_button"), (FEEDBACK_BAD, "negative_button")):
        given = buttons[name]
        yield button(action_id, given["text"]["text"], given["value"].partition(":")[2])
