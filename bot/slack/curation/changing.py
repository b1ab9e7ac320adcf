"""Steps that change something: publish a draft, undo, drop, dismiss."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

from bot.slack.curation.fields import CALCULATORS
from bot.slack.curation.jobs import Job
from bot.slack.curation.opening import show_versions
from bot.slack.curation.showing import conflict
from knowledge.check import Problem
from knowledge.curation import draft_problems, workspace_entries
from knowledge.store import Store
from knowledge.store.entries import Draft
from knowledge.store.errors import EntryConflict, UnknownEntry

UNDO_VALUE = re.compile(r"([^:]+):(\d{1,9}):(\d{1,9})", re.ASCII)
ACK_AHEAD_S = 0.3
"""Slack takes up what a submission was acknowledged with before the view is written again."""


async def publish(job: Job) -> None:
    """Make a draft live if a curator confirmed it; anybody else's is proposed to them."""
    await asyncio.sleep(ACK_AHEAD_S)
    store = job.desk.store
    draft = await job.desk.stored(store.draft, job.workspace, job.value)
    if draft is None or draft.state == "dropped":
        await job.notify(job.say("draft_gone"))
        return
    refusal = await job.refusal()
    if refusal is not None:
        await job.desk.stored(_propose, store, job.workspace, draft, str(job.values["origin"]))
        await job.notify(f"{job.say('entry_proposed')}\n\n{refusal}")
        return
    problems = await job.desk.thought(_problems, store, job.workspace, draft)
    if problems and draft.published is None:
        await job.desk.stored(_propose, store, job.workspace, draft, "")
        said = "\n".join(f"• {problem.message.in_(job.language)}" for problem in problems)
        await job.notify(f"{job.say('entry_not_complete')}\n\n{said}")
        return
    await _make_live(job, draft)


async def _make_live(job: Job, draft: Draft) -> None:
    store = job.desk.store
    try:
        made = await job.desk.stored(store.publish_draft, job.workspace, draft.id, job.user)
    except EntryConflict:
        versions = await job.desk.stored(store.entry_versions, job.workspace, draft.entry.id)
        view = conflict(draft, versions[0], job.language)
        if not await job.show(view):
            await job.tell(job.say("entry_conflict_kept", entry=draft.entry.id))
        return
    origin = str(job.values["origin"])
    if origin:
        await job.desk.stored(store.drop_draft, job.workspace, origin)
    ways = draft.entry.ask.zh if job.language == "zh" else draft.entry.ask.en
    example = next(iter(ways), draft.entry.title.in_(job.language))
    await job.notify(
        job.say("entry_live", entry=made.entry_id, version=made.number, example=example)
    )


async def undo(job: Job) -> None:
    """Bring back an earlier version, or withdraw the entry, if nobody was faster."""
    step = UNDO_VALUE.fullmatch(job.value)
    if step is None:
        await _answer(job, job.say("button_outdated"))
        return
    entry_id, to, newest = step.groups()
    try:
        made = await job.desk.stored(
            job.desk.store.undo_entry, job.workspace, entry_id, job.user, int(to), int(newest)
        )
    except EntryConflict:
        note = job.say("entry_changed_meanwhile")
    except UnknownEntry:
        note = job.say("entry_gone")
    else:
        key = "entry_is_withdrawn" if made.entry is None else "entry_is_back"
        note = job.say(key, version=made.number, to=to)
    await show_versions(job, note)


async def drop_draft(job: Job) -> None:
    """Close a draft without publishing it."""
    dropped = await job.desk.stored(job.desk.store.drop_draft, job.workspace, job.value)
    await _answer(job, job.say("draft_dropped" if dropped else "draft_gone"))


async def dismiss_question(job: Job) -> None:
    """Take a question off the list, for whoever may see it."""
    past = await job.desk.stored(job.desk.store.get, job.value, await job.viewer())
    if past is None:
        await job.tell(job.say("answer_gone"))
        return
    settled = job.desk.store.settle_questions
    await job.desk.stored(settled, job.workspace, [past.id], job.user, "dismissed")
    await job.tell(job.say("question_dismissed", query=past.query[:100]))


async def _answer(job: Job, sentence: str) -> None:
    """Say a sentence where the button was clicked: in a modal, or under a message."""
    if "view_id" in job.values:
        await job.notify(sentence)
    else:
        await job.tell(sentence)


def _problems(store: Store, workspace: str, draft: Draft) -> Sequence[Problem]:
    return draft_problems(draft, workspace_entries(store, workspace), CALCULATORS)


def _propose(store: Store, workspace: str, draft: Draft, origin: str) -> None:
    if store.save_draft(workspace, replace(draft, state="proposed")) and origin:
        store.drop_draft(workspace, origin)
