"""An answer as the messages that Slack gets: rich, plain, and as text, in this order of trying.

The outbox keeps the rich blocks alone; the plainer ones are made from them when they are needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.answer import Answer
from bot.question import Question
from bot.recording import UNKEPT, past_answer
from bot.rendering import blocks
from bot.rendering.budgets import fits
from bot.rendering.mrkdwn import escape
from bot.rendering.plainer import plainer, without_charts
from bot.slack.asked import Asked
from bot.slack.detours import otherwise
from knowledge.history import PastAnswer
from knowledge.store import Post

METADATA_TYPE = "vrambot_answer"
TEXT_BESIDE_BLOCKS = 3_900
TEXT_ALONE = 30_000
CONVERSATION = "conversation:"

Payload = dict[str, Any]


def payload_of(answer: Answer, asked: Asked, text: str, *, private: bool) -> Payload:
    """Return what the outbox keeps of an answer: ``text``, its plain text, and its blocks."""
    kept = asked.id if answer.kind not in UNKEPT else None
    return {
        "answer_id": asked.id,
        "text": escape(text),
        "blocks": _in_conversation(_shown(answer, asked, kept, private=private), asked),
        **_route(asked, private=private),
        **otherwise(asked),
    }


def _shown(answer: Answer, asked: Asked, kept: str | None, *, private: bool) -> list[Payload]:
    """Return an answer's blocks; where somebody asked for an explanation the working is open."""
    shown = blocks(answer, answer_id=kept, private=private)
    if not asked.explains:
        return shown
    return [
        {**block, "default_collapsed": False} if block["type"] == "container" else block
        for block in shown
    ]


def note_of(text: str, response_url: str, *, note_id: str) -> Payload:
    """Return a short sentence that only the person who clicked or typed sees."""
    return {
        "answer_id": note_id,
        "text": escape(text),
        "blocks": [],
        "response_url": response_url,
        "response_type": "ephemeral",
    }


def note_to(text: str, *, note_id: str) -> Payload:
    """Return a short sentence for a direct message."""
    return {"answer_id": note_id, "text": escape(text), "blocks": []}


def post_of(payload: Mapping[str, Any], asked: Asked, *, draft: bool = False) -> Post:
    """Return the outbox row that carries a reply."""
    thread = None if asked.response_url else asked.thread
    return Post(asked.workspace, asked.id, asked.channel, payload, thread, draft=draft)


def past_of(
    answer: Answer, asked: Asked, question: Question, text: str, team_url: str
) -> PastAnswer | None:
    """Return the record of an answer for the history; None for help and look-ups."""
    return past_answer(answer, question, asked.id, permalink(team_url, asked), text)


def permalink(team_url: str, asked: Asked) -> str | None:
    """Return the address of the asking message, None when there is no such message."""
    if asked.ts is None or not team_url:
        return None
    link = f"{team_url.rstrip('/')}/archives/{asked.channel}/p{asked.ts.replace('.', '')}"
    if asked.thread and asked.thread != asked.ts:
        link += f"?thread_ts={asked.thread}&cid={asked.channel}"
    return link


def acknowledgement(payload: Mapping[str, Any]) -> Payload:
    """Return the body of an acknowledgement that carries the reply.

    Slack does not say whether it took it: only the blocks that every client has are used.
    """
    shown = plainer(payload["blocks"])
    return {
        "response_type": payload.get("response_type", "ephemeral"),
        "text": _cut(payload["text"], TEXT_BESIDE_BLOCKS),
        "blocks": shown if fits(shown) else [],
    }


def variants(payload: Mapping[str, Any], *, charts: bool = True) -> Iterator[Payload]:
    """Yield the contents to try that are within Slack's budgets, best first; last text alone.

    Without ``charts`` those with Slack's chart are left out.
    """
    text: str = payload["text"] or "…"
    short = _cut(text, TEXT_BESIDE_BLOCKS)
    if rich := payload["blocks"]:
        yield from (
            {"text": short, "blocks": tried} for tried in _tries(rich, charts=charts) if fits(tried)
        )
    yield {"text": _cut(text, TEXT_ALONE)}
    yield {"text": short}


def _tries(rich: list[Payload], *, charts: bool) -> Iterator[list[Payload]]:
    """Yield the blocks, then the same without Slack's charts, then those of every client."""
    charted = without_charts(rich)
    if charts or len(charted) == len(rich):
        yield rich
    if len(charted) < len(rich):
        yield charted
    yield plainer(rich)


def _cut(text: str, limit: int) -> str:
    """Shorten escaped text, never inside an entity."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    entity = head.rfind("&", limit - 6)
    return (head if entity < 0 or ";" in head[entity:] else head[:entity]) + "…"


def conversation_of(block_id: str) -> str | None:
    """Return the conversation that a clicked block belongs to, None when it does not say."""
    if not block_id.startswith(CONVERSATION):
        return None
    return block_id.removeprefix(CONVERSATION).rpartition(":")[0] or None


def _in_conversation(shown: list[Payload], asked: Asked) -> list[Payload]:
    """Note the conversation in the rows of buttons of a message that no thread belongs to."""
    if asked.response_url is None:
        return shown
    return [
        {**block, "block_id": f"{CONVERSATION}{asked.thread}:{number}"}
        if block["type"] == "actions"
        else block
        for number, block in enumerate(shown)
    ]


def _route(asked: Asked, *, private: bool) -> Payload:
    if asked.response_url is None:
        return {"after": asked.ts}
    return {
        "response_url": asked.response_url,
        "response_type": "ephemeral" if private else "in_channel",
    }
