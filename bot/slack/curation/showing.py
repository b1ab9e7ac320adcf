"""An entry as people see it in a modal: the preview, the two texts of a conflict, its versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.answer import Answer
from bot.messages import say
from bot.question import Language
from bot.rendering.blocks import blocks as rendered
from bot.rendering.blocks import button, preformatted
from bot.rendering.mrkdwn import escape
from bot.rendering.plainer import plainer
from bot.slack.curation.names import DROP, ENTRY_PREVIEW, REBASE, UNDO
from bot.slack.forms.modal import Block, View, modal, paragraph
from knowledge.entries import Entry
from knowledge.store.entries import Draft, Version

LANGUAGES: tuple[Language, ...] = ("en", "zh")
MOST_VERSIONS = 20
EXCERPT_CHARACTERS = 2_900
TITLE_CHARACTERS = 200


def preview(draft: Draft, language: Language, metadata: str, *, publishes: bool) -> View:
    """Return an entry in both languages as answers will show it, with the button to go on."""
    blocks: list[Block] = [paragraph(say("entry_preview_note", language))]
    if draft.replaces:
        blocks.append(paragraph(say("entry_replaces", language, entry=draft.entry.id)))
    for shown in LANGUAGES:
        blocks += [{"type": "divider"}, *as_answered(draft.entry, shown)]
    submit = "entry_publish" if publishes else "entry_propose"
    view = modal(
        ENTRY_PREVIEW,
        "entry_preview_title",
        blocks[:98],
        language=language,
        submit=submit,
        metadata=metadata,
    )
    return {**view, "close": _plain(say("entry_back", language))}


def as_answered(entry: Entry, language: Language) -> list[Block]:
    """Return what an answer with this entry looks like, in blocks that a modal takes."""
    answer = Answer(
        query=entry.title.in_(language), language=language, kind="faq", score=1.0, entry=entry
    )
    return plainer(rendered(answer))


def conflict(draft: Draft, newest: Version, language: Language) -> View:
    """Show the text that was published meanwhile beside the one that was not."""
    values = {
        "entry": draft.entry.id,
        "version": newest.number,
        "based_on": draft.based_on,
        "when": f"{newest.made_at:%Y-%m-%d %H:%M} UTC",
    }
    blocks: list[Block] = [
        paragraph(say("entry_conflict", language, **values)),
        _by("entry_by", newest.author, language),
        *_both("entry_theirs", newest.entry, language),
        *_both("entry_yours", draft.entry, language),
        {
            "type": "actions",
            "elements": [
                button(REBASE, say("entry_rebase", language), draft.id),
                button(DROP, say("entry_keep_theirs", language), draft.id),
            ],
        },
    ]
    view = modal("entry_conflict", "entry_conflict_title", blocks, language=language, submit=None)
    return {**_to_close(view, language), "clear_on_close": True}


def versions_view(versions: Sequence[Version], language: Language, note: str = "") -> View:
    """List the versions of an entry, newest first, each with a way back to it."""
    newest = versions[0]
    blocks: list[Block] = [paragraph(note)] if note else []
    for one in versions[:MOST_VERSIONS]:
        title = one.entry.title.in_(language) if one.entry else say("entry_withdrawn", language)
        said = f"{one.number}. {title[:TITLE_CHARACTERS]}"
        row = paragraph(f"{said}\n{say(f'action_{one.action}', language)}")
        if one is not newest and one.entry is not None:
            value = f"{one.entry_id}:{one.number}:{newest.number}"
            row["accessory"] = button(
                f"{UNDO}_{one.number}", say("entry_back_to", language, version=one.number), value
            )
        when = f"{one.made_at:%Y-%m-%d %H:%M} UTC"
        blocks += [row, _by("entry_by_at", one.author, language, when=when)]
    if newest.entry is not None:
        blocks.append(_withdrawal(newest, language))
    view = modal("entry_versions", "entry_versions_title", blocks, language=language, submit=None)
    return _to_close(view, language)


def _withdrawal(newest: Version, language: Language) -> Block:
    clicked = button(
        f"{UNDO}_0",
        say("entry_withdraw", language),
        f"{newest.entry_id}:0:{newest.number}",
    )
    confirm = {
        "title": _plain(say("entry_withdraw", language)),
        "text": _plain(say("entry_withdraw_sure", language)),
        "confirm": _plain(say("entry_withdraw", language)),
        "deny": _plain(say("form_cancel", language)),
    }
    return {"type": "actions", "elements": [{**clicked, "style": "danger", "confirm": confirm}]}


def _both(key: str, entry: Entry | None, language: Language) -> Iterator[Block]:
    """Yield a text in both languages as it was written, cut to what a block takes."""
    yield {"type": "divider"}
    yield paragraph(say(key, language))
    if entry is None:
        yield paragraph(say("entry_withdrawn", language))
        return
    for shown in LANGUAGES:
        text = f"{entry.title.in_(shown)}\n\n{entry.body.in_(shown)}".strip() or "—"
        cut = text if len(text) <= EXCERPT_CHARACTERS else text[: EXCERPT_CHARACTERS - 1] + "…"
        yield preformatted(cut)


def _by(key: str, author: str, language: Language, **values: Any) -> Block:
    """Name an author: a person of Slack by a mention, which notifies nobody in a modal."""
    text = say(key, language, author=named(author), **values)
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def named(author: str) -> str:
    """Return an author in mrkdwn: a person of Slack as a mention, any other as text."""
    return f"<@{author}>" if author[:1] in "UW" and author.isalnum() else escape(author)


def _to_close(view: View, language: Language) -> View:
    """Return a modal in which nothing is filled in; it carries its language for the clicks."""
    close = _plain(say("form_close", language))
    return {**view, "close": close, "private_metadata": language}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
