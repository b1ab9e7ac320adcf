"""One question's turn: composed by whoever answers, and closed by the loop, which alone writes."""

from __future__ import annotations

from dataclasses import replace

from bot.slack.asked import Asked
from bot.slack.composing import Composed
from bot.slack.desk import POST_LEASE_S, Desk
from bot.slack.kit import Job
from bot.slack.replies import post_of
from knowledge.store import Item
from knowledge.visibility import PlaceKind


async def composed(desk: Desk, asked: Asked, kind: PlaceKind) -> Composed:
    """Have a question answered and rendered, with nothing stored."""
    return await desk.composer.compose(Job(asked, kind, desk.identity_of(asked.workspace)))


async def composed_and_closed(desk: Desk, item: Item, asked: Asked, kind: PlaceKind) -> Composed:
    """Have a question answered, close its item with the answer, and have it sent."""
    reply = await composed(desk, asked, kind)
    post = replace(post_of(reply.payload, asked), body=reply.body)
    with desk.outbox.slot() as slot:
        held_s = POST_LEASE_S if slot.free else 0.0
        if await desk.answered(item, reply.prepared, post, held_s):
            slot.stored(replace(post, attempts=1))
    return reply
