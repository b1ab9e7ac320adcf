"""What a test looks at: messages, calls, acknowledgements, pings, and waiting for them."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.fakeslack.delivery.records import Delivery, Outcome
from bot.fakeslack.modals import Modals
from bot.fakeslack.pings import Ping
from bot.fakeslack.records import Call, Channel, Json, Message, User, View

Found = TypeVar("Found")
_POLL_S = 0.005


class Inspection(Modals):
    """Read-only looks at what happened."""

    @property
    def pings(self) -> list[Ping]:
        """Every notification that the app's posts would have caused."""
        return self.world.pings

    @property
    def statuses(self) -> list[Json]:
        """What ``assistant.threads.*`` set: kind, channel, thread_ts, value."""
        return self.world.statuses

    @property
    def acks(self) -> list[tuple[Delivery, Outcome]]:
        """Each acknowledgement with its delivery; ``Outcome.took_s`` says how fast it came."""
        return [
            (delivery, outcome)
            for delivery in self.deliveries
            for outcome in delivery.attempts
            if outcome.acknowledged
        ]

    @property
    def unacknowledged(self) -> list[Delivery]:
        """Deliveries that no attempt got acknowledged so far."""
        return [one for one in self.deliveries if one.attempts and not one.acknowledged]

    def calls_to(self, method: str) -> list[Call]:
        """Give the Web API calls to one method, oldest first."""
        return [call for call in self.calls if call.method == method]

    def messages(self, channel: Channel, thread_ts: str | None = None) -> list[Message]:
        """Give what everyone in a channel sees, or one thread of it with its root."""
        if thread_ts is not None:
            return self.world.thread(channel.id, thread_ts)
        return [
            one for one in self.world.posted if one.channel_id == channel.id and not one.deleted
        ]

    def bot_messages(self, channel: Channel, thread_ts: str | None = None) -> list[Message]:
        """Give what the app posted there."""
        bot_user_id = self.world.workspaces[channel.team_id].bot_user_id
        return [one for one in self.messages(channel, thread_ts) if one.user_id == bot_user_id]

    def ephemerals(self, user: User, channel: Channel | None = None) -> list[Message]:
        """Give what only one person sees."""
        return [
            one
            for one in self.world.ephemeral
            if one.ephemeral_to == user.id
            and not one.deleted
            and channel in (None, self.world.channels[one.channel_id])
        ]

    async def wait_for(
        self, predicate: Callable[[], Found | Awaitable[Found]], timeout_s: float = 5.0
    ) -> Found:
        """Wait until ``predicate()`` gives something true, and give that.

        Raises:
            TimeoutError: it did not in time; the message says what the app did instead.

        """
        until_s = time.monotonic() + timeout_s
        while True:
            result = predicate()
            found: Found = await result if inspect.isawaitable(result) else result
            if found:
                return found
            if time.monotonic() > until_s:
                raise TimeoutError(f"not within {timeout_s:g} s; {self.summary()}")
            await asyncio.sleep(_POLL_S)

    async def wait_for_message(
        self,
        channel: Channel,
        thread_ts: str | None = None,
        *,
        containing: str = "",
        count: int = 1,
        timeout_s: float = 5.0,
    ) -> Message:
        """Wait until the app has posted ``count`` matching messages there; give the last."""

        def found() -> list[Message]:
            posted = self.bot_messages(channel, thread_ts)
            matching = [one for one in posted if containing in one.text]
            return matching if len(matching) >= count else []

        return (await self.wait_for(found, timeout_s))[-1]

    async def reply_to(self, asked: Message, timeout_s: float = 5.0) -> Message:
        """Wait for the app's first message in a thread, and look only when one is there.

        Raises:
            TimeoutError: there was none in time.

        """
        channel, thread_ts = self.world.channels[asked.channel_id], asked.thread_ts or asked.ts
        async with asyncio.timeout(timeout_s):
            while not (replies := self.bot_messages(channel, thread_ts)):
                said = self.world.awaited.setdefault((channel.id, thread_ts), asyncio.Event())
                await said.wait()
        return replies[0]

    async def wait_for_ephemeral(
        self, user: User, channel: Channel | None = None, *, timeout_s: float = 5.0
    ) -> Message:
        """Wait until the app has shown one person something; give the newest."""
        return (await self.wait_for(lambda: self.ephemerals(user, channel), timeout_s))[-1]

    async def wait_for_modal(self, user: User | None = None, *, timeout_s: float = 5.0) -> View:
        """Wait until a form is open for a person."""
        view = await self.wait_for(lambda: self.modal(user), timeout_s)
        if view is None:
            raise AssertionError("unreachable: wait_for gives only what is true")
        return view

    async def settle(self, quiet_s: float = 0.05, timeout_s: float = 10.0) -> None:
        """Wait until each delivery had its first attempt and the app made no call for a while.

        For tests that something does *not* happen.
        """
        async with asyncio.timeout(timeout_s):
            seen = (-1, -1)
            while seen != (now := (len(self.calls), len(self.deliveries))):
                seen = now
                for delivery in list(self.deliveries):
                    await delivery.first.wait()
                await asyncio.sleep(quiet_s)

    async def deliver_again(self, delivery: Delivery, reason: str = "http_timeout") -> Outcome:
        """Deliver something a second time on purpose, as a retry."""
        return await self.dispatcher.deliver_again(delivery, reason)

    def summary(self) -> str:
        """Say in one line what happened, for failing tests."""
        calls = [f"{call.method}:{call.error or 'ok'}" for call in self.calls[-8:]]
        sent = [
            f"{one.event_type}:{[try_.reason or 'ack' for try_ in one.attempts]}"
            for one in self.deliveries[-8:]
        ]
        return f"last deliveries {sent}, last calls {calls}"
