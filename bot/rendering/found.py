"""Past answers as rows: the question with a link to it, its first line, and what changed since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.answer import Related
from bot.messages import say
from bot.question import Language
from bot.rendering.actions import AGAIN
from bot.rendering.mrkdwn import escaped_within

Block = dict[str, Any]
# Escaped: five rows and what stands around them fit into one message, whatever was asked.
QUERY_CHARACTERS = 400
HEADLINE_CHARACTERS = 400
LABEL_CHARACTERS = 70


def found_rows(found: Sequence[Related], language: Language) -> Iterator[Block]:
    """Yield one section for each past answer; one that changed since has a button to recompute."""
    for past in found:
        block: Block = {
            "type": "section",
            "text": {"type": "mrkdwn", "text": row_text(past, language), "verbatim": True},
        }
        if past.changed:
            block["accessory"] = again_button(past, say("button_again", language))
        yield block


def hint_text(past: Related, language: Language) -> str:
    """Return a past answer on one line of mrkdwn: its question, and whether it changed since."""
    mark = f" ({say('changed_since', language)})" if past.changed else ""
    return f"{_linked(past)}{mark}"


def _linked(past: Related) -> str:
    """Return the question, a link where it has a message."""
    query = escaped_within(past.short_query, QUERY_CHARACTERS).replace("|", "¦")
    return f"<{past.permalink}|{query}>" if past.permalink else query


def row_text(past: Related, language: Language) -> str:
    """Return a past answer in mrkdwn: its question, linked where it has a message, and headline."""
    title = _linked(past) if past.permalink else f"*{_linked(past)}*"
    notes = [] if past.asked_at is None else [f"{past.asked_at:%Y-%m-%d}"]
    if past.changed:
        notes.append(f"_{say('changed_since', language)}_")
    head = f"{title}  {' · '.join(notes)}".strip()
    headline = escaped_within(past.headline, HEADLINE_CHARACTERS)
    return f"{head}\n{headline}" if headline else head


def again_row(hints: Sequence[Related], language: Language) -> Iterator[Block]:
    """Yield a row of buttons for those of the "asked before" hints that changed since."""
    buttons = [
        again_button(past, say("button_again_of", language, query=past.query), number)
        for number, past in enumerate(hints[:5])
        if past.changed
    ]
    if buttons:
        yield {"type": "actions", "elements": buttons}


def again_button(past: Related, label: str, number: int | None = None) -> Block:
    """Return the button that asks a past answer again."""
    text = label if len(label) <= LABEL_CHARACTERS else label[: LABEL_CHARACTERS - 1] + "…"
    return {
        "type": "button",
        "action_id": AGAIN if number is None else f"{AGAIN}_{number}",
        "text": {"type": "plain_text", "text": text},
        "value": past.id,
    }
