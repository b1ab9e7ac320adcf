"""``/vram …``: a question, ``help``, an order, or ``find`` with words of past answers.

An answer that is ready within the budget rides in the acknowledgement, so that it needs no call
of the Web API; a slower one is posted to the ``response_url``. Slack never repeats a command that
was not acknowledged: a failure is said instead of raised.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import say
from bot.slack.admission import over_limit
from bot.slack.asked import Asked, answer_id
from bot.slack.asking import answered_by_url
from bot.slack.commands.lists import list_in, send_list
from bot.slack.commands.orders import obey, order_in
from bot.slack.commands.own_data import grant, wish_in
from bot.slack.composing import words_to_find
from bot.slack.desk import Desk
from bot.slack.replies import acknowledgement, post_of
from bot.slack.settling import settle_later
from bot.slack.turns import composed
from bot.slack.wire import typed
from bot.understanding.language import detect_language
from knowledge.store.errors import InboxFull, StoreError

NAME = "/vram"
HELD_S = 30.0
ACK_AHEAD_S = 0.3
LATE_S = 2.5
"""After this an acknowledgement may no longer be shown: Slack waits for three seconds."""
log = structlog.get_logger(__name__)


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to ``/vram``."""

    @app.command(NAME)
    async def vram(ack: AsyncAck, command: dict[str, Any]) -> None:
        late_at = time.monotonic() + LATE_S
        asked = asked_by(command, private=desk.settings.slash_replies == "private")
        language = detect_language(asked.text)
        wanted = list_in(asked.text)
        if wanted is not None:
            await send_list(ack, desk, command, wanted)
            return
        wish = wish_in(asked.text)
        if wish is not None:
            await grant(ack, desk, command, wish)
            return
        order = order_in(asked.text)
        if order is not None:
            await obey(ack, desk, command, order)
            return
        note = over_limit(desk, asked)
        if note is not None:
            await ack(note or say("too_fast", language))
            return
        recorded = True
        try:
            if not await desk.accept(asked.item(), [f"trigger:{command['trigger_id']}"], HELD_S):
                await ack()
                return
        except InboxFull:
            await ack(say("busy", language))
            return
        except StoreError as error:
            log.error("not_recorded", kind=NAME, reason=str(error))
            recorded = False
        await _reply(ack, desk, asked, late_at, recorded=recorded)


def asked_by(command: Mapping[str, Any], *, private: bool) -> Asked:
    """Read a question from a command's payload; each command begins a conversation of its own."""
    workspace, channel = command["team_id"], command["channel_id"]
    text = typed(command.get("text") or "")
    asked_id = answer_id(workspace, "command", command["trigger_id"])
    asked = Asked(
        id=asked_id,
        workspace=workspace,
        user=command["user_id"],
        channel=channel,
        text=text,
        find=words_to_find(text),
        private=private,
    )
    return answered_by_url(asked, "command", command["response_url"])


async def _reply(
    ack: AsyncAck, desk: Desk, asked: Asked, late_at: float, *, recorded: bool
) -> None:
    """Acknowledge with the answer if it is there in time, else with a word that it will come.

    Where the store was locked for long, nobody may be waiting for the acknowledgement any more.
    """
    ready: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
    left_s = late_at - time.monotonic()
    if left_s <= 0:
        ready.cancel()
    desk.later(_turn(desk, asked, ready, recorded=recorded))
    if not ready.cancelled():
        await asyncio.wait({ready}, timeout=min(left_s, desk.settings.ack_budget_ms / 1_000))
    if ready.cancel() or ready.cancelled():
        coming = say("thinking", detect_language(asked.text))
        await ack({"response_type": "ephemeral", "text": coming})
    else:
        await ack(acknowledgement(ready.result()))


async def _turn(
    desk: Desk, asked: Asked, ready: asyncio.Future[Mapping[str, Any]], *, recorded: bool
) -> None:
    """Answer and record; ``ready`` gets the reply unless the listener no longer waits for it."""
    try:
        # Where the kind is not known yet, nothing but the channel's own past is shown.
        kind, sure = desk.places.at_hand(asked.workspace, asked.channel, asked.kind)
        if not sure and asked.find is not None:
            kind, sure = await desk.kind(asked.workspace, asked.channel, None), True
        async with desk.conversations.turn(asked.place(kind)):
            reply = await composed(desk, asked, kind)
            in_time = not ready.done()
            if in_time:
                ready.set_result(reply.payload)
            else:
                await asyncio.sleep(ACK_AHEAD_S)
            # What rode in the acknowledgement is kept, ready to be shared.
            post = post_of(reply.payload, asked, draft=in_time)
            await desk.answered(asked.item(), reply.prepared, post)
            desk.outbox.ring()
            if not (recorded or in_time):
                # No item was there to be closed with the message.
                await desk.send(post)
        if not sure and reply.prepared.kept:
            await settle_later(desk, asked)
        log.info("answered", workspace=asked.workspace, id=asked.id, kind=reply.kind)
    except StoreError as error:
        log.error("not_recorded", kind=NAME, reason=str(error))
    except Exception:
        log.exception("answer_failed", workspace=asked.workspace, id=asked.id)
        await _hand_over(desk, asked)
    finally:
        ready.cancel()


async def _hand_over(desk: Desk, asked: Asked) -> None:
    """Let a worker try again what failed, once the acknowledgement is out."""
    await asyncio.sleep(ACK_AHEAD_S)
    await desk.stored(desk.store.failed, asked.item(), "failed at first", 0.0)
    desk.inbox.ring()
