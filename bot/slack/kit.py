"""What answering needs, wherever it runs: in a thread of the service or in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.answer import Answer
from bot.question import Question
from bot.slack.asked import Asked
from bot.slack.conversations import Conversations
from bot.slack.identity import Identity
from knowledge.history import PastAnswer
from knowledge.store import Store
from knowledge.visibility import PlaceKind


class Answers(Protocol):
    """What is needed of the answerer."""

    def answer(self, question: Question) -> Answer:
        """Answer one question."""

    def again(self, past: PastAnswer, question: Question) -> Answer:
        """Answer a past question again, with what holds now."""

    def changed_since(self, past: PastAnswer) -> bool:
        """Return whether what a past answer rests on has changed."""


@dataclass(frozen=True, slots=True)
class Kit:
    """The store, which is only read here, the answerer over it, and the conversations."""

    store: Store
    conversations: Conversations
    answerer: Answers


@dataclass(frozen=True, slots=True)
class Job:
    """A question to answer: all that answering may know of it, and no secret. It can be pickled.

    ``kind`` is what sort of channel it was asked in, as far as that is known.
    """

    asked: Asked
    kind: PlaceKind
    identity: Identity

    def __reduce__(self) -> tuple[Callable[..., Job], tuple[Any, ...]]:
        """Travel as what the inbox keeps of a question."""
        return _job, (self.asked.item().payload, self.kind, self.identity)

    @property
    def question(self) -> Question:
        """The question for ``answer()``."""
        return self.asked.question(self.kind)


def _job(payload: Mapping[str, Any], kind: PlaceKind, identity: Identity) -> Job:
    return Job(Asked.from_payload(payload), kind, identity)
