"""Steps that answer ``/vram unanswered`` and ``/vram entries``, shown to the curator alone."""

from __future__ import annotations

from typing import Any

from bot.rendering.mrkdwn import escape
from bot.slack.curation import lists
from bot.slack.curation.jobs import Job
from knowledge.entries import Entry
from knowledge.loader import load_entries
from knowledge.store import Post
from knowledge.store.entries import LISTED, Draft, Version

MOST = 50


async def list_questions(job: Job) -> Post:
    """Return the message with what could not be answered, as far as it may be seen from here."""
    viewer = await job.viewer()
    found = await job.desk.thought(job.desk.store.open_questions, viewer, MOST)
    return _message(job, lists.open_questions(found, job.language))


async def list_entries(job: Job) -> Post:
    """Return the message with the team's entries and drafts; with words, what has them."""
    own, built_in, drafts = await job.desk.thought(_found, job)
    return _message(job, lists.entries(own, built_in, drafts, job.language, job.value))


def refused(job: Job, sentence: str) -> Post:
    """Return the message for somebody who is no curator."""
    return _message(job, {"text": sentence, "blocks": []})


def _message(job: Job, shown: dict[str, Any]) -> Post:
    payload = {
        "answer_id": job.item.id,
        "text": escape(shown["text"]),
        "blocks": shown["blocks"],
        "response_url": job.values["response_url"],
        "response_type": "ephemeral",
    }
    return Post(job.workspace, job.item.id, str(job.values["channel"]), payload)


def _found(job: Job) -> tuple[list[Version], list[Entry], list[Draft]]:
    """Return the own entries, newest first, the withdrawn ones last, and the drafts that wait.

    Of texts that are still being written only the curator's own. With words, what has them,
    built-in entries too.
    """
    store, workspace, words = job.desk.store, job.workspace, job.value
    own = store.changed_entries(workspace)
    own.sort(key=lambda one: (one.entry is None, -one.change))
    drafts = store.drafts(workspace, (*LISTED, "open"))
    drafts = [one for one in drafts if one.state != "open" or one.author == job.user]
    if not words:
        return own, [], drafts
    mine = {one.entry_id for one in own if one.entry is not None}
    return (
        [one for one in own if _has(one.entry, words) or words in one.entry_id],
        [one for one in load_entries() if one.id not in mine and _has(one, words)],
        [one for one in drafts if _has(one.entry, words)],
    )


def _has(entry: Entry | None, words: str) -> bool:
    if entry is None:
        return False
    text = f"{entry.id} {entry.title.en} {entry.title.zh} {' '.join(entry.tags)}".casefold()
    return all(word in text for word in words.casefold().split())
