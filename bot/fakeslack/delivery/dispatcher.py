"""Sends deliveries by whichever transport the app uses and repeats those not acknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp

from bot.fakeslack.delivery.http import deliver_over_http
from bot.fakeslack.delivery.records import Delivery, DeliveryKind, Outcome
from bot.fakeslack.delivery.socket import SocketHub
from bot.fakeslack.records import Json
from bot.fakeslack.world import World


class Dispatcher:
    """Every delivery of this fake Slack; tasks run until acknowledged or given up."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.hub = SocketHub(world.app)
        self.deliveries: list[Delivery] = []

    def send(
        self,
        kind: DeliveryKind,
        payload: Json,
        taken: Callable[[Outcome], None] | None = None,
    ) -> Delivery:
        """Start a delivery and give its record at once; ``taken`` hears of the acknowledgement."""
        delivery = Delivery(kind, payload, taken=taken)
        self.deliveries.append(delivery)
        task = asyncio.create_task(self._run(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return delivery

    async def deliver_again(self, delivery: Delivery, reason: str = "http_timeout") -> Outcome:
        """Deliver once more on purpose, marked as a retry, whatever was acknowledged before."""
        outcome = await self._attempt(delivery, (len(delivery.attempts), reason))
        delivery.attempts.append(outcome)
        return outcome

    async def close(self) -> None:
        """Stop all deliveries."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _run(self, delivery: Delivery) -> None:
        try:
            outcome = await self._try(delivery, None)
            if delivery.kind != "events_api":
                return
            for number, delay_s in enumerate(self._world.timing.retry_delays_s, start=1):
                if outcome.acknowledged or outcome.no_retry:
                    return
                await asyncio.sleep(delay_s)
                outcome = await self._try(delivery, (number, outcome.reason))
        finally:
            delivery.first.set()
            delivery.finished.set()

    async def _try(self, delivery: Delivery, retry: tuple[int, str] | None) -> Outcome:
        outcome = await self._attempt(delivery, retry)
        delivery.attempts.append(outcome)
        if outcome.acknowledged and delivery.taken is not None:
            delivery.taken(outcome)
        delivery.first.set()
        return outcome

    async def _attempt(self, delivery: Delivery, retry: tuple[int, str] | None) -> Outcome:
        timeout_s = self._world.timing.ack_timeout_s
        if self._world.app.request_url is None:
            return await self.hub.deliver(delivery, retry, timeout_s)
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return await deliver_over_http(self._session, self._world.app, delivery, retry, timeout_s)
