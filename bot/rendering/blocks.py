"""An answer as Block Kit, within Slack's budgets.

The newer blocks are used (table, chart, cards, collapsible container, markdown, feedback buttons);
``bot.rendering.plainer`` turns them into those that every client has. Words of users appear only as
plain text or escaped, so that nothing in them can ping or link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from bot.answer import Answer
from bot.messages import say
from bot.rendering.actions import ASK, CHANGE, FEEDBACK, SAVE, SHARE
from bot.rendering.cards import cards
from bot.rendering.found import again_row, found_rows, hint_text
from bot.rendering.memory_chart import chart_block, memory_bars
from bot.rendering.mrkdwn import escape, mrkdwn_paragraphs
from bot.rendering.sections import headline, sections
from bot.rendering.sections_kinds import Lines, Prose, Rows, Section, Table, Workings
from bot.rendering.text import working_lines

Block = dict[str, Any]

MAX_BLOCKS = 48
SECTION_CHARACTERS = 2_900
MARKDOWN_CHARACTERS = 11_000
CONTEXT_CHARACTERS = 1_900
VALUE_CHARACTERS = 1_900
LABEL_CHARACTERS = 75
# What is worth saving: an answer, not a question back.
KEPT = {"calculation", "faq", "diagnosis"}
# Slack's markup, as such or as where a Markdown link leads; a backslash may stand in between.
SLACK_MARKUP = re.compile(r"(?:<|\]\(\s*<?|\]:\s*<?)\s*\\?[!@#]")
ADDRESS = re.compile(r"https?://[^\s<>|，。；、（）]*[^\s<>|，。；、（）.,;:)\]]")
RUNNING = {"assumptions", "sources"}
QUIET = {"assumptions", "sources", "caveats", "conventions", "entry"}


def blocks(answer: Answer, *, answer_id: str | None = None, private: bool = False) -> list[Block]:
    """Return the blocks of an answer; ``answer_id`` adds the buttons that need one.

    ``private`` adds "Share in channel": the answer was shown to the asker alone.
    """
    built = [*_headline(answer)]
    if answer.kind == "history":
        built += found_rows(answer.related, answer.language)
    for part in sections(answer):
        if answer.kind != "history" or part.id != "related":
            built += _section(part, answer, answer_id)
    built += _ask_buttons(answer)
    if answer.kind != "history":
        built += again_row(answer.related, answer.language)
    footer = list(_footer(answer, answer_id, private)) if answer_id else []
    return built[: MAX_BLOCKS - len(footer)] + footer


def _headline(answer: Answer) -> Iterator[Block]:
    for piece in _pieces(escape(headline(answer)), SECTION_CHARACTERS):
        first, *further = piece.split("\n")
        titled = answer.kind in ("calculation", "faq") and len(further) <= 1
        yield section("\n".join([f"*{first}*", *further]) if titled else piece)


def _section(part: Section, answer: Answer, answer_id: str | None) -> Iterator[Block]:
    if part.id == "alternatives" and isinstance(part, Lines) and answer_id:
        yield from cards(part.lines, answer.language, part.title, answer_id)
    elif isinstance(part, Prose):
        yield from _prose(part.markdown.strip())
    elif isinstance(part, Rows):
        yield _table(part)
        if part.id == "breakdown" and answer.calculation is not None:
            bars = memory_bars(answer.calculation, answer.language)
            if bars is not None:
                yield chart_block(bars)
    elif isinstance(part, Table):
        yield _columns(part)
    elif isinstance(part, Workings):
        yield working_block(part)
    elif part.id == "related" and isinstance(part, Lines):
        yield from _hints(part.title, answer)
    elif part.id in QUIET:
        yield from _context(part)
    elif part.id != "choices":
        yield from _lines(part)


def _prose(markdown: str) -> Iterator[Block]:
    # In a markdown block nothing can be escaped, code least of all.
    live = SLACK_MARKUP.search(unescape(markdown))
    if len(markdown) <= MARKDOWN_CHARACTERS and not live:
        yield {"type": "markdown", "text": markdown}
    else:
        yield from prose_in_mrkdwn(markdown)


def prose_in_mrkdwn(markdown: str) -> Iterator[Block]:
    """Yield sections of mrkdwn with as many whole paragraphs in each as Slack takes."""
    gathered = ""
    for paragraph in mrkdwn_paragraphs(markdown):
        if gathered and len(gathered) + len(paragraph) > SECTION_CHARACTERS:
            yield section(gathered)
            gathered = ""
        gathered = f"{gathered}\n\n{paragraph}".strip()
    for piece in _pieces(gathered, SECTION_CHARACTERS):
        yield section(piece)


def _table(part: Rows) -> Block:
    return {
        "type": "table",
        "column_settings": [{"is_wrapped": True}, {"align": "right"}],
        "rows": [
            [_cell(part.title), _cell(" ")],
            *([_cell(name), _cell(amount)] for name, amount in part.rows[:99]),
        ],
    }


def _columns(part: Table) -> Block:
    return {
        "type": "table",
        "column_settings": [{"is_wrapped": True} for _ in part.rows[0]],
        "rows": [[_cell(text) for text in row] for row in part.rows],
    }


def _cell(text: str) -> Block:
    return {"type": "raw_text", "text": text}


def working_block(part: Workings, *, collapsed: bool = True) -> Block:
    """Return the working in a container that folds."""
    lines = (line for title, step in part.steps for line in working_lines(title, step))
    pieces = list(_pieces("\n".join(lines), SECTION_CHARACTERS))[:10]
    title = part.title or part.steps[0][0]
    return {
        "type": "container",
        "title": {"type": "plain_text", "text": title[:150]},
        "is_collapsible": True,
        "default_collapsed": collapsed,
        "child_blocks": [preformatted(piece) for piece in pieces],
    }


def _lines(part: Lines) -> Iterator[Block]:
    title = f"*{escape(part.title)}*\n" if part.title else ""
    text = title + "\n".join(f"• {escape(line)}" for line in part.lines)
    for piece in _pieces(text, SECTION_CHARACTERS):
        yield section(piece)


def _context(part: Lines) -> Iterator[Block]:
    title = f"*{escape(part.title)}*\n" if part.title else ""
    # Many short pieces: one after the other they take two lines, not ten.
    text = title + " · ".join(escape(line.rstrip(".。")) for line in part.lines)
    if part.id not in RUNNING or len(text) > CONTEXT_CHARACTERS:
        text = title + "\n".join(escape(line) for line in part.lines)
    for piece in _pieces(text, CONTEXT_CHARACTERS):
        # Addresses are made links here, so that Slack need not look for links, and for names.
        linked = ADDRESS.sub(r"<\g<0>>", piece)
        shown = {"type": "mrkdwn", "text": linked, "verbatim": True}
        yield {"type": "context", "elements": [shown]}


def _hints(title: str, answer: Answer) -> Iterator[Block]:
    """Yield what was asked before, each question a link to where that was."""
    rows = [hint_text(past, answer.language) for past in answer.related]
    for piece in _pieces("\n".join((f"*{escape(title)}*", *rows)), CONTEXT_CHARACTERS):
        shown = {"type": "mrkdwn", "text": piece, "verbatim": True}
        yield {"type": "context", "elements": [shown]}


def _ask_buttons(answer: Answer) -> Iterator[Block]:
    """Offer the choices of a question back as buttons; a click asks that text."""
    if not answer.choices:
        return
    key = "unknown_nearest" if answer.kind == "unknown" else "choices"
    yield section(escape(say(key, answer.language)))
    yield {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": f"{ASK}_{position}",
                "text": {"type": "plain_text", "text": _label(choice.label)},
                "value": choice.text[:VALUE_CHARACTERS],
            }
            for position, choice in enumerate(answer.choices[:5])
        ],
    }


def _label(text: str) -> str:
    """Return what a button has room for; what is cut is marked."""
    return text if len(text) <= LABEL_CHARACTERS else text[: LABEL_CHARACTERS - 1].rstrip() + "…"


def _footer(answer: Answer, answer_id: str, private: bool) -> Iterator[Block]:
    language = answer.language
    buttons = []
    if answer.calculation is not None:
        buttons.append(button(CHANGE, say("button_change", language), answer_id))
    if private:
        buttons.append(button(SHARE, say("button_share", language), answer_id))
    if answer.kind in KEPT:
        buttons.append(button(SAVE, say("button_save", language), answer_id))
    if buttons:
        yield {"type": "actions", "elements": buttons}
    feedback = {
        "type": "feedback_buttons",
        "action_id": FEEDBACK,
        "positive_button": _feedback_button(say("button_good", language), f"good:{answer_id}"),
        "negative_button": _feedback_button(say("button_bad", language), f"bad:{answer_id}"),
    }
    yield {"type": "context_actions", "elements": [feedback]}


def _feedback_button(text: str, value: str) -> Block:
    return {
        "text": {"type": "plain_text", "text": text},
        "accessibility_label": text,
        "value": value,
    }


def button(action_id: str, text: str, value: str) -> Block:
    """Return an ordinary button."""
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": text},
        "value": value,
    }


def section(text: str) -> Block:
    """Return a section of mrkdwn, shown as it is: no names or addresses are made links."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def preformatted(text: str) -> Block:
    """Return text in which columns line up."""
    return {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}
        ],
    }


def _pieces(text: str, limit: int) -> Iterator[str]:
    """Cut ``text`` into pieces of at most ``limit`` characters, at line ends where possible.

    The limit counts escaped characters too: a cut never falls inside an entity.
    """
    while len(text) > limit:
        cut = text.rfind("\n", 1, limit)
        if cut < 0:
            cut = limit
            entity = text.rfind("&", cut - 5, cut)
            if entity > 0 and ";" not in text[entity:cut]:
                cut = entity
        yield text[:cut]
        text = text[cut:].lstrip("\n")
    if text:
        yield text
