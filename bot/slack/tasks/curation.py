"""The steps of curation that need the Web API or a curator's standing, which is asked for again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.curation import changing, listing, opening
from bot.slack.curation.jobs import Job
from bot.slack.curation.names import TASK
from bot.slack.desk import Desk
from knowledge.store import Item, Post
from knowledge.store.errors import StoreError

__all__ = ["TASK", "perform"]
MOST_ATTEMPTS = 3
log = structlog.get_logger(__name__)

LISTS: Mapping[str, Callable[[Job], Awaitable[Post]]] = {
    "questions": listing.list_questions,
    "entries": listing.list_entries,
}
FORMS: Mapping[str, Callable[[Job], Awaitable[None]]] = {
    "new": opening.new_entry,
    "edit": opening.edit_entry,
    "history": opening.show_versions,
    "review": opening.review_draft,
    "rebase": opening.rebase_draft,
    "answer": opening.answer_question,
}
CHANGES: Mapping[str, Callable[[Job], Awaitable[None]]] = {
    "undo": changing.undo,
    "drop": changing.drop_draft,
    "dismiss": changing.dismiss_question,
}
# What everybody may do: to publish, a curator is needed all the same.
OPEN: Mapping[str, Callable[[Job], Awaitable[None]]] = {
    "thread": opening.save_thread,
    "publish": changing.publish,
}


async def perform(desk: Desk, client: AsyncWebClient, item: Item) -> None:
    """Do one step and close the item; what fails three times is given up with a word."""
    job = Job(desk, client, item)
    if item.attempts > MOST_ATTEMPTS:
        log.error("curation_given_up", workspace=item.workspace, id=item.id)
        await job.tell(job.say("failed"))
        await desk.stored(desk.store.failed, item, "too many attempts", None)
        return
    try:
        post = await _done(job, str(item.payload["step"]))
    except StoreError:
        raise
    except Exception:
        log.exception("curation_failed", workspace=item.workspace, id=item.id)
        await desk.stored(desk.store.failed, item, "curation_failed", float(item.attempts))
        desk.inbox.ring()
        return
    await desk.stored(desk.store.answered, item, None, post)
    desk.outbox.ring()


async def _done(job: Job, step: str) -> Post | None:
    if step in OPEN:
        await OPEN[step](job)
        return None
    refusal = await job.refusal()
    if step in LISTS:
        return listing.refused(job, refusal) if refusal else await LISTS[step](job)
    if refusal is None:
        await {**FORMS, **CHANGES}[step](job)
    elif step in FORMS or "view_id" in job.values:
        await job.notify(refusal)
    else:
        await job.tell(refusal)
    return None
