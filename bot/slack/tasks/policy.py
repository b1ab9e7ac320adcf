"""Set when the bot answers in a channel, and say so there, with the name of who did it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.messages import say
from bot.question import Language
from bot.slack.desk import Desk
from bot.slack.policy import Policy, keep_policy, obstacle, policy_line, policy_of
from bot.slack.scopes import granted_scopes
from bot.slack.tasks.names import POLICY
from knowledge.store import Item, Post

TASK = POLICY
GUEST = ("is_restricted", "is_ultra_restricted", "is_stranger", "is_bot", "deleted")
log = structlog.get_logger(__name__)


async def perform(desk: Desk, client: AsyncWebClient, item: Item) -> None:
    """Keep the policy if this person may set it and Slack lets the bot follow it.

    The channel is told of a change, and nobody but this person of what held before.
    """
    payload = item.payload
    channel, user = str(payload["channel"]), str(payload["user"])
    language: Language = "zh" if payload["language"] == "zh" else "en"
    policy: Policy = "follow-ups" if payload["policy"] == "follow-ups" else "mention"
    kind = await desk.kind(item.workspace, channel, payload.get("kind"))
    identity = desk.identity_of(item.workspace)
    refusal = None
    if policy == "follow-ups":
        identity = replace(identity, scopes=await _scopes(client) or identity.scopes)
        refusal = obstacle(identity, kind, language)
    if refusal is None and await _is_guest(client, user):
        refusal = say("policy_guest", language)
    if refusal is None and item.attempts <= 1:
        # A second attempt may find what the first one set.
        held = await desk.stored(policy_of, desk.store, item.workspace, channel)
        if held == policy:
            where = (desk.store, identity, channel, kind, language)
            refusal = await desk.stored(policy_line, *where)
    if refusal is None:
        await desk.stored(keep_policy, desk.store, item.workspace, channel, policy, user)
        log.info("policy_set", workspace=item.workspace, channel=channel, policy=policy, user=user)
        text, public = say(f"policy_set_{policy.replace('-', '_')}", language, user=user), True
    else:
        text, public = refusal, False
    reply: dict[str, Any] = {
        "answer_id": item.id,
        "text": text,
        "blocks": [],
        "response_url": payload["response_url"],
        "response_type": "in_channel" if public else "ephemeral",
    }
    post = Post(item.workspace, item.id, channel, reply)
    await desk.stored(desk.store.answered, item, None, post)
    desk.outbox.ring()


async def _scopes(client: AsyncWebClient) -> frozenset[str] | None:
    """Return the scopes that are granted just now, None where that cannot be asked."""
    try:
        return granted_scopes((await client.auth_test()).headers)
    except SlackApiError:
        return None


async def _is_guest(client: AsyncWebClient, user: str) -> bool:
    """Return whether somebody is a guest or of another company; False without the scope to know."""
    try:
        answer = await client.users_info(user=user)
    except SlackApiError as error:
        log.info("member_not_known", user=user, reason=error.response.get("error", ""))
        return False
    return any(answer["user"].get(flag) for flag in GUEST)
