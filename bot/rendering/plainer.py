"""Block Kit for clients that lack the newer blocks: the same content in those that all have.

A table becomes aligned rows, a collapsible container its heading and what it holds, Markdown
becomes mrkdwn, cards become sections with a button, and the feedback buttons two ordinary ones. A
chart is left out: the rows of its table say the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.rendering.actions import FEEDBACK_BAD, FEEDBACK_GOOD
from bot.rendering.blocks import (
    MAX_BLOCKS,
    Block,
    button,
    preformatted,
    prose_in_mrkdwn,
    section,
)
from bot.rendering.cards import plain_cards
from bot.rendering.memory_chart import CHART
from bot.rendering.mrkdwn import escape
from bot.rendering.sections import Rows
from bot.rendering.text import row_lines

FOOTER = ("actions", "context_actions")


def plainer(rich: Sequence[Block]) -> list[Block]:
    """Return the blocks of ``bot.rendering.blocks`` for any client; buttons at the end stay."""
    end = len(rich)
    while end and rich[end - 1]["type"] in FOOTER:
        end -= 1
    body = [plain for block in rich[:end] for plain in _plain(block)]
    footer = [plain for block in rich[end:] for plain in _plain(block)]
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
        yield section(f"*{escape(block['title']['text'])}*")
        yield from block["child_blocks"]
    elif block["type"] == "context_actions":
        yield {"type": "actions", "elements": [*_feedback(block)]}
    else:
        yield block


def _rows(table: Block) -> Iterator[Block]:
    heading, *rows = [[cell["text"] for cell in row] for row in table["rows"]]
    yield section(f"*{escape(heading[0])}*")
    pairs = tuple((name, amount) for name, amount in rows)
    yield preformatted("\n".join(row_lines(Rows("", heading[0], pairs))))


def _feedback(block: Block) -> Iterator[Block]:
    (buttons,) = block["elements"]
    for action_id, name in ((FEEDBACK_GOOD, "positive_button"), (FEEDBACK_BAD, "negative_button")):
        given = buttons[name]
        yield button(action_id, given["text"]["text"], given["value"].partition(":")[2])
