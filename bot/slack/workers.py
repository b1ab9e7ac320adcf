"""Does what is in the inbox; a question is closed, recorded and posted in one step."""

from __future__ import annotations

from functools import partial

import structlog

from bot.messages import say
from bot.question import Language
from bot.slack.admission import asker_language
from bot.slack.asked import Asked, answer_id
from bot.slack.desk import Desk
from bot.slack.membership import may_still_post
from bot.slack.processes.crew import NobodyFree
from bot.slack.pump import Taken, take_up_to
from bot.slack.replies import note_of, post_of
from bot.slack.settling import settle_later
from bot.slack.tasks import ALONE, TASKS
from bot.slack.turns import composed_and_closed
from bot.slack.verdicts import backoff_s
from bot.slack.workspaces import NotInstalled
from knowledge.store import Item, Post
from knowledge.store.errors import StoreError

MOST_ATTEMPTS = 3
MOST_ATTEMPTS_ALONE = 300
"""Of what deletes a workspace: with five minutes between them, a day in which Slack is away."""
RETRY_S = 2.0
log = structlog.get_logger(__name__)


class Worker:
    """Handles one inbox item at a time; what fails again and again gets an apology."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def take(self, limit: int) -> Taken[Item]:
        """Take up to ``limit`` items."""
        store, lease_s = self._desk.store, self._desk.settings.lease_s
        return await self._desk.stored(
            take_up_to, limit, partial(store.claim, lease_s), partial(store.next_due_s, "inbox")
        )

    async def handle(self, item: Item) -> None:
        """Do what the item asks for; nothing where the bot is no longer installed."""
        try:
            await self._handle(item)
        except NotInstalled:
            log.warning("not_installed", workspace=item.workspace, id=item.id)
            await self._desk.stored(self._desk.store.failed, item, "not_installed", None)

    async def _handle(self, item: Item) -> None:
        name = str(item.payload.get("task"))
        if name in ALONE or name in TASKS:
            await self._do(item, name)
            return
        asked = Asked.from_payload(item.payload)
        if item.attempts > MOST_ATTEMPTS:
            await self._apologise(item, asked)
            return
        try:
            await self._answer(item, asked)
        except (StoreError, NotInstalled):
            raise
        except NobodyFree:
            log.error("nobody_free", workspace=item.workspace, id=item.id)
            again = partial(self._desk.store.failed, counted=False)
            await self._desk.stored(again, item, "nobody_free", RETRY_S)
            self._desk.inbox.ring()
        except Exception:
            log.exception("answer_failed", workspace=item.workspace, id=item.id)
            await self._desk.stored(
                self._desk.store.failed, item, "answer_failed", RETRY_S * item.attempts
            )
            self._desk.inbox.ring()

    async def _do(self, item: Item, name: str) -> None:
        """Do a task; one that fails again and again is given up, with a word where there is a way.

        Whatever a task does about its own attempts comes first.
        """
        desk = self._desk
        most = MOST_ATTEMPTS_ALONE if name in ALONE else MOST_ATTEMPTS + 1
        if item.attempts > most:
            await self._give_up(item, name)
            return
        try:
            if name in ALONE:
                await ALONE[name](desk, item)
            else:
                await TASKS[name](desk, desk.client_of(item.workspace), item)
        except (StoreError, NotInstalled):
            raise
        except Exception:
            log.exception("task_failed", workspace=item.workspace, id=item.id, task=name)
            await desk.stored(desk.store.failed, item, "task_failed", backoff_s(item.attempts))
            desk.inbox.ring()

    async def _give_up(self, item: Item, name: str) -> None:
        url = item.payload.get("response_url")
        if url:
            note_id = answer_id(item.workspace, "note", item.id)
            language: Language = "zh" if item.payload.get("language") == "zh" else "en"
            note = note_of(say("task_failed", language), str(url), note_id=note_id)
            await self._desk.send(Post(item.workspace, note_id, "", note))
        await self._desk.stored(self._desk.store.failed, item, "too many attempts", None)
        log.error("task_given_up", workspace=item.workspace, id=item.id, task=name)

    async def _answer(self, item: Item, asked: Asked) -> None:
        kind, sure = self._desk.places.at_hand(asked.workspace, asked.channel, asked.kind)
        if asked.checks:
            if not sure:
                kind, sure = await self._desk.kind(asked.workspace, asked.channel, None), True
            if not await may_still_post(self._desk, asked, kind):
                await self._turn_away(item, asked)
                return
        async with self._desk.conversations.turn(asked.place(kind)):
            reply = await composed_and_closed(self._desk, item, asked, kind)
        if not sure and reply.prepared.kept:
            await settle_later(self._desk, asked)
        log.info("answered", workspace=item.workspace, id=item.id, kind=reply.kind)

    async def _turn_away(self, item: Item, asked: Asked) -> None:
        """Close a question from a form of a channel that its asker is in no more."""
        note = None
        if asked.url:
            text = say("form_not_inside", asker_language(self._desk, asked))
            note = post_of(note_of(text, asked.url, note_id=asked.id), asked)
        await self._desk.stored(self._desk.store.answered, item, None, note)
        log.info("turned_away", workspace=item.workspace, id=item.id)
        self._desk.outbox.ring()

    async def _apologise(self, item: Item, asked: Asked) -> None:
        language = asker_language(self._desk, asked, typed=asked.again is None)
        payload = {"answer_id": asked.id, "text": say("failed", language), "blocks": []}
        if asked.response_url:
            payload |= {"response_url": asked.response_url, "response_type": "ephemeral"}
        await self._desk.stored(self._desk.store.answered, item, None, post_of(payload, asked))
        log.error("answer_given_up", workspace=item.workspace, id=item.id)
        self._desk.outbox.ring()
