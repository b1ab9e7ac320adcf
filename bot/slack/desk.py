"""What the listeners and the workers share: the store, the answerer, the workspaces."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, TypeVar

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import Settings
from bot.slack.composing import Composed, compose
from bot.slack.conversations import Conversations
from bot.slack.curation.curators import Curators
from bot.slack.forms.seal import Seal, secret_of
from bot.slack.identity import Identity
from bot.slack.kit import Answers, Job, Kit
from bot.slack.limits import Limits
from bot.slack.places import Places
from bot.slack.pump import Pump
from bot.slack.workspaces import Workspaces
from knowledge.store import Item, Post, Store
from knowledge.store.errors import StoreLocked
from knowledge.store.port import Prepared
from knowledge.visibility import PlaceKind

Result = TypeVar("Result")
POST_LEASE_S = 45.0
MOST_RECENT = 4_096
PATIENCE_S = 0.02
log = structlog.get_logger(__name__)


class Composer(Protocol):
    """Whatever answers questions: threads of this process, or processes beside it."""

    async def compose(self, job: Job) -> Composed:
        """Answer one question; raises whatever went wrong."""


class Desk:
    """Takes questions in and hands work on; blocking work runs in threads of its own.

    Answers run in ``settings.workers`` threads, unless ``composer`` is set to something else. Made
    in the event loop's thread, whose calls of the store never wait from then on. ``inbox`` and
    ``outbox`` are set before the first question.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        conversations: Conversations,
        answerer: Answers,
        workspaces: Workspaces,
    ) -> None:
        self.settings = settings
        self.store = store
        store.never_wait()
        self.workspaces = workspaces
        self.places = Places(workspaces.client_of, self.scopes_of)
        self.seal = Seal(secret_of(settings))
        self.curators = Curators(settings.curator_ids, self.scopes_of)
        self.conversations = conversations
        self.answerer = answerer
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._thinkers = ThreadPoolExecutor(settings.workers, thread_name_prefix="answer")
        self.limits = Limits(settings.user_per_minute, settings.channel_per_minute)
        self._slow = 0
        self._background: set[asyncio.Task[None]] = set()
        self._recent: dict[tuple[str, str], None] = {}
        self.inbox: Pump[Item]
        self.outbox: Pump[Post]
        self.composer: Composer = InThreads(self)

    async def stored(self, call: Callable[..., Result], *arguments: Any) -> Result:
        """Run a short call of the store: here if it need not wait, else in a thread for it.

        A commit takes some 0.1 ms without waiting for the disk, less than the way to a thread.
        """
        try:
            return call(*arguments)
        except StoreLocked:
            return await self.aside(call, *arguments)

    async def aside(self, call: Callable[..., Result], *arguments: Any) -> Result:
        """Run a call of the store in the thread for those that wait."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, call, *arguments)

    async def accept(
        self, item: Item, keys: Sequence[str], held_s: float = 0.0, *, limited: bool = True
    ) -> bool:
        """Record an item before it is acknowledged; False when it is a repeat.

        What is not ``limited`` is recorded however much waits. Raises ``StoreError`` when it could
        not be recorded: then it must not be acknowledged.
        """
        new = not self.is_repeat(item.workspace, keys) and await self._accept(
            item, keys, held_s, limited
        )
        log.info("item_accepted" if new else "item_repeated", workspace=item.workspace, id=item.id)
        return new

    def is_repeat(self, workspace: str, keys: Sequence[str]) -> bool:
        """Return whether this process has just recorded any of the keys, without the store."""
        return any((workspace, key) in self._recent for key in keys)

    async def _accept(self, item: Item, keys: Sequence[str], held_s: float, limited: bool) -> bool:
        record = partial(self.store.accept, limited=limited)
        if held_s:
            new = await self.stored(record, item, keys, held_s)
        else:
            with self.inbox.slot() as slot:
                lease_s = self.settings.lease_s if slot.free else 0.0
                new = await self.stored(record, item, keys, lease_s)
                if new:
                    slot.stored(replace(item, attempts=1))
        self._recent.update(((item.workspace, key), None) for key in keys)
        while len(self._recent) > MOST_RECENT:
            del self._recent[next(iter(self._recent))]
        return new

    async def send(self, post: Post, *, again: bool = False) -> bool:
        """Queue a message; False when one with this id was queued before.

        With ``again`` one that was given up is queued anew.
        """
        new = await self.stored(partial(self.store.enqueue, again=again), post)
        self.outbox.ring()
        return new

    async def thought(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Run what answers a question in a thread for it; the loop stands aside for a moment.

        Two threads of Python hinder each other more than one of them gets done meanwhile.
        """
        future = self._thinkers.submit(work, *arguments)
        if not self._slow:
            # By ``result``: ``concurrent.futures.wait`` takes twice as long to wait.
            with contextlib.suppress(Exception):
                future.result(PATIENCE_S)
        if future.done():
            return future.result()
        self._slow += 1
        try:
            return await asyncio.wrap_future(future)
        finally:
            self._slow -= 1

    async def answered(
        self, item: Item, prepared: Prepared, post: Post | None, held_s: float = 0.0
    ) -> bool:
        """Close an item with its answer, its message and what its turn leaves behind.

        The message is held ``held_s``. False when the item was closed before: then nobody but the
        outbox sends its message.
        """
        return await self.stored(self.store.conclude, item, prepared, post, held_s)

    async def kind(self, workspace: str, channel: str, told: PlaceKind | None) -> PlaceKind:
        """Return the kind of a channel."""
        return await self.places.kind(workspace, channel, told)

    def identity_of(self, workspace: str) -> Identity:
        """Return who the bot is in a workspace; raises ``NotInstalled``."""
        return self.workspaces.identity_of(workspace)

    def scopes_of(self, workspace: str) -> frozenset[str] | None:
        """Return the scopes that a workspace granted, None where Slack did not tell."""
        return self.identity_of(workspace).scopes

    def client_of(self, workspace: str) -> AsyncWebClient:
        """Return the client with a workspace's token; raises ``NotInstalled``."""
        return self.workspaces.client_of(workspace)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something after the acknowledgement; ``finish`` waits for it."""
        task = asyncio.create_task(_logged(work))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def finish(self) -> None:
        """Wait for what was left for later."""
        await asyncio.gather(*self._background, return_exceptions=True)

    def close(self) -> None:
        """Let the threads go; the store is the caller's."""
        self._thinkers.shutdown(wait=False, cancel_futures=True)
        self._writer.shutdown(wait=True)


class InThreads:
    """Composes in threads of this process."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def compose(self, job: Job) -> Composed:
        """Answer one question in a thread for it."""
        desk = self._desk
        kit = Kit(desk.store, desk.conversations, desk.answerer)
        return await desk.thought(compose, kit, job)


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("later_failed")
