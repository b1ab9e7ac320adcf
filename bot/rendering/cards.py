"""What would work instead, as cards side by side, each with a button that calculates it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bot.messages import say
from bot.question import Language
from bot.rendering.actions import TRY
from bot.rendering.mrkdwn import escape, escaped_within

Block = dict[str, Any]

MOST_CARDS = 10
TITLE_CHARACTERS = 150
BODY_CHARACTERS = 200
LABEL_CHARACTERS = 75
_COLON = re.compile(r"[:：]\s*")


def cards(lines: Sequence[str], language: Language, title: str, answer_id: str) -> Iterator[Block]:
    """Yield a heading and the cards; the first, nearest to what was asked, is the primary one."""
    yield {"type": "section", "text": _mrkdwn(f"*{escape(title)}*")}
    yield {
        "type": "carousel",
        "elements": [
            _card(line, language, f"{answer_id}:{number}", number)
            for number, line in enumerate(lines[:MOST_CARDS])
        ],
    }


def _card(line: str, language: Language, value: str, number: int) -> Block:
    name, body = _parts(line)
    button: Block = {
        "type": "button",
        "action_id": f"{TRY}_{number}",
        "text": {"type": "plain_text", "text": say("button_try", language)},
        "accessibility_label": f"{say('button_try', language)}: {name}"[:LABEL_CHARACTERS],
        "value": value,
    }
    if number == 0:
        button["style"] = "primary"
    card: Block = {
        "type": "card",
        "title": _mrkdwn(escaped_within(name, TITLE_CHARACTERS)),
        "actions": [button],
    }
    if body:
        card["body"] = _mrkdwn(escaped_within(body, BODY_CHARACTERS))
    return card


def _parts(line: str) -> tuple[str, str]:
    """Return what is done, and what comes of it: the two sides of the first colon."""
    found = _COLON.search(line)
    name, rest = (line, "") if found is None else (line[: found.start()], line[found.end() :])
    return name[:1].upper() + name[1:], rest


def plain_cards(carousel: Block) -> Iterator[Block]:
    """Yield the cards as sections, each with its button beside it, for any client."""
    for card in carousel["elements"]:
        body = f"\n{card['body']['text']}" if card.get("body") else ""
        block: Block = {
            "type": "section",
            "text": _mrkdwn(f"*{card['title']['text']}*{body}"),
            "accessory": card["actions"][0],
        }
        if "block_id" in card:
            block["block_id"] = card["block_id"]
        yield block


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
