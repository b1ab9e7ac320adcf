"""Answers the questions of the inbox: each is closed, recorded and posted in one step."""

from __future__ import annotations

from functools import partial

import structlog

from bot.messages import say
from bot.slack.asked import Asked
from bot.slack.composing import composed_and_closed
from bot.slack.desk import Desk
from bot.slack.pump import Taken, take_up_to
from bot.slack.replies import post_of
from bot.slack.tasks import ALONE, TASKS
from bot.slack.workspaces import NotInstalled
from bot.understanding.language import detect_language
from knowledge.store import Item
from knowledge.store.errors import StoreError

MOST_ATTEMPTS = 3
RETRY_S = 2.0
log = structlog.get_logger(__name__)


class Worker:
    """Handles one inbox item at a time; what fails three times gets an apology."""

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
        if name in ALONE:
            await ALONE[name](self._desk, item)
            return
        task = TASKS.get(name)
        if task is not None:
            await task(self._desk, self._desk.client_of(item.workspace), item)
            return
        asked = Asked.from_payload(item.payload)
        if item.attempts > MOST_ATTEMPTS:
            await self._apologise(item, asked)
            return
        try:
            await self._answer(item, asked)
        except (StoreError, NotInstalled):
            raise
        except Exception:
            log.exception("answer_failed", workspace=item.workspace, id=item.id)
            await self._desk.stored(
                self._desk.store.failed, item, "answer_failed", RETRY_S * item.attempts
            )
            self._desk.inbox.ring()

    async def _answer(self, item: Item, asked: Asked) -> None:
        kind = await self._desk.kind(asked.workspace, asked.channel, asked.kind)
        question = asked.question(kind)
        async with self._desk.conversations.turn(question.place):
            reply = await composed_and_closed(self._desk, item, asked, question)
        log.info("answered", workspace=item.workspace, id=item.id, kind=reply.answer.kind)

    async def _apologise(self, item: Item, asked: Asked) -> None:
        language = detect_language(asked.text)
        payload = {"answer_id": asked.id, "text": say("failed", language), "blocks": []}
        if asked.response_url:
            payload |= {"response_url": asked.response_url, "response_type": "ephemeral"}
        await self._desk.stored(self._desk.store.answered, item, None, post_of(payload, asked))
        log.error("answer_given_up", workspace=item.workspace, id=item.id)
        self._desk.outbox.ring()
