"""What a store does, whichever database is behind it: history, inbox and outbox.

Every key leads with the workspace. Moments are seconds since 1970, spans are seconds. All methods
may be called from any thread, block for as long as the database takes, and raise ``StoreError``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from knowledge.history import History, PastAnswer
from knowledge.store.entries import Entries
from knowledge.store.erasure import Erasure
from knowledge.store.installations import Installations
from knowledge.store.personal import Personal
from knowledge.visibility import Place, PlaceKind

Queue = Literal["inbox", "outbox"]


@dataclass(frozen=True, slots=True)
class Item:
    """A question in the inbox. ``id`` is made from the question's own keys.

    ``attempts`` counts how often it was taken; ``payload`` is JSON of the caller's making.
    """

    workspace: str
    id: str
    payload: Mapping[str, Any]
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    """A message in the outbox, with the id of the answer that it carries.

    ``attempts`` counts the tries to send it, this one included: above 1 it may be out already.
    A ``draft`` is kept but not sent. ``queued_at`` is told when it is taken. ``body`` is the
    message as it goes out, where whoever made it has written it already; it is not stored.
    """

    workspace: str
    id: str
    channel: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    thread: str | None = None
    attempts: int = 0
    draft: bool = False
    queued_at: float | None = field(default=None, compare=False)
    body: bytes | None = field(default=None, compare=False, repr=False)


class Prepared(Protocol):
    """An answer and what its turn leaves behind, as a store keeps them; it can be pickled."""

    @property
    def kept(self) -> bool:
        """Whether there is an answer among it, and not a state of a thread alone."""


class Inbox(Protocol):
    """Questions that were acknowledged and are to be answered, each once."""

    def accept(
        self, item: Item, keys: Sequence[str], held_s: float = 0.0, *, limited: bool = True
    ) -> bool:
        """Store ``item`` and its dedupe keys at once; False when any key was seen before.

        Nobody else can take it for ``held_s``: the caller is answering it already, which counts
        as an attempt. Raises ``InboxFull`` when too many wait: then nothing is stored. What may
        never be lost is not ``limited``: it is stored however many wait.
        """

    def seen(self, workspace: str, keys: Sequence[str]) -> bool:
        """Return whether any of the keys was accepted before."""

    def claim(self, lease_s: float) -> Item | None:
        """Take the oldest waiting item for ``lease_s``; after that it can be taken again."""

    def answered(
        self,
        item: Item,
        past: PastAnswer | None = None,
        post: Post | None = None,
        left_behind: Mapping[Place, Mapping[str, Any]] | None = None,
        held_s: float = 0.0,
    ) -> bool:
        """Close ``item``, store its answer, queue its post and keep states of threads, at once.

        Nobody else can take the post for ``held_s``: the caller is sending it already, which
        counts as an attempt. False when the item was closed before: then nothing is stored; and
        when a message with the post's id was queued before: then that one is sent.
        """

    def prepared(
        self, past: PastAnswer | None, left_behind: Mapping[Place, Mapping[str, Any]]
    ) -> Prepared:
        """Do all of ``answered`` that needs no database; may be done in another process."""

    def conclude(
        self, item: Item, prepared: Prepared, post: Post | None = None, held_s: float = 0.0
    ) -> bool:
        """Do the rest of ``answered``."""

    def failed(
        self, item: Item, error: str, retry_in_s: float | None, *, counted: bool = True
    ) -> None:
        """Put ``item`` back for later, or close it as failed when ``retry_in_s`` is None.

        What is not ``counted`` was no attempt: nothing of the item was tried.
        """


class Outbox(Protocol):
    """Messages to send, each as nearly once as the other side allows."""

    def enqueue(self, post: Post, *, again: bool = False) -> bool:
        """Queue a message; False when one with this id was queued before.

        With ``again`` one that was given up is queued anew.
        """

    def claim_post(self, lease_s: float) -> Post | None:
        """Take the oldest message that is due, for ``lease_s``."""

    def posted(self, post: Post, ts: str) -> None:
        """Note that the message is out as ``ts``."""

    def postpone(
        self, post: Post, error: str, retry_in_s: float, *, maybe_out: bool = False
    ) -> None:
        """Try again after ``retry_in_s``; unless ``maybe_out``, this try does not count."""

    def drop(self, post: Post, error: str) -> None:
        """Give the message up; it is kept with the reason."""

    def kept(self, workspace: str, post_id: str) -> Post | None:
        """Return a message as it was queued, sent or not; None once it is pruned."""

    def posted_ts(self, workspace: str, post_id: str) -> str | None:
        """Return the time stamp of a message that is out, else None."""


class Store(History, Personal, Entries, Inbox, Outbox, Installations, Erasure, Protocol):
    """All of it, and the upkeep."""

    def feedback(
        self,
        answer_id: str,
        user: str,
        verdict: str,
        reason: str = "",
        *,
        workspace: str | None = None,
    ) -> None:
        """Keep one verdict per user and answer; with ``workspace``, only on an answer of its own.

        Raises ``UnknownAnswer``, and ``ValueError`` for another verdict than good or bad.
        """

    def settle(self, workspace: str, answer_id: str, kind: PlaceKind) -> None:
        """Note what kind of channel an answer was given in, which was not known then."""

    def shared(self, workspace: str, answer_id: str) -> None:
        """Note that an answer's asker showed it to the channel: it is private no longer."""

    def verdicts(self, workspace: str, answer_id: str) -> dict[str, tuple[str, str]]:
        """Return each user's verdict on an answer, with its reason."""

    def never_wait(self) -> None:
        """Make this thread's calls raise ``StoreLocked`` at once instead of waiting."""

    def tidy(self) -> None:
        """Do what commits of threads that never wait put off; nothing is lost without it."""

    def release_leases(self) -> int:
        """Free what a process that no longer runs had taken; return how many rows."""

    def next_due_s(self, queue: Queue) -> float | None:
        """Return the seconds until a row is due, 0 when one is, None when none waits."""

    def waiting(self, queue: Queue) -> int:
        """Return how many rows wait or are being worked on; not what of the inbox is put off."""

    def prune(
        self,
        keep_s: float = ...,
        keep_threads_s: float = ...,
        keep_answers_s: float | None = None,
    ) -> int:
        """Delete keys and closed queue rows older than ``keep_s``, and threads left alone.

        Left open, a day and ninety days. Answers older than ``keep_answers_s`` go too, with their
        feedback and whoever saved them; left open, they stay. Return how many.
        """

    def check(self) -> None:
        """Raise ``StoreError`` unless the database can be read and written now."""

    def close(self) -> None:
        """Close all connections."""
