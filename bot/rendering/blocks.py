"""An answer as Block Kit, within Slack's budgets.

Two profiles: ``rich`` uses the newer blocks (table, collapsible container, markdown, feedback
buttons), ``plain`` only those that every client has. Words of users appear only as plain text or
escaped, so that nothing in them can ping or link.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from bot.answer import Answer
from bot.messages import say
from bot.rendering.actions import ASK, FEEDBACK, FEEDBACK_BAD, FEEDBACK_GOOD, SHARE
from bot.rendering.mrkdwn import escape, mrkdwn_paragraphs
from bot.rendering.sections import Lines, Prose, Rows, Section, Workings, headline, sections
from bot.rendering.text import row_lines, working_lines

Profile = Literal["rich", "plain"]
Block = dict[str, Any]

MAX_BLOCKS = 48
SECTION_CHARACTERS = 2_900
MARKDOWN_CHARACTERS = 11_000
CONTEXT_CHARACTERS = 1_900
VALUE_CHARACTERS = 1_900
LABEL_CHARACTERS = 70
QUIET = {"assumptions", "sources", "caveats", "conventions", "entry", "related"}


def blocks(
    answer: Answer,
    *,
    profile: Profile = "rich",
    answer_id: str | None = None,
    private: bool = False,
) -> list[Block]:
    """Return the blocks of an answer; ``answer_id`` adds the buttons that need one.

    ``private`` adds "Share in channel": the answer was shown to the asker alone.
    """
    built = [*_headline(answer)]
    for section in sections(answer):
        built += _section(section, profile)
    built += _ask_buttons(answer)
    footer = list(_footer(answer, profile, answer_id, private)) if answer_id else []
    return built[: MAX_BLOCKS - len(footer)] + footer


def _headline(answer: Answer) -> Iterator[Block]:
    for piece in _pieces(escape(headline(answer)), SECTION_CHARACTERS):
        short = answer.kind in ("calculation", "faq") and "\n" not in piece
        yield _mrkdwn(f"*{piece}*" if short else piece)


def _section(section: Section, profile: Profile) -> Iterator[Block]:
    if isinstance(section, Prose):
        yield from _prose(section, profile)
    elif isinstance(section, Rows):
        yield from _table(section) if profile == "rich" else _rows(section)
    elif isinstance(section, Workings):
        yield from _workings(section, profile)
    elif section.id in QUIET:
        yield from _context(section)
    elif section.id != "choices":
        yield from _lines(section)


def _prose(section: Prose, profile: Profile) -> Iterator[Block]:
    if profile == "rich" and len(section.markdown) <= MARKDOWN_CHARACTERS:
        yield {"type": "markdown", "text": section.markdown.strip()}
        return
    gathered = ""
    for paragraph in mrkdwn_paragraphs(section.markdown):
        if gathered and len(gathered) + len(paragraph) > SECTION_CHARACTERS:
            yield _mrkdwn(gathered)
            gathered = ""
        gathered = f"{gathered}\n\n{paragraph}".strip()
    for piece in _pieces(gathered, SECTION_CHARACTERS):
        yield _mrkdwn(piece)


def _table(section: Rows) -> Iterator[Block]:
    yield {
        "type": "table",
        "column_settings": [{"is_wrapped": True}, {"align": "right"}],
        "rows": [
            [_cell(section.title), _cell(" ")],
            *([_cell(name), _cell(amount)] for name, amount in section.rows[:99]),
        ],
    }


def _cell(text: str) -> Block:
    return {"type": "raw_text", "text": text}


def _rows(section: Rows) -> Iterator[Block]:
    yield _mrkdwn(f"*{escape(section.title)}*")
    yield _preformatted("\n".join(row_lines(section)))


def _workings(section: Workings, profile: Profile) -> Iterator[Block]:
    lines = (line for title, step in section.steps for line in working_lines(title, step))
    pieces = list(_pieces("\n".join(lines), SECTION_CHARACTERS))[:10]
    if profile == "rich":
        title = section.title or section.steps[0][0]
        yield {
            "type": "container",
            "title": {"type": "plain_text", "text": title[:150]},
            "is_collapsible": True,
            "default_collapsed": True,
            "child_blocks": [_preformatted(piece) for piece in pieces],
        }
        return
    if section.title:
        yield _mrkdwn(f"*{escape(section.title)}*")
    yield from (_preformatted(piece) for piece in pieces)


def _lines(section: Lines) -> Iterator[Block]:
    title = f"*{escape(section.title)}*\n" if section.title else ""
    text = title + "\n".join(f"• {escape(line)}" for line in section.lines)
    for piece in _pieces(text, SECTION_CHARACTERS):
        yield _mrkdwn(piece)


def _context(section: Lines) -> Iterator[Block]:
    title = f"*{escape(section.title)}*\n" if section.title else ""
    text = title + "\n".join(escape(line) for line in section.lines)
    for piece in _pieces(text, CONTEXT_CHARACTERS):
        yield {"type": "context", "elements": [{"type": "mrkdwn", "text": piece}]}


def _ask_buttons(answer: Answer) -> Iterator[Block]:
    """Offer the choices of a question back as buttons; a click asks that text."""
    if not answer.choices:
        return
    key = "unknown_nearest" if answer.kind == "unknown" else "choices"
    yield _mrkdwn(escape(say(key, answer.language)))
    yield {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": f"{ASK}_{position}",
                "text": {"type": "plain_text", "text": choice.label[:LABEL_CHARACTERS]},
                "value": choice.text[:VALUE_CHARACTERS],
            }
            for position, choice in enumerate(answer.choices[:5])
        ],
    }


def _footer(answer: Answer, profile: Profile, answer_id: str, private: bool) -> Iterator[Block]:
    language = answer.language
    good, bad = say("button_good", language), say("button_bad", language)
    buttons: list[Block] = []
    if private:
        buttons.append(_button(SHARE, say("button_share", language), answer_id))
    if profile == "plain":
        buttons.append(_button(FEEDBACK_GOOD, good, answer_id))
        buttons.append(_button(FEEDBACK_BAD, bad, answer_id))
    if buttons:
        yield {"type": "actions", "elements": buttons}
    if profile == "rich":
        feedback = {
            "type": "feedback_buttons",
            "action_id": FEEDBACK,
            "positive_button": _feedback_button(good, f"good:{answer_id}"),
            "negative_button": _feedback_button(bad, f"bad:{answer_id}"),
        }
        yield {"type": "context_actions", "elements": [feedback]}


def _feedback_button(text: str, value: str) -> Block:
    return {
        "text": {"type": "plain_text", "text": text},
        "accessibility_label": text,
        "value": value,
    }


def _button(action_id: str, text: str, value: str) -> Block:
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": text},
        "value": value,
    }


def _mrkdwn(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _preformatted(text: str) -> Block:
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
