"""The lists that curators get: open questions, entries, drafts; each row with its buttons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.messages import say
from bot.question import Language
from bot.rendering.blocks import button, section
from bot.rendering.mrkdwn import escape, escaped_within
from bot.slack.curation.names import ANSWER, DISMISS, DROP, EDIT, HISTORY, NEW, REVIEW
from bot.slack.curation.showing import named
from bot.slack.forms.modal import Block
from knowledge.entries import Entry
from knowledge.store.entries import Draft, OpenQuestion, Version

SHOWN = 10
QUERY_CHARACTERS = 280
ESCAPED_CHARACTERS = 400
Message = dict[str, Any]


def open_questions(found: Sequence[OpenQuestion], language: Language) -> Message:
    """Return the list of what could not be answered."""
    if not found:
        return {"text": say("questions_none", language), "blocks": []}
    head = say("questions_some", language, count=len(found), shown=min(SHOWN, len(found)))
    blocks: list[Block] = [section(escape(head))]
    for number, one in enumerate(found[:SHOWN]):
        when = f"{one.asked_at:%Y-%m-%d}"
        key = "question_asked_once" if one.count == 1 else "question_asked"
        said = say(key, language, count=one.count, when=when)
        if one.bad:
            said += f" · {say('question_bad', language, bad=one.bad)}"
        newest = one.answers[0]
        blocks += [
            section(f"*{_escaped(one.query)}*\n{escape(said)}"),
            _row(
                button(f"{ANSWER}_{number}", say("question_answer", language), newest),
                button(f"{DISMISS}_{number}", say("question_dismiss", language), newest),
            ),
        ]
    return {
        "text": "\n".join([head, *(_short(one.query) for one in found[:SHOWN])]),
        "blocks": _noting(blocks, language),
    }


def entries(
    own: Sequence[Version],
    built_in: Sequence[Entry],
    drafts: Sequence[Draft],
    language: Language,
    words: str,
) -> Message:
    """Return the list of entries and of drafts that wait."""
    count = sum(one.entry is not None for one in own) + len(built_in)
    head = say("entries_list", language, count=count, drafts=len(drafts))
    if words:
        head = say("entries_with", language, count=count, drafts=len(drafts), words=words)
    blocks: list[Block] = [
        section(escape(head)),
        _row(button(NEW, say("entry_new_title", language), "new")),
    ]
    rows = [*_drafts(drafts, language), *_own(own, language), *_built_in(built_in, language)]
    for row in rows[:SHOWN]:
        blocks += row
    if len(rows) > SHOWN:
        blocks.append(section(escape(say("entries_more", language, count=len(rows) - SHOWN))))
    return {"text": head, "blocks": _noting(blocks, language)}


def _drafts(drafts: Sequence[Draft], language: Language) -> Iterator[list[Block]]:
    for one in drafts:
        state = say(f"draft_{one.state}", language)
        title = one.entry.title.in_(language) or one.entry.title.en or one.entry.title.zh or "—"
        text = escape(say("draft_row", language, state=state, when=f"{one.saved_at:%Y-%m-%d}"))
        head = f"*{_escaped(title)}* `{_escaped(one.entry.id)}`"
        yield [
            section(f"{head}\n{text} · {named(one.author)}"),
            _row(
                button(REVIEW, say("draft_review", language), one.id),
                button(DROP, say("draft_drop", language), one.id),
            ),
        ]


def _own(own: Sequence[Version], language: Language) -> Iterator[list[Block]]:
    for one in own:
        history = button(HISTORY, say("entry_history", language), one.entry_id)
        if one.entry is None:
            text = say("entry_withdrawn", language)
            yield [section(f"`{_escaped(one.entry_id)}`\n{escape(text)}"), _row(history)]
            continue
        text = say("entry_row", language, version=one.number, when=f"{one.made_at:%Y-%m-%d}")
        yield [
            section(f"{_title(one.entry, language)}\n{escape(text)}"),
            _row(
                button(EDIT, say("entry_edit", language), one.entry_id),
                history,
            ),
        ]


def _built_in(entries: Sequence[Entry], language: Language) -> Iterator[list[Block]]:
    for one in entries:
        yield [
            section(f"{_title(one, language)}\n{escape(say('entry_built_in', language))}"),
            _row(button(EDIT, say("entry_replace", language), one.id)),
        ]


def _title(entry: Entry, language: Language) -> str:
    return f"*{_escaped(entry.title.in_(language))}* `{_escaped(entry.id)}`"


def _row(*buttons: Block) -> Block:
    return {"type": "actions", "elements": list(buttons)}


def _noting(blocks: Sequence[Block], language: Language) -> list[Block]:
    """Note the language in each row of buttons, for what a click opens."""
    return [
        {**block, "block_id": f"{language}:{number}"} if block["type"] == "actions" else block
        for number, block in enumerate(blocks)
    ]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= QUERY_CHARACTERS else line[: QUERY_CHARACTERS - 1] + "…"


def _escaped(text: str) -> str:
    """Return the beginning of a text, escaped: a message holds so many characters in all."""
    return escaped_within(_short(text), ESCAPED_CHARACTERS)
