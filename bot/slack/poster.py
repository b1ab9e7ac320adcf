"""Sends the outbox: each message once, as far as Slack lets anyone know.

Posting is not idempotent. Before a message is tried again whose first try may have worked, the
thread is searched for the bot's own message with the same answer id in its metadata.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.slack import verdicts
from bot.slack.charting import Charts
from bot.slack.desk import POST_LEASE_S, Desk
from bot.slack.detours import EPHEMERAL_TO, detours
from bot.slack.direct import DIRECT, adopt
from bot.slack.outgoing import body_of
from bot.slack.pump import Taken, take_up_to
from bot.slack.replies import METADATA_TYPE, variants
from bot.slack.verdicts import Refusal
from bot.slack.web import call
from bot.slack.workspaces import NotInstalled
from knowledge.store import Post

KEEP_TRYING_S = 86_400.0
"""How long an outage of Slack is waited out; what it definitely refuses is given up at once."""
MOST_BLIND = 30
"""Tries, some two hours of them, of what may be out already where nobody can look."""
LOOK_BACK = 200
NEXT_START_S = 600.0
UNREADABLE = ""
log = structlog.get_logger(__name__)


class Poster:
    """Sends one message at a time, each with the token of its workspace."""

    def __init__(self, desk: Desk, session: aiohttp.ClientSession) -> None:
        self._desk = desk
        self._session = session
        self._charts = Charts(desk)

    async def take(self, limit: int) -> Taken[Post]:
        """Take up to ``limit`` messages."""
        store = self._desk.store
        return await self._desk.stored(
            take_up_to,
            limit,
            partial(store.claim_post, POST_LEASE_S),
            partial(store.next_due_s, "outbox"),
        )

    async def handle(self, post: Post) -> None:
        """Send a message and note the outcome; one without a workspace is given up."""
        try:
            await self._handle(post)
        except NotInstalled:
            await self._drop(post, "not_installed")

    async def _handle(self, post: Post) -> None:
        store = self._desk.store
        if post.attempts > 1:
            ts = await self._already_out(post)
            if ts is UNREADABLE and post.attempts > MOST_BLIND:
                await self._drop(post, "too many attempts")
                return
            if ts:
                await self._desk.stored(store.posted, post, ts)
                log.info("post_recognised", workspace=post.workspace, id=post.id)
                return
        if waited_s(post) > KEEP_TRYING_S:
            await self._drop(post, "too old")
            return
        sent = await self._send(post)
        if isinstance(sent, Refusal) and sent.step == "drop":
            sent = await self._send_otherwise(post, sent)
        if isinstance(sent, str):
            await self._desk.stored(store.posted, post, sent)
            log.info("posted", workspace=post.workspace, id=post.id, channel=post.channel)
            return
        await self._refused(post, sent)

    async def _send(self, post: Post) -> str | Refusal:
        """Try the variants until Slack takes one; give its ts, or why none was taken."""
        refusal = Refusal("drop", "nothing to send")
        metadata = True
        charts = self._charts.accepted(post)
        # The first variant may be written already; then the others are not even looked for.
        early = await self._call(post, post.body) if post.body and charts else None
        if isinstance(early, str) or (early and early.step not in ("bare", "simpler")):
            return early
        send = self._respond if post.payload.get("response_url") else self._post
        for content in variants(post.payload, charts=charts):
            result = early or await send(post, content, metadata)
            early = None
            if isinstance(result, Refusal) and result.step == "bare":
                log.warning("metadata_refused", id=post.id, reason=result.reason)
                metadata = False
                result = await send(post, content, metadata)
            if isinstance(result, str):
                await self._charts.shown(post, content, result, tried=charts)
            if isinstance(result, str) or result.step != "simpler":
                return result
            log.warning("blocks_refused", id=post.id, reason=result.reason)
            refusal = Refusal("drop", result.reason)
        return refusal

    async def _send_otherwise(self, post: Post, refusal: Refusal) -> str | Refusal:
        """Try the other ways to whoever asked; give the first refusal where there is none."""
        for way in detours(post):
            sent = await self._send(way)
            if isinstance(sent, str):
                log.warning("post_detoured", id=post.id, reason=refusal.reason)
                return sent
        return refusal

    async def _post(self, post: Post, content: Mapping[str, Any], metadata: bool) -> str | Refusal:
        method = "chat.postEphemeral" if post.payload.get(EPHEMERAL_TO) else "chat.postMessage"
        return await self._call(post, body_of(post, content, metadata=metadata), method)

    async def _call(
        self, post: Post, body: bytes, method: str = "chat.postMessage"
    ) -> str | Refusal:
        """Send one body; give the time stamp of the message, or why Slack did not take it."""
        desk = self._desk
        try:
            reply = await call(self._session, desk.client_of(post.workspace), method, body)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return verdicts.of_network(error, post.attempts)
        if not reply.ok:
            return verdicts.of_reply(reply.status, reply.headers, reply.data, post.attempts)
        if "message_ts" in reply.data:
            return str(reply.data["message_ts"])
        if post.channel[:1] in DIRECT:
            channel = reply.data["channel"]
            await desk.stored(adopt, desk.store, post.workspace, post.channel, channel)
        return str(reply.data["ts"])

    async def _respond(
        self, post: Post, content: Mapping[str, Any], metadata: bool
    ) -> str | Refusal:
        webhook = AsyncWebhookClient(
            post.payload["response_url"], session=self._session, retry_handlers=[]
        )
        body = {
            "response_type": post.payload["response_type"],
            "replace_original": False,
            **content,
        }
        try:
            answer = await webhook.send_dict(body)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return verdicts.of_network(error, post.attempts)
        headers = {name.lower(): value for name, value in dict(answer.headers).items()}
        refusal = verdicts.of_webhook(
            answer.status_code, answer.body, headers.get("retry-after"), post.attempts
        )
        return refusal or "response"

    async def _refused(self, post: Post, refusal: Refusal) -> None:
        public = post.payload.get("response_type") == "in_channel"
        if refusal.step == "stop":
            # For the next start, with a token that works; one of many workspaces is not waited for
            # for ever, since nothing else stops.
            counts = self._desk.settings.installs
            await self._desk.stored(self._postpone, post, refusal.reason, NEXT_START_S, counts)
            self._desk.workspaces.refused(post.workspace, refusal.reason)
        elif refusal.step == "drop" or (refusal.maybe_out and public):
            # What a response_url put into a channel cannot be recognised: better once than twice.
            await self._drop(post, refusal.reason)
        else:
            # A try that never connected does not count: there the time since then tells.
            wait_s = refusal.wait_s if refusal.exact else max(refusal.wait_s, again_s(post))
            log.warning("post_delayed", id=post.id, reason=refusal.reason, wait_s=wait_s)
            await self._desk.stored(self._postpone, post, refusal.reason, wait_s, refusal.maybe_out)
            self._desk.outbox.ring()

    def _postpone(self, post: Post, reason: str, wait_s: float, maybe_out: bool) -> None:
        self._desk.store.postpone(post, reason, wait_s, maybe_out=maybe_out)

    async def _drop(self, post: Post, reason: str) -> None:
        log.error(
            "post_dropped",
            workspace=post.workspace,
            id=post.id,
            channel=post.channel,
            reason=reason,
        )
        await self._desk.stored(self._desk.store.drop, post, reason)

    async def _already_out(self, post: Post) -> str | None:
        """Find the bot's own message with this answer id; None when there is none to be seen.

        ``UNREADABLE`` where Slack lets nobody look.
        """
        if post.payload.get("response_url"):
            return None
        look: dict[str, Any] = {
            "channel": post.channel,
            "oldest": post.payload.get("after") or "0",
            "include_all_metadata": True,
            "limit": LOOK_BACK,
        }
        client = self._desk.client_of(post.workspace)
        try:
            if post.thread:
                found = await client.conversations_replies(ts=post.thread, **look)
            else:
                found = await client.conversations_history(**look)
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            # Without the history scope nobody can know: an answer twice is better than none.
            log.info("thread_not_readable", id=post.id, reason=type(error).__name__)
            return UNREADABLE
        messages: list[dict[str, Any]] = found.get("messages", [])
        bot_id = self._desk.identity_of(post.workspace).bot_id
        own = (message for message in messages if _carries(message, bot_id, post.id))
        return next((str(message["ts"]) for message in own), None)


def waited_s(post: Post) -> float:
    """Return how long a message has been waiting to be sent."""
    return 0.0 if post.queued_at is None else max(0.0, time.time() - post.queued_at)


def again_s(post: Post) -> float:
    """Return in how long to try again: as long as it has waited, at most five minutes."""
    return min(verdicts.MOST_WAIT_S, waited_s(post))


def _carries(message: Mapping[str, Any], bot_id: str, post_id: str) -> bool:
    metadata = message.get("metadata") or {}
    return (
        message.get("bot_id") == bot_id
        and metadata.get("event_type") == METADATA_TYPE
        and (metadata.get("event_payload") or {}).get("answer_id") == post_id
    )
