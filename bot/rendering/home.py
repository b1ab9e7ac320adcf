"""The Home tab of one person, and the modal that shows past answers: pure functions of content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.answer import Related
from bot.messages import say
from bot.question import Defaults, Language
from bot.rendering.actions import AGAIN_HERE, DEFAULTS, FIND_HERE, UNSAVE
from bot.rendering.found import again_button, row_text
from bot.rendering.mrkdwn import escape

Block = dict[str, Any]
MOST_BLOCKS = 100
TEXT_CHARACTERS = 2_900
ROWS = 10
SAVED_ROWS = 15


@dataclass(frozen=True, slots=True)
class Kept:
    """A saved answer; without ``shown`` it may not be shown here, but Slack may open its link."""

    id: str
    shown: Related | None
    permalink: str | None = None


@dataclass(frozen=True, slots=True)
class HomeContent:
    """What a Home tab shows. ``language`` is None while nothing tells it: then both are shown.

    ``team`` are the workspace's default cards; ``health`` is None for all but admins and curators.
    """

    language: Language | None = None
    chosen_language: Language | None = None
    defaults: Defaults | None = None
    team: Defaults | None = None
    recent: Sequence[Related] = ()
    saved: Sequence[Kept] = ()
    health: Sequence[str] | None = None


def home_view(content: HomeContent) -> dict[str, Any]:
    """Return the Home tab, within Slack's hundred blocks."""
    language: Language = content.language or "en"
    shown: Sequence[Language] = (content.language,) if content.language else ("en", "zh")
    blocks = [_text(say("home_welcome", one)) for one in shown]
    blocks.append(_actions(language))
    blocks += _defaults(content, language)
    blocks += _recent(content.recent, language)
    blocks += _saved(content.saved, language)
    if content.health is not None:
        blocks += _titled("home_health", language)
        blocks.append(_text("\n".join(f"• {escape(line)}" for line in content.health)))
    blocks.append({"type": "divider"})
    blocks += [_text(say("help", one)) for one in shown]
    return {"type": "home", "blocks": blocks[:MOST_BLOCKS]}


def past_view(found: Sequence[Related], title: str, language: Language) -> dict[str, Any]:
    """Return a modal that lists past answers; those that changed since can be recomputed."""
    blocks = [_text(escape(title)), *(_row(past, language) for past in found[:50])]
    return {
        "type": "modal",
        "title": _plain(say("find_title", language)),
        "close": _plain(say("form_close", language)),
        "blocks": blocks,
    }


def answer_view(blocks: Sequence[Block], language: Language) -> dict[str, Any]:
    """Return a modal that shows an answer; what can only be clicked in a message is left out."""
    kept = [block for block in blocks if block["type"] not in ("actions", "context_actions")]
    return {
        "type": "modal",
        "title": _plain(say("again_title", language)),
        "close": _plain(say("form_close", language)),
        "blocks": kept[:MOST_BLOCKS],
    }


def _actions(language: Language) -> Block:
    """Return the buttons that open forms; each carries the language that the tab is shown in."""
    return {
        "type": "actions",
        "elements": [
            _button(FIND_HERE, say("button_find", language), language, style="primary"),
            _button(DEFAULTS, say("button_defaults", language), language),
        ],
    }


def _defaults(content: HomeContent, language: Language) -> Iterator[Block]:
    yield from _titled("home_defaults", language)
    nothing = say("home_no_cards", language)
    lines = [
        say("home_cards", language, cards=content.defaults.cards if content.defaults else nothing)
    ]
    if content.team is not None:
        lines.append(say("home_team_cards", language, cards=content.team.cards))
    key = f"language_{content.chosen_language or 'auto'}"
    lines.append(say("home_language", language, spoken=say(key, language)))
    yield _text("\n".join(escape(line) for line in lines))


def _recent(recent: Sequence[Related], language: Language) -> Iterator[Block]:
    yield from _titled("home_recent", language)
    if not recent:
        yield _text(say("home_recent_none", language))
    for past in recent[:ROWS]:
        yield _row(past, language)


def _saved(saved: Sequence[Kept], language: Language) -> Iterator[Block]:
    yield from _titled("home_saved", language)
    if not saved:
        yield _text(say("home_saved_none", language))
    for kept in saved[:SAVED_ROWS]:
        if kept.shown is not None:
            text = row_text(kept.shown, language)
        else:
            text = say("home_saved_elsewhere", language)
            if kept.permalink:
                text = f"<{kept.permalink}|{text}>"
        block = _text(text)
        block["accessory"] = _button(UNSAVE, say("button_unsave", language), kept.id)
        yield block
        if kept.shown is not None and kept.shown.changed:
            yield {"type": "actions", "elements": [_again(kept.shown, language, "saved")]}


def _row(past: Related, language: Language) -> Block:
    block = _text(row_text(past, language))
    if past.changed:
        block["accessory"] = _again(past, language)
    return block


def _again(past: Related, language: Language, where: str = "") -> Block:
    found = again_button(past, say("button_again", language))
    return found | {"action_id": f"{AGAIN_HERE}_{where}" if where else AGAIN_HERE}


def _titled(key: str, language: Language) -> Iterator[Block]:
    yield {"type": "header", "text": _plain(say(key, language))}


def _text(text: str) -> Block:
    return {
        "type": "section",
        "text": {"type": "mrkdwn", "text": text[:TEXT_CHARACTERS] or " ", "verbatim": True},
    }


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def _button(action_id: str, text: str, value: str, style: str | None = None) -> Block:
    found: Block = {
        "type": "button",
        "action_id": action_id,
        "text": _plain(text),
        "value": value,
    }
    return found | ({"style": style} if style else {})
